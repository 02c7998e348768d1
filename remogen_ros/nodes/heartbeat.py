"""Tells stalls of the machine from slow work: a thread that only sleeps sees when it woke late.

Where the whole machine stands still (a paused virtual machine, a suspended process, processors
taken by others), this thread wakes late as well, and the process has used no processor meanwhile.
Work of this process that keeps the interpreter to itself has: that is no stall.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PERIOD_S = 0.02
STALL_S = 0.05
"""How late a beat must be to be one: half a tick, less than makes a tick late by itself."""


class Heartbeat:
    """Counts stalls. Thread-safe.

    Attributes:
        stalls: since the start.
        longest_s: of them, seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        processor: Callable[[], float] = time.process_time,
    ) -> None:
        """
        Args:
            clock: seconds of a clock that never jumps.
            processor: seconds of processor time that this process has used.
        """
        self._clock = clock
        self._processor = processor
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._stall_end = float("-inf")
        self._beaten, self._used = clock(), processor()
        self.stalls = 0
        self.longest_s = 0.0

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def beat(self) -> None:
        """What the thread does each time it wakes."""
        with self._lock:
            now, used = self._clock(), self._processor()
            if (late := self._late(now, used)) > 0.0:
                self.stalls += 1
                self.longest_s = max(self.longest_s, late)
                self._stall_end = now
            self._beaten, self._used = now, used

    def stalled_since(self, moment: float) -> bool:
        """Whether a stall ended after a moment of the clock, or lasts until now."""
        with self._lock:
            late = self._late(self._clock(), self._processor())
            return self._stall_end >= moment or late > 0.0

    def summary(self) -> dict[str, str]:
        """Key-value pairs for diagnostics."""
        with self._lock:
            return {
                "stalls": str(self.stalls),
                "longest_stall_ms": f"{1e3 * self.longest_s:.1f}",
            }

    def _late(self, now: float, used: float) -> float:
        """Seconds by which a beat at this moment would be late for no doing of this process."""
        late = now - self._beaten - PERIOD_S
        return late if late > STALL_S and used - self._used < late / 2 else 0.0

    def _run(self) -> None:
        while not self._stopping.wait(PERIOD_S):
            self.beat()
