"""A rolling map of the room: which 10 cm cells around the ego are free, occupied or unseen.

Each cloud is cropped, thinned to one point a cell by Open3D's voxel hash, and entered twice: the
cells that hold points are hits, and the cells between the sensor and the points are passed. A hit
outweighs several passes, so that rays that graze a table do not erase it, but what has moved away
is cleared by the clouds that look through it; what no cloud shows any more may be forgotten. What
is known beforehand (a scene, a map) counts as hit and passed before any cloud, and is remembered
when it comes back into the map.

Points are kept axis by axis, (3, N), in memory, too (which indexing with a mask would not do, but
`compress` does), and NumPy takes each step in one go: so it is several times faster, and this
thread seldom takes the interpreter from the one that generates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import open3d as o3d
import torch
from numpy.typing import ArrayLike, NDArray

from remogen_ros.cues.occupancy import CELL, FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.perception.carving import Body
from remogen_ros.perception.forgetting import LastSeen
from remogen_ros.perception.known_room import known_states
from remogen_ros.perception.occupancy_config import OccupancyConfig

_UNSEEN_VOTES = np.iinfo(np.int8).min

Lap = Callable[[str], None]
"""Called with the name of a stage when it is done, for who measures how long each takes."""


def no_lap(stage: str) -> None:
    """Measures nothing."""


class OccupancyMap:
    """The map. Not thread-safe: one thread integrates and takes snapshots.

    Attributes:
        stamp_ns: of the newest cloud, None before the first.
    """

    def __init__(self, config: OccupancyConfig | None = None) -> None:
        self.config = config or OccupancyConfig()
        x, y, z = (round(edge / CELL) for edge in self.config.size)
        self._shape = (x, y, z)
        self._before: NDArray[np.int8]
        self._votes: NDArray[np.int8]
        self._known: tuple[OccupancyGrid, ...] = ()
        after_s = self.config.forget_after_s
        self._last_seen = LastSeen(x * y * z, after_s) if after_s else None
        self.reset()

    def know(self, grids: Sequence[OccupancyGrid]) -> None:
        """Take what is known beforehand in place of what was; an earlier grid goes before a later.

        Cells that clouds have changed stay as they are.

        Args:
            grids: in the fixed frame, corners at whole cells, lowest cells at the floor.
        """
        untouched = self._votes == self._before
        self._known = tuple(grids)
        self._before = self._votes_before(self._corner)
        self._votes[untouched] = self._before[untouched]

    def reset(self) -> None:
        """Forget what clouds showed, and centre the map on the origin of the fixed frame."""
        self._corner = self._corner_around((0.0, 0.0))
        self._before = self._votes_before(self._corner)
        self._votes = self._before.copy()
        if self._last_seen is not None:
            self._last_seen.reset()
        self._clouds = 0
        self.stamp_ns: int | None = None

    def follow(self, position: ArrayLike) -> None:
        """Centre the map on a place (x, y, ...) of the fixed frame; what leaves it is forgotten."""
        corner = self._corner_around(position)
        shift = corner - self._corner
        if not shift.any():
            return
        kept_from, kept_to = [], []
        for step, size in zip(shift, self._shape, strict=True):
            step = int(np.clip(step, -size, size))
            kept_from.append(slice(max(step, 0), size + min(step, 0)))
            kept_to.append(slice(max(-step, 0), size + min(-step, 0)))
        here, there = tuple(kept_from), tuple(kept_to)

        def moved(old: NDArray[Any], new: NDArray[Any]) -> None:
            new.reshape(self._shape)[there] = old.reshape(self._shape)[here]

        self._before = self._votes_before(corner)
        votes = self._before.copy()
        moved(self._votes, votes)
        self._votes, self._corner = votes, corner
        if self._last_seen is not None:
            self._last_seen.move(moved)

    def integrate(
        self,
        points_fixed: NDArray[np.floating],
        sensor_origin: ArrayLike,
        stamp_ns: int,
        carve: Sequence[Body] = (),
        lap: Lap = no_lap,
    ) -> None:
        """Enter one cloud.

        Args:
            points_fixed: (N, 3) points in the fixed frame, metres; N may be 0.
            sensor_origin: (3,) where the sensor was, in the fixed frame.
            stamp_ns: capture time.
            carve: bodies in the fixed frame: where they are is no obstacle.
            lap: told of the stages crop, voxelise, carve and rays.
        """
        self.stamp_ns = stamp_ns
        votes = self._votes.reshape(-1)
        if self._last_seen is not None:
            self._last_seen.forget(votes, self._before.reshape(-1), stamp_ns)
        origin = np.asarray(sensor_origin, np.float32)[:, None]
        points = self._cropped(np.ascontiguousarray(points_fixed.T, np.float32), origin)
        lap("crop")
        if points.shape[1] == 0:
            return
        points = self._one_per_cell(points)
        lap("voxelise")
        obstacle = points[2] >= self.config.floor_height
        bare_floor = points.compress(~obstacle, axis=1)
        bare_floor[2] = CELL / 2
        for body in carve:
            obstacle &= ~body.has(points.T)
        lap("carve")
        passed = self._passed_cells(points, origin)
        passed[self._flat_cells(bare_floor)] = True

        # A pass takes one vote from a cell that was hit; a free cell has none to lose.
        votes[passed] = np.maximum(votes[passed], 1) - 1
        hit = self._flat_cells(points.compress(obstacle, axis=1))
        votes[hit] = self.config.hit_votes
        if self._last_seen is not None:
            self._last_seen.see(passed, stamp_ns)
            self._last_seen.see(hit, stamp_ns)
        lap("rays")
        for body in carve:
            self._clear_inside(body, stamp_ns)
        self._clouds += 1
        lap("carve")

    def snapshot(self) -> OccupancyGrid | None:
        """A copy of the map for another thread; None before the first cloud and any knowledge."""
        if self.stamp_ns is None and not self._known:
            return None
        cells = np.where(self._votes > 0, OCCUPIED, FREE)
        cells[self._votes == _UNSEEN_VOTES] = UNSEEN
        return OccupancyGrid(
            torch.from_numpy(cells.astype(np.uint8)),
            torch.from_numpy((self._corner * CELL).astype(np.float32)),
        )

    def _clear_inside(self, body: Body, stamp_ns: int) -> None:
        """Free the cells inside a body: it was hit there while nobody tracked it."""
        occupied = np.argwhere(self._votes > 0)
        centres = (occupied + self._corner + 0.5) * CELL
        inside = np.ravel_multi_index(tuple(occupied[body.has(centres)].T), self._shape)
        self._votes.reshape(-1)[inside] = 0
        if self._last_seen is not None:
            self._last_seen.see(inside, stamp_ns)

    def _votes_before(self, corner: NDArray[np.int64]) -> NDArray[np.int8]:
        """The votes of a map with its lower corner there before any cloud."""
        states = known_states(self._known, corner, self._shape)
        votes = np.full(self._shape, _UNSEEN_VOTES, np.int8)
        votes[states == OCCUPIED] = self.config.hit_votes
        votes[states == FREE] = 0
        return votes

    def _corner_around(self, position: ArrayLike) -> NDArray[np.int64]:
        """(3,) the cell number, from the fixed frame's origin, of the map's lower corner."""
        centre = np.floor(np.asarray(position, np.float64)[:2] / CELL).astype(np.int64)
        half = np.array(self._shape[:2]) // 2
        return np.array((*(centre - half), 0))

    def _cropped(
        self, points: NDArray[np.float32], origin: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        reach = np.float32(self.config.max_range)
        with np.errstate(over="ignore"):  # Infinitely far is far enough.
            distance = ((points - origin) ** 2).sum(0)
        return points.compress((distance <= reach * reach) & (distance > 0), axis=1)

    def _one_per_cell(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """One point of every cell; the floor counts as a cell of its own, below the room."""
        points = _thinned(points, CELL / 2)
        cells = np.floor(points / np.float32(CELL)).astype(np.int32)
        cells[2, points[2] < self.config.floor_height] = -1
        occupied = o3d.core.HashSet(cells.shape[1], o3d.core.int32, o3d.core.SizeVector([3]))
        rows = np.ascontiguousarray(cells.T)
        _, first = occupied.insert(o3d.core.Tensor.from_numpy(rows))
        return points.compress(first.numpy(), axis=1)

    def _flat_cells(self, points: NDArray[np.float32]) -> NDArray[np.int64]:
        """Places in the flat map of the cells of those points (3, N) that are inside the map."""
        return self._flat(np.floor(points / np.float32(CELL)) - self._corner[:, None])

    def _flat(self, cells: NDArray[np.floating]) -> NDArray[np.int64]:
        """Places in the flat map of those cells (3, N), whole numbers, that are inside it."""
        size = np.array(self._shape)[:, None]
        inside = ((cells >= 0) & (cells < size)).all(0)
        return np.ravel_multi_index(
            tuple(cells.compress(inside, axis=1).astype(np.int32)), self._shape
        )

    def _passed_cells(
        self, points: NDArray[np.float32], origin: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Which cells of the flat map lie between the sensor and the points.

        Rays are sampled once a cell, up to one cell before their point. When there are more points
        than `max_rays`, every cloud takes another share of them.
        """
        stride = -(-points.shape[1] // self.config.max_rays)
        rays = (points[:, self._clouds % stride :: stride] - origin) / np.float32(CELL)
        length = np.sqrt((rays**2).sum(0))
        count = np.ceil(length - 1.5).clip(0).astype(np.int64)
        ends = count.cumsum()
        step = np.arange(ends[-1]) - np.repeat(ends - count, count) + np.float32(0.5)
        start = (origin / np.float32(CELL) - self._corner[:, None]).astype(np.float32)
        samples = np.repeat(rays / length, count, axis=1)
        samples *= step.astype(np.float32)
        samples += start
        passed = np.zeros(self._votes.size, bool)
        passed[self._flat(np.floor(samples, out=samples))] = True
        return passed


def _thinned(points: NDArray[np.float32], edge: float) -> NDArray[np.float32]:
    """One of the points (3, N) of every cube with such an edge, metres.

    Open3D holds the interpreter while it hashes, and all else waits: so it gets few points.
    """
    cells = np.floor(points / np.float32(edge)).astype(np.int32)
    cells -= cells.min(1, keepdims=True)
    _, wide, high = cells.max(1) + 1
    place = (cells[0] * wide + cells[1]) * high + cells[2]
    # What several points write to one place, only one of them finds there again. Places that
    # nobody writes to are never read.
    number = np.arange(len(place), dtype=np.int32)
    owner = np.empty(place.max() + 1, np.int32)
    owner[place] = number
    return points.compress(owner[place] == number, axis=1)
