"""Ways round the furniture: shortest over the free floor, then rounded as people walk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from remogen_ros.cues.occupancy import CELL, OCCUPIED
from remogen_ros.data.rooms.furnished_room import FurnishedRoom

CLEARANCE = 0.35
"""Metres between the middle of a walking person and anything: hands swing this far out."""

_STEP = 0.05
_ROUNDING = 0.35
"""Metres between the points of a path, and over which its corners are rounded."""

_COMFORT = 0.8
"""People keep this far from things where there is room, metres."""

_NEIGHBOURS = ((1, 0), (0, 1), (1, 1), (1, -1))


@dataclass(frozen=True)
class Path:
    """A way over the floor.

    Attributes:
        points: (P, 2) metres, 0.05 m apart.
    """

    points: NDArray[np.float64]

    @cached_property
    def lengths(self) -> NDArray[np.float64]:
        """(P,) metres from the start to each point."""
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        return np.concatenate(([0.0], np.cumsum(steps)))

    @property
    def length(self) -> float:
        """Metres."""
        return float(self.lengths[-1])

    @cached_property
    def yaws(self) -> NDArray[np.float64]:
        """(P,) direction at each point, radians, without jumps."""
        ahead = np.gradient(self.points, axis=0)
        return np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0]))

    def at(self, along: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(T,) metres along it -> (T, 2) points and (T,) yaws; straight on beyond its ends."""
        within = np.clip(along, 0.0, self.length)
        points = np.stack(
            [np.interp(within, self.lengths, axis) for axis in self.points.T], axis=-1
        )
        yaws = np.interp(within, self.lengths, self.yaws)
        beyond = (along - within)[:, None]
        return points + beyond * np.stack((np.cos(yaws), np.sin(yaws)), axis=-1), yaws


class Floor:
    """The floor of a room on which one can walk."""

    def __init__(self, room: FurnishedRoom) -> None:
        grid = room.scene.grid
        self._corner = grid.corner[:2].double().numpy()
        blocked = (grid.cells == OCCUPIED).any(2).numpy()
        # What is beyond the grid is unknown, so nobody walks there.
        distances = ndimage.distance_transform_edt(np.pad(~blocked, 1))[1:-1, 1:-1] * CELL
        self._distances = distances - CELL / 2
        self._free = self._distances >= CLEARANCE

    def places(self) -> NDArray[np.float64]:
        """(N, 2) where one can stand and walk, metres."""
        return np.asarray(self._corner + (np.argwhere(self._free) + 0.5) * CELL)

    def clearance(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 2) metres -> (...) metres to the nearest thing; 0 outside the room."""
        index = np.floor((points - self._corner) / CELL).astype(int)
        inside = ((index >= 0) & (index < self._distances.shape)).all(-1)
        index = np.clip(index, 0, np.array(self._distances.shape) - 1)
        return np.where(inside, self._distances[index[..., 0], index[..., 1]], 0.0)

    def way(
        self,
        end: NDArray[np.float64],
        lengths: tuple[float, float],
        random: np.random.Generator,
        yaw: float | None = None,
        starts: NDArray[np.bool_] | None = None,
    ) -> Path | None:
        """A way of about such a length to a place, from anywhere that is so far away.

        Args:
            end: (2,) metres.
            lengths: least and greatest, metres.
            random: source of randomness.
            yaw: the direction in which one arrives, radians; any if left out.
            starts: (N,) bool, at which of the `places` it may begin; all if left out.

        Returns:
            None if there is none that keeps its clearance, up to where one arrives.
        """
        turn = end
        if yaw is not None:
            turn = end - 2 * _ROUNDING * np.array([np.cos(yaw), np.sin(yaw)])
        distances, before = self._ways_from(self._cell(turn))
        fits = (distances > lengths[0]) & (distances < lengths[1])
        if starts is not None:
            fits[self._free] &= starts
        cells = np.argwhere(fits)
        if len(cells) == 0:
            return None
        route = [int(np.ravel_multi_index(cells[random.integers(len(cells))], self._free.shape))]
        while before[route[-1]] >= 0:
            route.append(int(before[route[-1]]))
        corners = (
            self._corner + (np.stack(np.unravel_index(route, self._free.shape), -1) + 0.5) * CELL
        )
        path = Path(_rounded(np.concatenate((corners, [turn] if yaw is None else [turn, end]))))
        # Rounding cuts corners a little.
        clear = self.clearance(path.points) >= CLEARANCE - CELL / 2
        arriving = path.length - path.lengths < 2 * _ROUNDING
        clear |= arriving & (yaw is not None)
        return path if clear.all() and lengths[0] < path.length < lengths[1] else None

    def _cell(self, place: NDArray[np.float64]) -> tuple[int, int]:
        x, y = np.floor((place - self._corner) / CELL).astype(int)
        return int(x), int(y)

    def _ways_from(self, cell: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """(X, Y) how far every cell is on its way to this one, and (X * Y,) the next cell there."""
        shape = self._free.shape
        inside = 0 <= cell[0] < shape[0] and 0 <= cell[1] < shape[1]
        if not inside or not self._free[cell]:
            return np.full(shape, np.inf), np.full(self._free.size, -1, np.int32)
        number = int(np.ravel_multi_index(cell, shape))
        distances, before = csgraph.dijkstra(
            self._graph, directed=False, indices=number, return_predecessors=True
        )
        return distances.reshape(shape), before

    @cached_property
    def _graph(self) -> sparse.csr_matrix:
        """Steps between neighbouring free cells; those near to things cost more."""
        shape, numbers = self._free.shape, np.arange(self._free.size).reshape(self._free.shape)
        cost = 1.0 + np.clip(_COMFORT - self._distances, 0.0, None) / _COMFORT
        rows, columns, weights = [], [], []
        for dx, dy in _NEIGHBOURS:
            here = (slice(0, shape[0] - dx), slice(max(-dy, 0), shape[1] - max(dy, 0)))
            there = (slice(dx, shape[0]), slice(max(dy, 0), shape[1] - max(-dy, 0)))
            both = self._free[here] & self._free[there]
            rows.append(numbers[here][both])
            columns.append(numbers[there][both])
            step = np.hypot(dx, dy) * CELL
            weights.append((cost[here] + cost[there])[both] / 2 * step)
        entries = (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns)))
        return sparse.csr_matrix(entries, shape=(self._free.size,) * 2)


def _rounded(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """(P, 2) evenly spaced points along a line with its corners rounded; its ends stay."""
    fine = _evenly(corners)
    margin = round(3 * _ROUNDING / _STEP)
    # Ends are mirrored through themselves, so that they neither move nor bend.
    before = 2 * fine[0] - fine[1 : margin + 1][::-1]
    after = 2 * fine[-1] - fine[-margin - 1 : -1][::-1]
    padded = np.concatenate((before, fine, after))
    smooth = ndimage.gaussian_filter1d(padded, _ROUNDING / _STEP, axis=0, mode="nearest")
    kept = smooth[len(before) : len(before) + len(fine)]
    return _evenly(np.concatenate((fine[:1], kept[1:-1], fine[-1:])))


def _evenly(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    lengths = np.concatenate(([0.0], np.cumsum(steps)))
    count = max(int(np.ceil(lengths[-1] / _STEP)), 1) + 1
    along = np.linspace(0.0, lengths[-1], count)
    return np.stack([np.interp(along, lengths, axis) for axis in corners.T], axis=-1)
