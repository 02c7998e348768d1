"""Ball joints as hinges: known bends, round trips, and no jumps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.avatar import AVATAR_JOINT_NAMES, avatar_joint_positions
from remogen_ros.embodiment.ball_joints import (
    BALL_JOINT_COUNT,
    MIDDLE_LIMIT,
    angles_from_rotations,
    axis_order,
    rotations_from_angles,
)
from remogen_ros.motion.kinematics import forward_kinematics_numpy
from remogen_ros.motion.skeleton import JOINT_INDEX, JOINT_NAMES

IDENTITY = np.tile([0.0, 0.0, 0.0, 1.0], (22, 1))


def posed(**rotations: Rotation) -> np.ndarray:
    """(22, 4): the T-pose but for the joints named."""
    quaternions = IDENTITY.copy()
    for name, rotation in rotations.items():
        quaternions[JOINT_INDEX[name]] = rotation.as_quat()
    return quaternions


def joints_of(quaternions: np.ndarray) -> np.ndarray:
    matrices = Rotation.from_quat(quaternions).as_matrix()
    return forward_kinematics_numpy(matrices, np.zeros(3))


def angle(quaternions: np.ndarray) -> dict[str, float]:
    positions = avatar_joint_positions(quaternions)
    return {
        name: round(float(value), 9)
        for name, value in zip(AVATAR_JOINT_NAMES, positions, strict=True)
        if abs(value) > 1e-9
    }


def test_the_t_pose_is_all_zeros():
    assert not avatar_joint_positions(IDENTITY).any()


def test_the_left_elbow_bent_forwards_by_a_right_angle_is_minus_ninety_about_z():
    pose = posed(left_elbow=Rotation.from_euler("z", -90, degrees=True))
    joints = joints_of(pose)
    forearm = joints[JOINT_INDEX["left_wrist"]] - joints[JOINT_INDEX["left_elbow"]]
    assert forearm == pytest.approx([0.146 * 1.70, 0.0, 0.0], abs=1e-6)
    assert angle(pose) == {"left_elbow_z": round(-np.pi / 2, 9)}


def test_the_right_knee_bent_by_sixty_degrees_is_plus_sixty_about_y():
    pose = posed(right_knee=Rotation.from_euler("y", 60, degrees=True))
    joints = joints_of(pose)
    shank = joints[JOINT_INDEX["right_ankle"]] - joints[JOINT_INDEX["right_knee"]]
    length = 0.246 * 1.70
    assert shank == pytest.approx([-length * np.sin(np.pi / 3), 0.0, -length / 2], abs=1e-6)
    assert angle(pose) == {"right_knee_y": round(np.pi / 3, 9)}


def test_a_left_arm_that_hangs_and_swings_forwards_keeps_the_documented_order():
    turn = Rotation.from_euler("XZY", [-80, -25, 40], degrees=True)
    assert axis_order("left_shoulder") == "xzy"
    expected = dict(zip(("x", "z", "y"), np.deg2rad([-80, -25, 40]), strict=True))
    measured = angle(posed(left_shoulder=turn))
    for axis, value in expected.items():
        assert measured[f"left_shoulder_{axis}"] == pytest.approx(value)


@pytest.mark.parametrize("joint", JOINT_NAMES[1:])
def test_every_joint_follows_its_order_of_axes(joint):
    order = axis_order(joint)
    assert sorted(order) == ["x", "y", "z"]
    turn = Rotation.from_euler(order.upper(), [30, -40, 50], degrees=True)
    measured = angle(posed(**{joint: turn}))
    for axis, degrees in zip(order, (30, -40, 50), strict=True):
        assert measured[f"{joint}_{axis}"] == pytest.approx(np.deg2rad(degrees))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([np.float32, np.float64]))
def test_rotations_to_angles_and_back(seed, kind):
    quaternions = Rotation.random(BALL_JOINT_COUNT, random_state=seed).as_quat().astype(kind)
    angles = angles_from_rotations(quaternions[None])[0]
    back = Rotation.from_quat(rotations_from_angles(angles))
    error = (back * Rotation.from_quat(quaternions).inv()).magnitude()
    assert error.max() < 1e-6
    assert np.abs(angles).max() <= 2 * np.pi


@pytest.mark.parametrize("joint", ["left_knee", "right_elbow", "left_shoulder"])
@pytest.mark.parametrize("middle", [np.pi / 2, -np.pi / 2, np.pi / 2 - 1e-7, np.pi / 2 + 1e-5])
def test_gimbal_lock_loses_no_accuracy(joint, middle):
    turn = Rotation.from_euler(axis_order(joint).upper(), [0.7, middle, -1.1])
    index = JOINT_INDEX[joint] - 1
    quaternions = IDENTITY[1:].copy()
    quaternions[index] = turn.as_quat()
    angles = angles_from_rotations(quaternions[None])[0]
    back = Rotation.from_quat(rotations_from_angles(angles)[index])
    assert (back * turn.inv()).magnitude() < 1e-6


def test_no_jump_over_plus_minus_180_degrees():
    """A hip that turns once round about its first axis: 3.6 degrees a step, all the way."""
    turns = np.linspace(0.0, 1.9 * np.pi, 96)
    quaternions = np.tile(IDENTITY[1:], (len(turns), 1, 1))
    index = JOINT_INDEX["left_hip"] - 1
    quaternions[:, index] = Rotation.from_euler("y", turns[:, None]).as_quat().reshape(-1, 4)
    angles = angles_from_rotations(quaternions)
    assert angles[:, index, 1] == pytest.approx(turns)
    assert np.abs(np.delete(angles[:, index], 1, axis=1)).max() < 1e-9


def test_no_jump_through_gimbal_lock():
    """A knee's middle axis (x) swings to 120 degrees and back while the others stand still."""
    middles = np.deg2rad(np.concatenate((np.arange(0, 121, 3.0), np.arange(120, -1, -3.0))))
    chain = np.stack((np.full_like(middles, 0.4), middles, np.full_like(middles, -0.3)), axis=1)
    quaternions = np.tile(IDENTITY[1:], (len(middles), 1, 1))
    index = JOINT_INDEX["left_knee"] - 1
    quaternions[:, index] = Rotation.from_euler("YXZ", chain).as_quat()
    angles = angles_from_rotations(quaternions)[:, index]
    assert angles[:, 0] == pytest.approx(middles)
    assert np.abs(np.diff(angles, axis=0)).max() == pytest.approx(np.deg2rad(3.0))


def test_a_middle_axis_never_leaves_its_limit():
    middles = np.deg2rad(np.arange(0, 180, 3.0))
    quaternions = np.tile(IDENTITY[1:], (len(middles), 1, 1))
    index = JOINT_INDEX["left_knee"] - 1
    quaternions[:, index] = Rotation.from_euler("x", middles[:, None]).as_quat().reshape(-1, 4)
    assert np.abs(angles_from_rotations(quaternions)[:, index, 0]).max() <= MIDDLE_LIMIT
