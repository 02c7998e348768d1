"""Ticks on an even grid of ROS time, whatever the timer's own lateness."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GridTick:
    """One tick.

    Attributes:
        stamp_ns: its time on the grid, never later than now.
        missed: how many grid times passed without a tick since the last one.
    """

    stamp_ns: int
    missed: int


class TickGrid:
    """Turns calls of a periodic timer into stamps that are exactly one period apart.

    A call that comes late keeps the time it was due at; calls that never came are counted.
    """

    def __init__(self, period_ns: int) -> None:
        self._period_ns = period_ns
        self._origin_ns: int | None = None
        self._last = 0

    def restart(self) -> None:
        """Begin a new grid at the next call: time has jumped."""
        self._origin_ns = None

    def tick(self, due_ns: int) -> GridTick | None:
        """The tick of one timer call, or None if its grid time has had its tick.

        Args:
            due_ns: when the timer was due, as exactly as the timer tells.
        """
        if self._origin_ns is None:
            self._origin_ns = due_ns
            self._last = 0
            return GridTick(due_ns, 0)
        step = round((due_ns - self._origin_ns) / self._period_ns)
        missed = step - self._last - 1
        if missed < 0:
            return None
        self._last = step
        return GridTick(self._origin_ns + step * self._period_ns, missed)
