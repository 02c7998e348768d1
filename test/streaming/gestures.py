"""Synthetic partners, two metres ahead of an ego at the origin and facing it."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.rotations import matrix_from_axis_angle
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX
from remogen_ros.motion.standing import standing_rotations

_DISTANCE = 2.0


def _facing_the_origin(rotations: Tensor) -> Tensor:
    """(T, 22, 3, 3) of someone on the spot -> (T, 22, 3) joints in the world of the ego."""
    roots = torch.tensor([0.0, 0.0, ADULT.pelvis_height]).expand(len(rotations), 3)
    joints = Motion(roots, rotations).joints()
    return joints * torch.tensor([-1.0, -1.0, 1.0]) + torch.tensor([_DISTANCE, 0.0, 0.0])


def _ramp(frames: int, begins: int, rises: int = 5) -> Tensor:
    """(T,) from 0 to 1, within `rises` frames of `begins`."""
    return ((torch.arange(frames) - begins) / rises).clamp(0, 1)


def standing(frames: int) -> Tensor:
    """(T, 22, 3) of someone who stands and does nothing."""
    return _facing_the_origin(standing_rotations().expand(frames, -1, -1, -1))


def waving(frames: int, begins: int) -> Tensor:
    """(T, 22, 3) of someone who raises the right arm at frame `begins`, and waves it."""
    rotations = standing_rotations().repeat(frames, 1, 1, 1)
    raised = _ramp(frames, begins)
    swing = 0.35 * torch.sin(2 * math.pi * 1.5 * torch.arange(frames) / FRAME_RATE)
    for joint, hanging, up in (
        ("right_shoulder", 1.3, torch.tensor(-0.1)),
        ("right_elbow", 0.0, -1.3 + swing),
    ):
        turns = torch.zeros(frames, 3)
        turns[:, 0] = hanging + raised * (up - hanging)
        rotations[:, JOINT_INDEX[joint]] = matrix_from_axis_angle(turns)
    return _facing_the_origin(rotations)
