"""A body that stands, arms hanging: the pose to begin from where nothing better was measured."""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.motion.kinematics import forward_kinematics
from remogen_ros.motion.rotations import matrix_from_axis_angle
from remogen_ros.motion.skeleton import ADULT, JOINT_COUNT, JOINT_INDEX

_ARM_DOWN = 1.3
"""Angle by which arms hang from the T-pose, radians."""


def standing_rotations() -> Tensor:
    """(22, 3, 3) parent-relative rotations of a body that stands, arms hanging, facing +x."""
    turns = torch.zeros(JOINT_COUNT, 3)
    turns[JOINT_INDEX["left_shoulder"], 0] = -_ARM_DOWN
    turns[JOINT_INDEX["right_shoulder"], 0] = _ARM_DOWN
    return matrix_from_axis_angle(turns)


def standing_joints() -> Tensor:
    """(22, 3) joints of that body, the pelvis over the origin, metres."""
    pelvis = torch.tensor((0.0, 0.0, ADULT.pelvis_height))
    return forward_kinematics(standing_rotations(), pelvis)
