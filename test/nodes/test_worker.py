"""The thread with one slot."""

from __future__ import annotations

import threading

from remogen_ros.nodes.worker import LatestWorker

LONG_S = 30.0


class Slow:
    """Computes only when it is let."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.let = threading.Semaphore(0)
        self.done: list[int] = []

    def compute(self, work: int) -> None:
        self.begun.release()
        assert self.let.acquire(timeout=LONG_S)
        self.done.append(work)


def test_only_the_newest_waits() -> None:
    slow = Slow()
    worker = LatestWorker("test", slow.compute)
    worker.start()
    assert worker.hand(1)
    assert slow.begun.acquire(timeout=LONG_S)
    assert worker.hand(2)
    assert not worker.hand(3)
    slow.let.release(2)
    assert slow.begun.acquire(timeout=LONG_S)
    worker.stop()
    assert slow.done == [1, 3]


def test_reset_forgets_what_waits_and_runs_on_the_thread() -> None:
    slow = Slow()
    worker = LatestWorker("test", slow.compute)
    worker.start()
    worker.hand(1)
    assert slow.begun.acquire(timeout=LONG_S)
    worker.hand(2)
    names: list[str] = []
    worker.reset(lambda: names.append(threading.current_thread().name))
    worker.hand(3)
    slow.let.release(2)
    assert slow.begun.acquire(timeout=LONG_S)
    worker.stop()
    assert slow.done == [1, 3]
    assert names == ["test"]


def test_stop_without_start_returns() -> None:
    LatestWorker("test", print).stop()
