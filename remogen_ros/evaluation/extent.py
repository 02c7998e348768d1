"""Whether somebody is still in the room.

Depth in a scene is blind to egos that went out through a wall: what is beyond it is unknown, not
occupied, and has no depth.
"""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.cues.occupancy import CELL, FREE, OCCUPIED, OccupancyGrid
from remogen_ros.motion.quality import mean_over_frames
from remogen_ros.motion.skeleton import JOINT_INDEX


class RoomExtent:
    """How far a room reaches over the floor: the bounding box of its occupied cells.

    The box is along the axes of the grid and ends where cells do, so whoever stands in an outer
    wall is inside. Lenient where a room is no rectangle or lies askew; walls within the box are not
    looked at, which depth in the scene does. A room without an occupied cell has no extent, nor has
    one that goes on as free floor beyond its grid: things on an open plain are no room.

    Args:
        grid: the room.
    """

    def __init__(self, grid: OccupancyGrid) -> None:
        columns = (grid.cells == OCCUPIED).any(-1).nonzero()
        self._box: tuple[Tensor, Tensor] | None = None
        if len(columns) and grid.outside != FREE:
            corner = grid.corner[:2].double()
            self._box = (
                corner + CELL * columns.amin(0),
                corner + CELL * (columns.amax(0) + 1),
            )

    @property
    def known(self) -> bool:
        """Whether one can be outside at all."""
        return self._box is not None

    def outside(self, points: Tensor) -> Tensor:
        """(..., 2) metres over the floor, in the frame of the grid -> (...) bool."""
        if self._box is None:
            return torch.zeros(points.shape[:-1], dtype=torch.bool)
        low, high = self._box
        return ((points < low) | (points > high)).any(-1)


def share_outside(joints: Tensor, room: RoomExtent, valid: Tensor | None = None) -> Tensor:
    """Share of frames in which the pelvis, seen from above, is outside the room.

    Args:
        joints: (..., T, 22, 3) metres, in the frame of the room.
        room: its extent.
        valid: (..., T) bool.

    Returns:
        (...) of 0 to 1; NaN where the room has no extent, or no frame is valid.
    """
    beyond = room.outside(joints[..., JOINT_INDEX["pelvis"], :2]).to(joints)
    share = mean_over_frames(beyond, valid)
    return share if room.known else torch.full_like(share, torch.nan)
