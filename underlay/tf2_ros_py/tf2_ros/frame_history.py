"""What was heard about one frame: its parent and pose, over time. Times are integer nanoseconds."""

from bisect import bisect_right
from typing import NamedTuple

from .exceptions import ExtrapolationException
from .rigid import Rigid, interpolate


class Edge(NamedTuple):
    """One frame in its parent at one instant."""

    stamp: int
    parent: str
    pose: Rigid


class StaticHistory:
    """A frame that never moves in its parent."""

    stamp_range = (0, 0)

    def __init__(self) -> None:
        self._edge: Edge | None = None

    def insert(self, edge: Edge) -> bool:
        self._edge = edge
        return True

    def clear(self) -> None:
        """Static transforms hold for all time, so a jump in time does not touch them."""

    def latest(self) -> Edge | None:
        return self._edge

    def at(self, stamp: int) -> Edge | None:
        return self._edge


class MovingHistory:
    """A frame that moves: its edges of the last ``cache_time`` nanoseconds, oldest first."""

    def __init__(self, cache_time: int) -> None:
        self._cache_time = cache_time
        self._edges: list[Edge] = []

    @property
    def stamp_range(self) -> tuple[int, int]:
        """Stamps of the oldest and the newest edge; zeros when there is none."""
        return (self._edges[0].stamp, self._edges[-1].stamp) if self._edges else (0, 0)

    def insert(self, edge: Edge) -> bool:
        """Keep ``edge``; False if it is older than the cache reaches, or its stamp is taken."""
        newest = self.stamp_range[1]
        if edge.stamp + self._cache_time < newest:
            return False
        place = bisect_right(self._edges, edge.stamp, key=lambda e: e.stamp)
        if place and self._edges[place - 1].stamp == edge.stamp:
            return False
        self._edges.insert(place, edge)
        horizon = self._edges[-1].stamp - self._cache_time
        expired = bisect_right(self._edges, horizon - 1, key=lambda e: e.stamp)
        del self._edges[:expired]
        return True

    def clear(self) -> None:
        self._edges.clear()

    def latest(self) -> Edge | None:
        return self._edges[-1] if self._edges else None

    def at(self, stamp: int) -> Edge | None:
        """Return the edge at ``stamp``, interpolated; None when nothing is known at all.

        Raises:
            ExtrapolationException: ``stamp`` is outside of what was heard.
        """
        if not self._edges:
            return None
        oldest, newest = self.stamp_range
        if stamp > newest:
            raise ExtrapolationException(_outside("into the future", stamp, "latest", newest))
        if stamp < oldest:
            raise ExtrapolationException(_outside("into the past", stamp, "earliest", oldest))
        after = bisect_right(self._edges, stamp, key=lambda e: e.stamp)
        before = self._edges[after - 1]
        if before.stamp == stamp:
            return before
        following = self._edges[after]
        if following.parent != before.parent:  # re-parented in between: nothing to interpolate
            return before
        ratio = (stamp - before.stamp) / (following.stamp - before.stamp)
        return Edge(stamp, before.parent, interpolate(before.pose, following.pose, ratio))


def _outside(direction: str, stamp: int, which: str, limit: int) -> str:
    return (
        f"Lookup would require extrapolation {direction}.  Requested time {stamp / 1e9:.6f} "
        f"but the {which} data is at time {limit / 1e9:.6f}"
    )
