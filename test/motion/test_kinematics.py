from __future__ import annotations

import math

import numpy as np
import torch
from hypothesis import given

from remogen_ros.motion.kinematics import (
    forward_kinematics,
    forward_kinematics_numpy,
    global_rotations,
)
from remogen_ros.motion.rotations import matrix_from_axis_angle
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, PARENTS
from test.motion.strategies import random_motion, seeds


def test_rest_pose() -> None:
    joints = forward_kinematics(torch.eye(3).expand(22, 3, 3), torch.zeros(3))
    np.testing.assert_allclose(joints.numpy(), ADULT.rest_joints, atol=1e-6)


def test_bent_left_elbow_brings_the_hand_forward() -> None:
    # The left arm points along +y; a quarter turn about -z at the elbow swings it towards +x.
    turns = torch.zeros(22, 3)
    turns[JOINT_INDEX["left_elbow"], 2] = -math.pi / 2
    joints = forward_kinematics(matrix_from_axis_angle(turns), torch.zeros(3)).numpy()
    elbow, wrist = joints[JOINT_INDEX["left_elbow"]], joints[JOINT_INDEX["left_wrist"]]
    forearm = ADULT.bone_lengths[JOINT_INDEX["left_wrist"]]
    np.testing.assert_allclose(wrist - elbow, [forearm, 0, 0], atol=1e-6)
    np.testing.assert_allclose(
        joints[JOINT_INDEX["right_wrist"]], ADULT.rest_joints[JOINT_INDEX["right_wrist"]], atol=1e-6
    )


@given(seeds)
def test_levels_equal_the_joint_by_joint_recursion(seed: int) -> None:
    motion = random_motion(seed, 2)
    rotations, roots = motion.rotations[0].numpy(), motion.root_positions[0].numpy()
    turned, placed = [rotations[0]], [roots]
    for joint, parent in enumerate(PARENTS[1:], start=1):
        turned.append(turned[parent] @ rotations[joint])
        placed.append(placed[parent] + turned[parent] @ ADULT.offsets[joint].astype(np.float64))
    joints = forward_kinematics(motion.rotations[0], motion.root_positions[0])
    np.testing.assert_allclose(joints.numpy(), np.stack(placed), atol=1e-9)
    np.testing.assert_allclose(
        global_rotations(motion.rotations[0]).numpy(), np.stack(turned), atol=1e-9
    )


@given(seeds)
def test_numpy_and_torch_agree_and_bones_keep_their_length(seed: int) -> None:
    motion = random_motion(seed, 4)
    joints = forward_kinematics_numpy(motion.rotations.numpy(), motion.root_positions.numpy())
    np.testing.assert_array_equal(joints, motion.joints().numpy())
    bones = np.linalg.norm(joints[:, 1:] - joints[:, list(PARENTS[1:])], axis=-1)
    np.testing.assert_allclose(bones, np.tile(ADULT.bone_lengths[1:], (4, 1)), atol=1e-6)
