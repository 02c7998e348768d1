"""What no clip of the single-person corpora shows: sitting down and getting up.

Composed: paths of the pelvis with the bell-shaped speed of human movement (minimum jerk, Flash and
Hogan, 1985), the trunk leaning forward on the way, the legs by inverse kinematics.
"""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.data.composing.joining import minimum_jerk
from remogen_ros.data.rooms.seats import Seat
from remogen_ros.motion.arms import SIDES, reaching
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.rotations import (
    matrix_from_axis_angle,
)
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX

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


def sat_down(pose: Motion, seat: Seat, free_above: float) -> Motion:
    """Sitting down from standing (1,) with the back to the seat.

    Args:
        pose: someone who stands before the seat, facing as one sits on it.
        seat: to sit down on.
        free_above: height above which the cells at hips and thighs are free, metres.
    """
    frames = round(_SIT_SECONDS * FRAME_RATE)
    share = minimum_jerk(torch.arange(1, frames + 1) / frames)
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
