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
def ego_cell_centres(device: torch.device, dtype: torch.dtype) -> Tensor:
    """(32 * 32 * 20, 3) centres of the cells around an ego, in its canonical frame, metres."""
    axes = [torch.arange(n, device=device, dtype=dtype) for n in EGO_CELLS]
    grid = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
    half = torch.tensor((EGO_CELLS[0] / 2, EGO_CELLS[1] / 2, 0.0), device=device, dtype=dtype)
    return ((grid + 0.5 - half) * CELL).reshape(-1, 3)


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
    centres = ego_cell_centres(frame.origin.device, frame.origin.dtype)
    return grid.state_at(frame.points_to_world(centres)).reshape(EGO_CELLS)
