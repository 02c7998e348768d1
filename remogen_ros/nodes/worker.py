"""A thread that computes on the newest work handed to it, and never queues."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Work = TypeVar("Work")


class LatestWorker(Generic[Work]):
    """One thread and one slot. New work replaces what waits in the slot; it does not queue up.

    `reset` empties the slot and runs a function on the worker's own thread before the next work,
    so that what the thread owns (a generator, a map) needs no lock.
    """

    def __init__(self, name: str, compute: Callable[[Work], None]) -> None:
        """
        Args:
            name: of the thread.
            compute: called with each work on the worker's thread; must not raise.
        """
        self._compute = compute
        self._changed = threading.Condition()
        self._slot: Work | None = None
        self._before_next: Callable[[], None] | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def hand(self, work: Work) -> bool:
        """Put work into the slot. Returns False if it replaced work nobody had begun."""
        with self._changed:
            replaced = self._slot is not None
            self._slot = work
            self._changed.notify()
        return not replaced

    def offer(self, work: Work) -> None:
        """Put work into the slot unless other work waits there."""
        with self._changed:
            if self._slot is None:
                self._slot = work
                self._changed.notify()

    def reset(self, function: Callable[[], None]) -> None:
        """Forget waiting work, and run `function` on the worker's thread before anything else."""
        with self._changed:
            self._slot = None
            self._before_next = function
            self._changed.notify()

    def stop(self) -> None:
        """Finish what is being computed, forget the rest, and end the thread."""
        with self._changed:
            self._stopping = True
            self._slot = None
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._stopping or self._slot is not None or self._before_next
                )
                if self._stopping:
                    return
                prepare, self._before_next = self._before_next, None
                work, self._slot = self._slot, None
            if prepare is not None:
                prepare()
            if work is not None:
                self._compute(work)
