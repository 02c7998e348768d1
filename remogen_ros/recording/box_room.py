"""A synthetic room to look at: four walls, a floor, and boxes where nobody stands."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from remogen_ros.data.meshes import Mesh, joined
from remogen_ros.data.scattered_rooms import scatter
from remogen_ros.motion.skeleton import ADULT

HALF_EDGE = 2.5
"""From the middle of the room to its walls, metres."""

WALL_HEIGHT = 2.4

STANDING = ADULT.rest_joints + np.array((0.0, 0.0, ADULT.pelvis_height))
"""(22, 3) the joints of who stands in the middle of the room, metres."""

_WALL_THICKNESS = 0.1
_SQUARE = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
_SIDES = [(0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7), (4, 5, 6, 7)]


def box_room(seed: int) -> Mesh:
    """The same room for the same seed; metres, z up, the floor at z = 0."""
    generator = torch.Generator().manual_seed(seed)
    boxes = scatter(torch.from_numpy(STANDING).float()[None, None], generator)
    middle = HALF_EDGE + _WALL_THICKNESS / 2
    parts = [_box(np.zeros(2), np.array((1.0, 0.0)), np.full(2, HALF_EDGE), 0.0)]
    for axis in np.concatenate((np.eye(2), -np.eye(2))):
        wall = np.array((_WALL_THICKNESS / 2, HALF_EDGE))
        parts.append(_box(middle * axis, axis, wall, WALL_HEIGHT))
    columns = (boxes.centre[0], boxes.axis[0], boxes.half[0], boxes.height[0])
    for centre, axis, half, height in zip(
        *(each.double().numpy() for each in columns), strict=True
    ):
        if height > 0:
            parts.append(_box(centre, axis, half, float(height)))
    return joined(parts)


def _box(
    centre: NDArray[np.float64],
    axis: NDArray[np.float64],
    half: NDArray[np.float64],
    height: float,
) -> Mesh:
    """An upright box on the floor, without its bottom."""
    turn = np.stack((axis, (-axis[1], axis[0])))
    corners = centre + (_SQUARE * half) @ turn
    vertices = np.concatenate([np.c_[corners, np.full(4, z)] for z in (0.0, height)])
    triangles = [(a, *pair) for a, b, c, d in _SIDES for pair in ((b, c), (c, d))]
    return Mesh("", vertices, np.array(triangles, np.uint32))
