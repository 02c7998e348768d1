"""When each cell of a map was seen last, so that what nobody looks at any more is not believed.

What moved while no camera looked at it is cleared by no ray, for none passes there. With a time
after which it is forgotten, it is unseen again, or as it was known beforehand.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from remogen_ros.perception.detections import NANOSECONDS

_NEVER = -np.inf


class LastSeen:
    """Times of the cells of one map, in arrays that are made once.

    Args:
        size: how many cells there are.
        after_s: cells not seen for longer are forgotten, seconds; positive.
    """

    def __init__(self, size: int, after_s: float) -> None:
        self._after_s = after_s
        self._at = np.full(size, _NEVER, np.float32)
        self._gone = np.empty(size, bool)
        self._begun_ns: int | None = None

    def reset(self) -> None:
        """No cell was ever seen."""
        self._at.fill(_NEVER)
        self._begun_ns = None

    def see(self, cells: NDArray[np.bool_] | NDArray[np.int64], stamp_ns: int) -> None:
        """Cells, by a mask or by their places in the flat map, are seen at a time."""
        self._at[cells] = self._seconds(stamp_ns)

    def move(self, moved: Callable[[NDArray[np.float32], NDArray[np.float32]], None]) -> None:
        """The map moves on over the floor.

        Args:
            moved: puts what stays in the map, of the flat times in its first argument, at its new
                places in the second.
        """
        fresh = np.full_like(self._at, _NEVER)
        moved(self._at, fresh)
        self._at = fresh

    def forget(self, votes: NDArray[np.int8], before: NDArray[np.int8], now_ns: int) -> None:
        """Give cells that were not seen for long the votes from before any cloud, in place."""
        # Seconds since the first cloud: a float32 tells hundredths of one for a day.
        oldest = np.float32(self._seconds(now_ns) - self._after_s)
        np.less(self._at, oldest, out=self._gone)
        np.copyto(votes, before, where=self._gone)

    def _seconds(self, stamp_ns: int) -> float:
        if self._begun_ns is None:
            self._begun_ns = stamp_ns
        return (stamp_ns - self._begun_ns) / NANOSECONDS
