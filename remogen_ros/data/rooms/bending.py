"""A straight walk bent along a path: the body follows it, the feet stay where they step."""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.data.rooms.paths import Path
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.rotations import slerp, yaw_matrix
from remogen_ros.motion.skeleton import ANKLE_HEIGHT

_STEPPING_SPEED = 0.45
_STEPPING_HEIGHT = 0.06
"""An ankle slower than this, m/s, and no higher above where it is when standing, metres, bears."""

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
    return standing_on(Motion(roots, rotations), _steps(Feet.of(walk), turns, shifts))


def _steps(feet: Feet, turns: Tensor, shifts: Tensor) -> Feet:
    """The feet of the straight walk, each step moved as the body is in the middle of it.

    Args:
        feet: (T,) of the straight walk.
        turns, shifts: (T, 3, 3) and (T, 3), how the body moves at each frame.
    """
    ankles, orientations = feet.ankles.clone(), feet.turns.clone()
    for side, bears in enumerate(_bearing(feet).T):
        before, after, share = _between_steps(bears)
        places = feet.ankles[:, side, :, None]
        one, other = ((turns[i] @ places)[..., 0] + shifts[i] for i in (before, after))
        ankles[:, side] = torch.lerp(one, other, share[:, None])
        one, other = (turns[i] @ feet.turns[:, side] for i in (before, after))
        orientations[:, side] = slerp(one, other, share)
    return Feet(ankles, orientations)


def _bearing(feet: Feet) -> Tensor:
    """(T, 2) bool, whether each foot rests on the floor."""
    steps = feet.ankles.diff(dim=0).norm(dim=-1) * FRAME_RATE
    speed = torch.minimum(torch.cat((steps[:1], steps)), torch.cat((steps, steps[-1:])))
    low = feet.ankles[..., 2] < ANKLE_HEIGHT + _STEPPING_HEIGHT
    return (speed < _STEPPING_SPEED) & low


def _between_steps(bears: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(T,) and (T,) middle frame of the step before and after each frame, (T,) how far between.

    On the floor, both are the middle of the step itself; before the first step and after the last
    one a foot goes with the body.
    """
    frames = len(bears)
    edges = torch.nn.functional.pad(bears.int(), (1, 1)).diff().nonzero()[:, 0].tolist()
    steps = list(zip(edges[::2], edges[1::2], strict=True)) or [(0, frames)]
    before = torch.full((frames,), (steps[0][0] + steps[0][1] - 1) // 2)
    after, share = before.clone(), torch.zeros(frames)
    for (first, end), (following, last) in zip(steps, [*steps[1:], steps[-1]], strict=True):
        middle = (first + end - 1) // 2
        before[first:] = after[first:] = middle
        if following >= end:
            swing = torch.arange(1, following - end + 1) / (following - end + 1)
            share[end:following] = swing**2 * (3 - 2 * swing)
            after[end:following] = (following + last - 1) // 2
    return before, after, share
