"""Stalls of the machine, told from work of this process."""

from __future__ import annotations

import time

from remogen_ros.nodes.heartbeat import PERIOD_S, STALL_S, Heartbeat


class Clocks:
    """A wall clock and this process's processor time, set by hand."""

    def __init__(self) -> None:
        self.now, self.used = 100.0, 5.0
        self.heartbeat = Heartbeat(lambda: self.now, lambda: self.used)

    def beat_after(self, seconds: float, used: float = 0.0) -> None:
        self.now += seconds
        self.used += used
        self.heartbeat.beat()


def test_beats_on_time_are_no_stalls() -> None:
    clocks = Clocks()
    for _ in range(100):
        clocks.beat_after(PERIOD_S + 0.5 * STALL_S)
    assert (clocks.heartbeat.stalls, clocks.heartbeat.longest_s) == (0, 0.0)
    assert not clocks.heartbeat.stalled_since(0.0)


def test_a_late_beat_is_a_stall_and_the_longest_is_kept() -> None:
    clocks = Clocks()
    for late in (0.1, 3.0, 0.2):
        clocks.beat_after(PERIOD_S + late)
    assert clocks.heartbeat.stalls == 3
    assert abs(clocks.heartbeat.longest_s - 3.0) < 1e-9


def test_work_that_keeps_the_interpreter_is_no_stall() -> None:
    clocks = Clocks()
    clocks.beat_after(PERIOD_S + 0.3, used=0.3)
    assert clocks.heartbeat.stalls == 0
    # The next beat is judged by itself.
    clocks.beat_after(PERIOD_S + 0.3)
    assert clocks.heartbeat.stalls == 1


def test_a_stall_is_known_from_its_end_on() -> None:
    clocks = Clocks()
    before = clocks.now
    clocks.beat_after(PERIOD_S + 0.3)
    assert clocks.heartbeat.stalled_since(before)
    assert clocks.heartbeat.stalled_since(clocks.now)
    clocks.beat_after(PERIOD_S)
    assert not clocks.heartbeat.stalled_since(clocks.now)


def test_a_stall_that_lasts_counts_though_no_beat_has_seen_it_yet() -> None:
    clocks = Clocks()
    clocks.now += 3.0
    assert clocks.heartbeat.stalled_since(clocks.now)
    assert clocks.heartbeat.stalls == 0
    clocks.heartbeat.beat()
    assert clocks.heartbeat.stalls == 1


def test_the_thread_beats_and_ends() -> None:
    seen: list[float] = []

    def clock() -> float:
        seen.append(time.monotonic())
        return seen[-1]

    heartbeat = Heartbeat(clock)
    heartbeat.start()
    deadline = time.monotonic() + 30.0
    while len(seen) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    heartbeat.stop()
    count = len(seen)
    assert count >= 4
    time.sleep(3 * PERIOD_S)
    assert len(seen) == count
