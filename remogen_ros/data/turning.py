"""Turning on the spot: the eyes go first, the body follows, and the feet step round in turn.

The order and the lag of head, trunk and feet are those of standing turns (Hollands et al.,
"Visuomotor control of human adaptive locomotion", 2004). Such motion is composed.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from remogen_ros.data.joining import minimum_jerk
from remogen_ros.motion.kinematics import global_rotations
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import yaw_matrix
from remogen_ros.motion.skeleton import JOINT_INDEX, PARENTS

EYES_ALONE = math.radians(40.0)
"""How far people look aside without turning their feet."""

_GAZE = 6
_BODY_LAG = 1
_STEP = 4
"""Frames in which the eyes get there, by which the body comes later, and of one step."""

_WIDEST_STEP = math.radians(45.0)
_LIFT = 0.06
"""Radians by which a foot turns in one step at most, and metres by which it rises."""

_SHARES = {"spine1": 0.1, "spine2": 0.1, "spine3": 0.1, "neck": 0.3, "head": 0.4}
"""How much of a look aside each joint of the spine takes."""


def turned(still: Motion, begins: int, look: float, body: float) -> Motion:
    """Someone who stands (T,) looks so many radians to the left from frame `begins` on.

    Args:
        still: with feet that stay; long enough for the steps.
        begins: frame at which the eyes set off.
        look: radians by which the face turns in the end.
        body: radians of it by which pelvis and feet turn.
    """
    clock = torch.arange(len(still)).float() - begins
    steps = math.ceil(abs(body) / _WIDEST_STEP)
    gaze = look * minimum_jerk(clock / _GAZE)
    yaw = body * minimum_jerk((clock - _BODY_LAG) / max(2 * steps * _STEP, 1))
    feet = Feet.of(still)
    centre = feet.ankles[:1].mean(1)
    motion = _looking(_about(still, centre, yaw), gaze - yaw)
    if steps == 0:
        return motion
    places, lifts = zip(*(_stepping(clock, body, steps, side) for side in (0, 1)), strict=True)
    turns = yaw_matrix(torch.stack(places, dim=-1))
    ankles = centre[:, None] + (turns @ (feet.ankles - centre[:, None])[..., None])[..., 0]
    ankles[..., 2] += torch.stack(lifts, dim=-1)
    return standing_on(motion, Feet(ankles, turns @ feet.turns))


def _stepping(clock: Tensor, body: float, steps: int, side: int) -> tuple[Tensor, Tensor]:
    """(T,) and (T,): how far the left (0) or right foot has turned, and its height, in steps."""
    first = side if body > 0 else 1 - side
    place, lift = torch.zeros_like(clock), torch.zeros_like(clock)
    for step in range(steps):
        share = ((clock - _BODY_LAG - (2 * step + first) * _STEP) / _STEP).clamp(0, 1)
        place += body / steps * minimum_jerk(share)
        lift += _LIFT * torch.sin(math.pi * share).square()
    return place, lift


def _about(motion: Motion, centre: Tensor, yaw: Tensor) -> Motion:
    """Every pose turned about a place on the floor (1, 3) by its yaw (T,)."""
    turn = yaw_matrix(yaw)
    roots = centre + (turn @ (motion.root_positions - centre)[..., None])[..., 0]
    rotations = motion.rotations.clone()
    rotations[:, 0] = turn @ rotations[:, 0]
    return Motion(roots, rotations)


def _looking(motion: Motion, aside: Tensor) -> Motion:
    """The face turned aside by so many radians (T,), shared by the joints of the spine."""
    oriented = global_rotations(motion.rotations)
    rotations = motion.rotations.clone()
    for name, share in _SHARES.items():
        joint = JOINT_INDEX[name]
        turn = yaw_matrix(share * aside)
        rotations[:, joint] = oriented[:, PARENTS[joint]].mT @ turn @ oriented[:, joint]
    return Motion(motion.root_positions, rotations)
