"""Rooms of a corpus, and what people want in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from remogen_ros.cues.occupancy import (
    CELL,
    EGO_CELLS,
    OCCUPIED,
    OccupancyGrid,
    ego_cell_centres,
)
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import PARENTS

GoalJoint = Literal["pelvis", "left_wrist", "right_wrist"]

_EDGE = 1e-6
"""A cell that ends at a border of ours does not reach beyond it; share of our cell."""


class Goal(BaseModel):
    """Where a joint is to be in the end.

    Attributes:
        joint: the pelvis of who walks or sits down, the wrist of who reaches for something.
        position: metres, in the world of the clip; on the floor (z = 0) for a walk.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    joint: GoalJoint
    position: tuple[float, float, float]


@dataclass(frozen=True)
class Scene:
    """A room.

    Attributes:
        name: unique within its corpus.
        source: the dataset it comes from.
        licence: under which it may be used.
        grid: its occupied cells, z up, the floor at z = 0; the floor itself is not occupied.
    """

    name: str
    source: str
    licence: str
    grid: OccupancyGrid


def coarsened(
    occupied: NDArray[np.bool_], cell: float, corner: Sequence[float]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Cells of CELL m of which any part is occupied, from smaller (or larger) ones.

    Args:
        occupied: (X, Y, Z).
        cell: edge of its cells, metres.
        corner: (3,) lower corner of its cell (0, 0, 0), metres.

    Returns:
        (X', Y', Z') bool and its (3,) corner, a multiple of CELL.
    """
    low = np.floor(np.asarray(corner, np.float64) / CELL + _EDGE)
    merged = np.asarray(occupied, bool)
    for axis in range(3):
        merged = _merged(merged, axis, cell / CELL, float(corner[axis]) / CELL - low[axis])
    return np.ascontiguousarray(merged), low * CELL


def _merged(occupied: NDArray[np.bool_], axis: int, size: float, start: float) -> NDArray[np.bool_]:
    """`coarsened` along one axis; the cells' size and where they start are in our cells."""
    places = start + size * np.arange(occupied.shape[axis])
    first = np.floor(places + _EDGE).astype(int)
    last = np.ceil(places + size - _EDGE).astype(int) - 1
    ours = np.arange(last[-1] + 1)
    begins, ends = np.searchsorted(last, ours), np.searchsorted(first, ours, side="right")
    along = np.moveaxis(occupied, axis, 0)
    layers = [along[begin:end].any(axis=0) for begin, end in zip(begins, ends, strict=True)]
    return np.moveaxis(np.stack(layers), 0, axis)


def body_inside(motion: Motion, grid: OccupancyGrid) -> NDArray[np.bool_]:
    """(T,) whether any joint, or the middle of any bone, is in an occupied cell."""
    joints = motion.joints()
    middles = (joints[:, 1:] + joints[:, list(PARENTS[1:])]) / 2
    states = grid.state_at(torch.cat((joints, middles), dim=1))
    return np.asarray((states == OCCUPIED).any(1))


class SceneStack:
    """Several rooms, looked into by a batch of egos at once."""

    def __init__(self, grids: Sequence[OccupancyGrid]) -> None:
        sizes = torch.tensor([list(grid.cells.shape) for grid in grids])
        self._cells = torch.cat([grid.cells.flatten() for grid in grids])
        self._starts = torch.cumsum(sizes.prod(1), 0) - sizes.prod(1)
        self._sizes = sizes
        self._corners = torch.stack([grid.corner.float() for grid in grids])
        self._outside = torch.tensor([grid.outside for grid in grids], dtype=torch.uint8)

    def state_at(self, rooms: Tensor, points: Tensor) -> Tensor:
        """Cell states.

        Args:
            rooms: (B,) which room each row of points is in.
            points: (B, N, 3) metres in the room's frame.

        Returns:
            (B, N) uint8.
        """
        size = self._sizes[rooms][:, None]
        index = torch.floor((points - self._corners[rooms][:, None]) / CELL).long()
        inside = ((index >= 0) & (index < size)).all(-1)
        index = torch.minimum(index.clamp_min(0), size - 1)
        flat = (index[..., 0] * size[..., 1] + index[..., 1]) * size[..., 2] + index[..., 2]
        states = self._cells[flat + self._starts[rooms][:, None]]
        return torch.where(inside, states, self._outside[rooms][:, None])

    def ego_occupancy(self, rooms: Tensor, frame: CanonicalFrame) -> Tensor:
        """(B,) rooms, (B) canonical frames -> (B, 32, 32, 20) uint8 cell states around the egos."""
        centres = ego_cell_centres(frame.origin.device, frame.origin.dtype)
        world = frame.points_to_world(centres.expand(len(rooms), -1, -1))
        return self.state_at(rooms, world).reshape(-1, *EGO_CELLS)
