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
    column_centres,
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
    """Several rooms, looked into by a batch of egos at once.

    Rooms and egos have the same upright axis and the same floor, so that whole columns of cells are
    looked up, not cell by cell.
    """

    def __init__(self, grids: Sequence[OccupancyGrid]) -> None:
        sizes = torch.tensor([grid.cells.shape[:2] for grid in grids])
        columns = [_columns(grid) for grid in grids]
        self._columns = torch.cat(columns)
        self._starts = torch.tensor([0, *(len(rows) for rows in columns)]).cumsum(0)[:-1].int()
        self._sizes = sizes.float()
        self._corners = torch.stack([grid.corner[:2].float() for grid in grids])
        self._elsewhere: dict[torch.device, SceneStack] = {}

    def to(self, device: torch.device | str) -> SceneStack:
        """The same rooms on another device; copied once."""
        device = torch.device(device)
        if device == self._columns.device:
            return self
        if device not in self._elsewhere:
            copied = SceneStack.__new__(SceneStack)
            copied._columns = self._columns.to(device)
            copied._starts = self._starts.to(device)
            copied._sizes = self._sizes.to(device)
            copied._corners = self._corners.to(device)
            copied._elsewhere = {}
            self._elsewhere[device] = copied
        return self._elsewhere[device]

    def ego_occupancy(self, rooms: Tensor, frame: CanonicalFrame, mirrored: int = 0) -> Tensor:
        """What is around each ego.

        Args:
            rooms: (B,) which room each ego is in.
            frame: (B) canonical frames.
            mirrored: how many egos, from the first on, are in the mirror image of their room, left
                and right exchanged (y to -y).

        Returns:
            (B, 32, 32, 20) uint8 cell states.
        """
        centres = column_centres(frame.origin.device, frame.origin.dtype)
        turn, origin = frame.rotation[:, :2, :2], frame.origin[:, :2]
        if mirrored:
            flip = torch.ones_like(origin)
            flip[:mirrored, 1] = -1.0
            turn, origin = turn * flip[..., None], origin * flip
        world = centres @ turn.mT + (origin - self._corners[rooms])[:, None]
        index = torch.floor(world / CELL)
        size = self._sizes[rooms][:, None]
        inside = ((index >= 0) & (index < size)).all(-1)
        # The last column of each room is what is outside of it.
        place = torch.where(inside, index[..., 0] * size[..., 1] + index[..., 1], size.prod(-1))
        place = place.int() + self._starts[rooms][:, None]
        return self._columns.index_select(0, place.flatten()).view(-1, *EGO_CELLS)


def _columns(grid: OccupancyGrid) -> Tensor:
    """(X * Y + 1, 20) uint8: the columns of a room up from the floor, and one that is outside."""
    width, depth, height = grid.cells.shape
    levels = torch.floor(((torch.arange(EGO_CELLS[2]) + 0.5) * CELL - grid.corner[2]) / CELL).long()
    inside = (levels >= 0) & (levels < height)
    cells = grid.cells.reshape(width * depth, height)[:, levels.clamp(0, height - 1)]
    outside = torch.full((1, EGO_CELLS[2]), grid.outside, dtype=torch.uint8)
    return torch.cat((torch.where(inside, cells, outside), outside))
