"""A straight walk bent along a path: the body follows it, the feet stay where they step."""

from __future__ import annotations

import torch

from remogen_ros.data.composing.planting import planted_feet
from remogen_ros.data.rooms.paths import Path
from remogen_ros.motion.legs import standing_on
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import yaw_matrix

_LARGEST_STRETCH = 1.12
"""A walk is stretched or shortened by no more than this to end where the path ends."""


def bent_along(walk: Motion, path: Path) -> Motion | None:
    """A walk laid along a path, with the steps of the straight one.

    Args:
        walk: (T,) straight over the floor, from standing to standing.
        path: whose length is about that of the walk.

    Returns:
        None if the walk is too long or too short for the path.
    """
    start, way = walk.root_positions[0, :2], walk.root_positions[-1] - walk.root_positions[0]
    length = float(way[:2].norm())
    stretch = path.length / max(length, 1e-6)
    if not 1 / _LARGEST_STRETCH < stretch < _LARGEST_STRETCH:
        return None
    course = torch.atan2(way[1], way[0])
    ahead = torch.stack((course.cos(), course.sin()))
    along = (walk.root_positions[:, :2] - start) @ ahead
    points, yaws = path.at(along.double().numpy() * stretch)
    turns = yaw_matrix(torch.from_numpy(yaws).float() - course)
    middle = start + along[:, None] * ahead
    shifts = torch.from_numpy(points).float() - (turns[:, :2, :2] @ middle[..., None])[..., 0]
    shifts = torch.nn.functional.pad(shifts, (0, 1))
    roots = (turns @ walk.root_positions[..., None])[..., 0] + shifts
    rotations = walk.rotations.clone()
    rotations[:, 0] = turns @ rotations[:, 0]
    return standing_on(Motion(roots, rotations), planted_feet(walk, turns, shifts))
