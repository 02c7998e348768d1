"""Turning on the spot: the eyes go first, the body follows, and the feet step round in turn.

The order and the lag of head, trunk and feet are those of standing turns (Hollands et al.,
"Visuomotor control of human adaptive locomotion", 2004). Such motion is composed.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from remogen_ros.data.composing.joining import minimum_jerk
from remogen_ros.motion.canonical import heading_of_orientation
from remogen_ros.motion.kinematics import global_rotations
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import yaw_matrix, yaw_matrix_from_direction
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
    return _turned(still, begins, look, body, torch.zeros(3), torch.zeros(2, 3))


def turned_round(pose: Motion, angle: float, shift: tuple[float, float]) -> Motion:
    """A standing person (1,) turns by so many radians in small steps, and is elsewhere then.

    In the end neither foot is before the other, as when one is about to sit down.

    Args:
        pose: with both feet on the floor.
        angle: radians to the left.
        shift: (2,) to where, from here, metres.
    """
    frames = _frames(_steps(angle))
    still = Motion(pose.root_positions.repeat(frames, 1), pose.rotations.repeat(frames, 1, 1, 1))
    way = torch.tensor([*shift, 0.0], dtype=torch.float32)
    return _turned(still, 0, angle, angle, way, _abreast(pose))


def _steps(angle: float) -> int:
    """Of each foot."""
    return math.ceil(abs(angle) / _WIDEST_STEP)


def _frames(steps: int) -> int:
    return _BODY_LAG + 2 * steps * _STEP + 1


def _turned(
    still: Motion, begins: int, look: float, body: float, way: Tensor, apart: Tensor
) -> Motion:
    """Turned, moved along a way (3,), and each foot besides by what is `apart` (2, 3)."""
    clock = torch.arange(len(still)).float() - begins
    steps = _steps(body)
    gaze = look * minimum_jerk(clock / _GAZE)
    share = minimum_jerk((clock - _BODY_LAG) / max(2 * steps * _STEP, 1))
    feet = Feet.of(still)
    centre = feet.ankles[:1].mean(1)
    motion = _looking(_about(still, centre, body * share), gaze - body * share)
    if steps == 0:
        return motion
    motion = Motion(motion.root_positions + share[:, None] * way, motion.rotations)
    stepped, lifts = zip(*(_stepping(clock, body, steps, side) for side in (0, 1)), strict=True)
    done = torch.stack(stepped, dim=-1)
    turns = yaw_matrix(body * done)
    places = feet.ankles + done[..., None] * apart - centre[:, None]
    ankles = centre[:, None] + (turns @ places[..., None])[..., 0] + done[..., None] * way
    ankles[..., 2] += torch.stack(lifts, dim=-1)
    return standing_on(motion, Feet(ankles, turns @ feet.turns))


def _stepping(clock: Tensor, body: float, steps: int, side: int) -> tuple[Tensor, Tensor]:
    """(T,) and (T,): how much of its way the left (0) or right foot has made, and its lift."""
    first = side if body > 0 else 1 - side
    place, lift = torch.zeros_like(clock), torch.zeros_like(clock)
    for step in range(steps):
        share = ((clock - _BODY_LAG - (2 * step + first) * _STEP) / _STEP).clamp(0, 1)
        place += minimum_jerk(share) / steps
        lift += _LIFT * torch.sin(math.pi * share).square()
    return place, lift


def _abreast(pose: Motion) -> Tensor:
    """(2, 3) how far each foot of (1,) has to go for neither to be before the other."""
    ahead = yaw_matrix_from_direction(heading_of_orientation(pose.rotations[0, 0]))[:, 0]
    before = Feet.of(pose).ankles[0] @ ahead
    return (before.mean() - before)[:, None] * ahead


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
