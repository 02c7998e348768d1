"""What no clip of the single-person corpora shows: turning on the spot, sitting down, getting up.

Composed: paths of the pelvis with the bell-shaped speed of human movement (minimum jerk, Flash and
Hogan, 1985), the trunk leaning forward on the way, the legs by inverse kinematics.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from remogen_ros.data.rooms.seats import Seat
from remogen_ros.motion.arms import SIDES, reaching
from remogen_ros.motion.canonical import heading_of_orientation
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.rotations import (
    matrix_from_axis_angle,
    yaw_matrix,
    yaw_matrix_from_direction,
)
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX

_STEP_SECONDS = 0.4
_STEP_TURN = 0.7
"""Length of one of the steps with which one turns, and how far it turns at most, radians."""

_STEP_LIFT = 0.05
"""Metres that a foot is lifted in such a step."""

_SIT_SECONDS = 1.8
_LEAN = 0.6
_LEAN_BACK = -0.1
"""Leaning forward halfway down, and when seated, radians."""

_PELVIS_SHARE = 0.6
"""Of leaning; the rest is spread over the spine."""

_HIPS_OVER_SEAT = 0.09
"""Metres from the seat up to the hip joints of who sits on it."""

_ALONG_THIGH, _OVER_THIGH = 0.7, 0.1
"""Where the palms of who sits lie: share of the way from hip to knee, metres above the bone."""

_HIP_DROP = float(-ADULT.offsets[JOINT_INDEX["left_hip"], 2])
_SPINE = [JOINT_INDEX[name] for name in ("spine1", "spine2", "spine3")]
_CLEAR = 0.02
"""Metres that the hips keep above the cells which the seat occupies."""


def minimum_jerk(frames: int) -> Tensor:
    """(frames,) from 0, exclusive, to 1, inclusive, with bell-shaped speed."""
    share = torch.arange(1, frames + 1) / frames
    return share**3 * (10 - 15 * share + 6 * share**2)


def turned(pose: Motion, angle: float, shift: tuple[float, float] = (0.0, 0.0)) -> Motion:
    """Small steps by which a standing person (1,) turns by so many radians, and moves a little.

    Args:
        pose: someone who stands.
        angle: to turn by, radians.
        shift: (2,) to move by meanwhile, metres.
    """
    steps = max(2, int(np.ceil(abs(angle) / _STEP_TURN)) + 1)
    per_step = round(_STEP_SECONDS * FRAME_RATE)
    frames = steps * per_step
    share = minimum_jerk(frames)
    body = yaw_matrix(share * angle)
    moved = torch.tensor([*shift, 0.0], dtype=torch.float32)
    feet = Feet.of(pose)
    axis = pose.root_positions[0] * torch.tensor([1.0, 1.0, 0.0])
    ankles, turns = [], []
    for side in (0, 1):
        progress, lift = _foot_steps(side == (0 if angle > 0 else 1), steps, per_step)
        turn = yaw_matrix(progress * angle)
        from_axis = feet.ankles[0, side] - axis + progress[:, None] * _abreast(feet, pose)[side]
        place = (turn @ from_axis[..., None])[..., 0] + axis + progress[:, None] * moved
        ankles.append(place + torch.nn.functional.pad(lift[:, None], (2, 0)))
        turns.append(turn @ feet.turns[0, side])
    rotations = pose.rotations.repeat(frames, 1, 1, 1)
    rotations[:, 0] = body @ rotations[:, 0]
    offset = pose.root_positions[0] - axis
    roots = (body @ offset[:, None])[..., 0] + axis + share[:, None] * moved
    return standing_on(
        Motion(roots, rotations), Feet(torch.stack(ankles, 1), torch.stack(turns, 1))
    )


def _abreast(feet: Feet, pose: Motion) -> Tensor:
    """(2, 3) how far each foot has to go for neither to be before the other."""
    ahead = yaw_matrix_from_direction(heading_of_orientation(pose.rotations[0, 0]))[:, 0]
    before = feet.ankles[0] @ ahead
    return (before.mean() - before)[:, None] * ahead


def _foot_steps(leads: bool, steps: int, per_step: int) -> tuple[Tensor, Tensor]:
    """(T,) how much of the whole movement one foot has made, and (T,) its lift, metres.

    The foot on the side of the turn leads; they step in turns.
    """
    progress = torch.zeros(steps * per_step)
    lift = torch.zeros(steps * per_step)
    share = minimum_jerk(per_step)
    here = 0.0
    for step in range(steps):
        window = slice(step * per_step, (step + 1) * per_step)
        there = min((step + 1) / (steps - 1), 1.0) if (step % 2 == 0) == leads else here
        progress[window] = here + (there - here) * share
        if there > here:
            lift[window] = _STEP_LIFT * (share * torch.pi).sin()
        here = there
    return progress, lift


def sat_down(pose: Motion, seat: Seat, free_above: float) -> Motion:
    """Sitting down from standing (1,) with the back to the seat.

    Args:
        pose: someone who stands before the seat, facing as one sits on it.
        seat: to sit down on.
        free_above: height above which the cells at hips and thighs are free, metres.
    """
    frames = round(_SIT_SECONDS * FRAME_RATE)
    share = minimum_jerk(frames)
    hips = max(seat.height + _HIPS_OVER_SEAT, free_above + _CLEAR)
    end = torch.tensor([*seat.hips.tolist(), hips + _HIP_DROP], dtype=torch.float32)
    roots = torch.lerp(pose.root_positions, end, share[:, None])
    lean = _LEAN * 4 * share * (1 - share) + _LEAN_BACK * share
    seated = leaning(Motion(roots, pose.rotations.repeat(frames, 1, 1, 1)), lean)
    seated = standing_on(seated, Feet.of(pose).held(0, frames - 1))
    return _hands_on_thighs(seated, share)


def reversed_in_time(motion: Motion) -> Motion:
    """The last frame first: getting up, from sitting down."""
    return Motion(motion.root_positions.flip(0), motion.rotations.flip(0))


def leaning(motion: Motion, lean: Tensor) -> Motion:
    """The motion (T,) with the trunk bent forward at the hips by (T,) radians, the head held up."""
    rotations = motion.rotations.clone()
    upright = rotations[:, 0].clone()
    rotations[:, 0] = upright @ _pitch(lean * _PELVIS_SHARE)
    to_hips = upright.new_tensor((0.0, 0.0, -_HIP_DROP))
    roots = motion.root_positions + (upright - rotations[:, 0]) @ to_hips
    bend = _pitch(lean * (1 - _PELVIS_SHARE) / len(_SPINE))
    rotations[:, _SPINE] = rotations[:, _SPINE] @ bend[:, None]
    neck = JOINT_INDEX["neck"]
    rotations[:, neck] = _pitch(-0.7 * lean) @ rotations[:, neck]
    # The arms hang straight down however the trunk leans.
    for side in ("left", "right"):
        shoulder = JOINT_INDEX[f"{side}_shoulder"]
        rotations[:, shoulder] = _pitch(-lean) @ rotations[:, shoulder]
    return Motion(roots, rotations)


def _hands_on_thighs(motion: Motion, share: Tensor) -> Motion:
    for side in SIDES:
        joints = motion.joints()
        hip, knee = (joints[:, JOINT_INDEX[f"{side}_{part}"]] for part in ("hip", "knee"))
        thigh = torch.lerp(hip, knee, _ALONG_THIGH)
        thigh = thigh + torch.tensor([0.0, 0.0, _OVER_THIGH])
        motion = reaching(motion, side, thigh, share)
    return motion


def _pitch(angle: Tensor) -> Tensor:
    """(T,) radians about y -> (T, 3, 3); a positive one leans forward."""
    return matrix_from_axis_angle(torch.nn.functional.pad(angle[:, None], (1, 1)))
