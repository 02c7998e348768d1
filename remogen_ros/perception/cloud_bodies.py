"""Where people were when a cloud was captured, though trackers are slower than cameras.

A tracker at 5 Hz that takes 0.2 s for a frame tells where somebody was up to 0.4 s after a camera
saw them there. A cloud waits for that, a bounded time; bodies in it are interpolated, and carved
the wider the farther the nearest observation is away in time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

from remogen_ros.perception.carving import Body
from remogen_ros.perception.detections import NANOSECONDS
from remogen_ros.perception.tracks import Track

WITHIN_S = 0.5
"""An observation tells where a body was this long before and after it, seconds."""

WAIT_S = 0.45
"""How long after its stamp a cloud waits for trackers: an interval at 5 Hz, and 0.2 s of latency,
seconds."""

GROWTH = 1.0
"""By how much a body may be elsewhere than was observed, metres per second of the time between."""

MOST_WAITING = 4
"""Clouds are large, and of those that trackers catch up with at once only the newest counts."""

Cloud = TypeVar("Cloud")


def bodies_at(tracks: Iterable[Track], stamp_ns: int, radius: float) -> list[Body]:
    """Everybody, as they were at a time.

    Args:
        tracks: of the people.
        stamp_ns: the time; observations up to `WITHIN_S` from it count.
        radius: of a body that was observed just then, metres.
    """
    found = (track.around(stamp_ns, WITHIN_S) for track in tracks)
    return [
        Body.of_person(joints, radius + GROWTH * gap_s) for joints, gap_s in filter(None, found)
    ]


def is_awaited(tracks: Iterable[Track], stamp_ns: int) -> bool:
    """Whether somebody was seen until shortly before a time, but not yet from then on."""
    oldest = stamp_ns - WITHIN_S * NANOSECONDS
    return any(oldest <= track.newest_stamp_ns < stamp_ns for track in tracks)


class WaitingClouds(Generic[Cloud]):
    """Clouds, in the order in which they came, until trackers have caught up with them."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, Cloud]] = deque()

    def add(self, stamp_ns: int, cloud: Cloud) -> bool:
        """Take one more; False if too many wait already, and it is left out."""
        if len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting.append((stamp_ns, cloud))
        return True

    def released(self, tracks: Iterable[Track], now_ns: int) -> list[Cloud]:
        """Those that trackers have caught up with, or that have waited long enough."""
        known = list(tracks)
        free = []
        while self._waiting:
            stamp_ns, cloud = self._waiting[0]
            if is_awaited(known, stamp_ns) and now_ns - stamp_ns < WAIT_S * NANOSECONDS:
                break
            free.append(cloud)
            self._waiting.popleft()
        return free

    def clear(self) -> None:
        """Forget them: time has jumped."""
        self._waiting.clear()
