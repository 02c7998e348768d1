"""The scene cue: which 10 cm cells around the ego are free, occupied or never seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from remogen_ros.motion.canonical import CanonicalFrame

FREE, OCCUPIED, UNSEEN = 0, 1, 2
"""States of a cell."""

CELL = 0.1
"""Edge of a cell, metres."""

EGO_CELLS = (32, 32, 20)
"""Cells of the ego's view along its x, y and z: 3.2 m x 3.2 m around it, 2 m up from the floor."""


@dataclass(frozen=True)
class OccupancyGrid:
    """Cell states in a fixed frame, axes along that frame's axes.

    Attributes:
        cells: (X, Y, Z) uint8 of FREE, OCCUPIED, UNSEEN.
        corner: (3,) metres, the lower corner of cell (0, 0, 0).
        outside: state of everything that the grid does not cover.
    """

    cells: Tensor
    corner: Tensor
    outside: int = UNSEEN

    def state_at(self, points: Tensor) -> Tensor:
        """(..., 3) metres in the fixed frame -> (...) uint8 cell states."""
        index = torch.floor((points - self.corner) / CELL).long()
        size = torch.tensor(self.cells.shape, device=points.device)
        inside = ((index >= 0) & (index < size)).all(-1)
        index = torch.minimum(index.clamp_min(0), size - 1)
        states = self.cells[index[..., 0], index[..., 1], index[..., 2]]
        return torch.where(inside, states, torch.full_like(states, self.outside))

    def occupied_centres(self) -> Tensor:
        """(N, 3) metres in the fixed frame, the centres of the occupied cells."""
        return self.corner + ((self.cells == OCCUPIED).nonzero() + 0.5) * CELL


@cache
def column_centres(device: torch.device, dtype: torch.dtype) -> Tensor:
    """(32 * 32, 2) middles of the columns around an ego, in its canonical frame, metres."""
    axes = [torch.arange(n, device=device, dtype=dtype) + 0.5 - n / 2 for n in EGO_CELLS[:2]]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).flatten(0, 1) * CELL


def ego_occupancy(grid: OccupancyGrid | None, frame: CanonicalFrame) -> Tensor:
    """Cell states around the ego, aligned with its heading.

    Args:
        grid: the room, or None where nothing is known of it.
        frame: one canonical frame (unbatched).

    Returns:
        (32, 32, 20) uint8.
    """
    if grid is None:
        return torch.full(EGO_CELLS, UNSEEN, dtype=torch.uint8, device=frame.origin.device)
    # The two share the upright axis: whole columns are looked up, not cell by cell.
    centres = column_centres(frame.origin.device, frame.origin.dtype)
    world = centres @ frame.rotation[:2, :2].T + frame.origin[:2]
    columns = torch.floor((world - grid.corner[:2]) / CELL).long()
    heights = (torch.arange(EGO_CELLS[2], device=centres.device) + 0.5) * CELL
    levels = torch.floor((heights - grid.corner[2]) / CELL).long()
    size = torch.tensor(grid.cells.shape, device=centres.device)
    beside = ((columns >= 0) & (columns < size[:2])).all(-1)
    within = (levels >= 0) & (levels < size[2])
    columns = torch.minimum(columns.clamp_min(0), size[:2] - 1)
    towers = grid.cells[columns[:, 0], columns[:, 1]]
    states = towers[:, torch.minimum(levels.clamp_min(0), size[2] - 1)]
    inside = beside[:, None] & within
    return states.masked_fill(~inside, grid.outside).reshape(EGO_CELLS)
