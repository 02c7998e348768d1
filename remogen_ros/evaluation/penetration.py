"""How deep a body is in a room, in another body or below the floor.

Joints are (..., T, 22, 3) metres, z up, the floor at z = 0. Depths are zero where nothing is in
anything. Ground truth penetrates too, cells being as coarse as they are: report its row beside.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from remogen_ros.cues.occupancy import CELL, OCCUPIED, OccupancyGrid
from remogen_ros.motion.arms import SIDES
from remogen_ros.motion.capsules import separation
from remogen_ros.motion.legs import Feet
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.quality import mean_over_frames
from remogen_ros.motion.skeleton import (
    ADULT,
    ANKLE_HEIGHT,
    FOOT_HEIGHT,
    FOOT_JOINTS,
    JOINT_INDEX,
    PARENTS,
)

FLOOR_BAND = 0.08
"""Height above the floor under which a point stands on things rather than in them, metres.

Ankles and balls of standing feet are in it; furniture reaches down to the floor."""

LEAST_DEPTH = 0.02
"""Depth from which a frame counts as penetrating, metres: cells of 0.1 m show no less."""

_BALL = ADULT.offsets[JOINT_INDEX["left_foot"]]
_SOLE = torch.tensor(
    [[0.0, 0.0, -ANKLE_HEIGHT], [float(_BALL[0]), 0.0, float(_BALL[2]) - FOOT_HEIGHT]]
)
"""(2, 3) metres from the ankle, in the frame of either foot: the sole below ankle and ball."""

_ARM_ENDS = [f"{side}_{part}" for side in SIDES for part in ("hand", "forearm")]
HANDS = tuple((mine, theirs) for mine in _ARM_ENDS for theirs in _ARM_ENDS)
"""Pairs of capsules of two bodies that touch whenever people shake hands."""


class SignedDistance:
    """How far points are from the surfaces of a room, negative inside of them.

    The Euclidean distance transform outside minus the one inside of occupied cells, from the
    middles of cells to their borders (exact before level walls), in between trilinear. Only
    occupied cells are solid: free and unseen ones are not walls. What the grid does not cover is as
    the grid says; furniture goes on below it, so that nobody leaves it through the floor.

    Args:
        grid: the room.
    """

    def __init__(self, grid: OccupancyGrid) -> None:
        solid = grid.cells.cpu().numpy() == OCCUPIED
        solid = np.pad(solid, ((0, 0), (0, 0), (1, 0)), mode="edge")
        beyond = grid.outside == OCCUPIED
        solid = np.pad(solid, ((1, 1), (1, 1), (0, 1)), constant_values=beyond)
        field = _to_border(~solid) - _to_border(solid)
        self._field = torch.from_numpy(field).double()
        self._first = grid.corner.cpu().double() - CELL / 2
        self._last = self._first + CELL * (torch.tensor(solid.shape) - 1)
        self._beyond = -1.0 if beyond else 1.0

    def at(self, points: Tensor) -> Tensor:
        """(..., 3) metres in the frame of the grid -> (...) metres, positive outside of things."""
        places = points.to(self._field)
        nearest = torch.minimum(torch.maximum(places, self._first), self._last)
        share = 2 * (nearest - self._first) / (self._last - self._first) - 1
        values = torch.nn.functional.grid_sample(
            self._field[None, None],
            share.flip(-1).reshape(1, 1, 1, -1, 3),
            align_corners=True,
            padding_mode="border",
        ).reshape(points.shape[:-1])
        away = places - nearest
        away[..., 2].clamp_(min=0)
        return (values + self._beyond * away.norm(dim=-1)).to(points)


def _to_border(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Metres from the middle of each cell that is inside to the border; zero for the others."""
    if inside.all():
        return np.full(inside.shape, CELL * math.hypot(*inside.shape))
    return np.maximum(CELL * ndimage.distance_transform_edt(inside) - CELL / 2, 0)


@dataclass(frozen=True)
class Penetration:
    """Of each clip.

    Attributes:
        mean_depth: (B,) metres, mean over all frames of the deepest point of each.
        max_depth: (B,) metres.
        share: (B,) of frames that are LEAST_DEPTH or more deep, 0 to 1.
    """

    mean_depth: Tensor
    max_depth: Tensor
    share: Tensor

    @staticmethod
    def of(depths: Tensor, valid: Tensor | None = None) -> Penetration:
        """From (B, T) metres of each frame, of which (B, T) bool are valid; NaN where none is."""
        known = depths if valid is None else depths.masked_fill(~valid, 0.0)
        mean = mean_over_frames(depths, valid)
        deepest = known.amax(-1).masked_fill(mean.isnan(), torch.nan)
        return Penetration(
            mean, deepest, mean_over_frames((depths >= LEAST_DEPTH).to(depths), valid)
        )


def depth_in_scene(joints: Tensor, room: SignedDistance) -> Tensor:
    """How deep the deepest joint, or middle of a bone, is in the room's things.

    Points within FLOOR_BAND of the floor do not count: those of feet that stand.

    Args:
        joints: (..., T, 22, 3) metres, in the frame of the room.
        room: its distances.

    Returns:
        (..., T) metres.
    """
    middles = (joints[..., 1:, :] + joints[..., list(PARENTS[1:]), :]) / 2
    points = torch.cat((joints, middles), dim=-2)
    depths = -room.at(points)
    return depths.masked_fill(points[..., 2] < FLOOR_BAND, 0.0).amax(-1).clamp_min(0)


def depth_in_body(
    ego: Tensor, partner: Tensor, spared: Iterable[tuple[str, str]] = HANDS
) -> Tensor:
    """How deep two bodies, as capsules, are in each other.

    Args:
        ego, partner: (..., T, 22, 3) metres.
        spared: pairs of capsules, of the ego and of the partner, that may touch (`motion.capsules`
            names them); hands and forearms, which do when people shake hands. () spares none.

    Returns:
        (..., T) metres.
    """
    return (-separation(ego, partner, spared)).clamp_min(0)


def depth_below_floor(motion: Motion) -> Tensor:
    """How deep the deepest point of the feet is below z = 0.

    Points of a foot are its ankle, its ball, and where the sole, which turns with the foot, is
    below each of the two: feet that stand flat or lie on their insteps have no depth. In rooms,
    too, nothing is lower than z = 0; how high the things are that one climbs on does not count.

    Args:
        motion: (..., T) poses, z up.

    Returns:
        (..., T) metres.
    """
    feet = Feet.of(motion)
    soles = feet.ankles[..., None, :] + _SOLE.to(feet.ankles) @ feet.turns.mT
    joints = motion.joints()[..., list(FOOT_JOINTS), 2]
    heights = torch.cat((soles[..., 2].flatten(-2), joints), dim=-1)
    return (-heights.amin(-1)).clamp_min(0)
