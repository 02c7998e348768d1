"""The avatar's joints from tick to tick, and the path it is sent along."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.avatar import (
    AVATAR_JOINT_NAMES,
    AvatarEmbodiment,
    avatar_joint_positions,
)
from remogen_ros.embodiment.ball_joints import OUTER_LIMIT
from remogen_ros.motion.skeleton import JOINT_INDEX

KNEE_Y = AVATAR_JOINT_NAMES.index("left_knee_y")


def knee_bent(degrees: float) -> np.ndarray:
    quaternions = np.tile([0.0, 0.0, 0.0, 1.0], (22, 1))
    quaternions[JOINT_INDEX["left_knee"]] = Rotation.from_euler(
        "y", degrees, degrees=True
    ).as_quat()
    return quaternions


def test_names_are_three_axes_for_each_of_21_joints():
    assert len(AVATAR_JOINT_NAMES) == len(set(AVATAR_JOINT_NAMES)) == 63
    assert AVATAR_JOINT_NAMES[:4] == ("left_hip_x", "left_hip_y", "left_hip_z", "right_hip_x")


def test_velocity_is_zero_first_then_the_step_over_the_period():
    avatar = AvatarEmbodiment(period=0.1)
    assert not avatar.step(knee_bent(10)).velocities.any()
    second = avatar.step(knee_bent(16))
    assert second.positions[KNEE_Y] == pytest.approx(np.deg2rad(16))
    assert second.velocities[KNEE_Y] == pytest.approx(np.deg2rad(60))


def test_reset_forgets_the_last_tick():
    avatar = AvatarEmbodiment()
    avatar.step(knee_bent(0))
    avatar.reset()
    assert not avatar.step(knee_bent(90)).velocities.any()


def test_a_joint_that_keeps_turning_stays_in_its_limits_at_an_even_velocity():
    avatar = AvatarEmbodiment(period=0.1)
    samples = [avatar.step(knee_bent(degrees)) for degrees in range(0, 1000, 20)]
    positions = np.array([sample.positions[KNEE_Y] for sample in samples])
    velocities = np.array([sample.velocities[KNEE_Y] for sample in samples[1:]])
    assert np.abs(positions).max() <= OUTER_LIMIT
    assert np.abs(positions).max() > np.pi
    assert velocities == pytest.approx(np.deg2rad(200))


def test_a_path_goes_through_the_horizon_and_comes_to_rest():
    avatar = AvatarEmbodiment(period=0.1)
    avatar.step(knee_bent(0))
    avatar.step(knee_bent(10))
    path = avatar.path(np.array([knee_bent(20), knee_bent(35)]))
    assert path.times == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert np.rad2deg(path.positions[:, KNEE_Y]) == pytest.approx([20, 35, 50, 57.5])
    assert np.rad2deg(path.velocities[:, KNEE_Y]) == pytest.approx([125, 150, 150, 0])
    assert np.isfinite(path.velocities).all()


def test_at_the_end_of_a_segment_the_path_coasts_and_comes_to_rest():
    avatar = AvatarEmbodiment(period=0.1)
    avatar.step(knee_bent(0))
    avatar.step(knee_bent(10))
    path = avatar.path(np.zeros((0, 22, 4)))
    assert np.rad2deg(path.positions[:, KNEE_Y]) == pytest.approx([20, 25])
    assert np.rad2deg(path.velocities[:, KNEE_Y]) == pytest.approx([100, 0])


def test_a_path_is_continuous_with_the_tick_beyond_180_degrees():
    avatar = AvatarEmbodiment(period=0.1)
    for degrees in (90, 130, 170):
        avatar.step(knee_bent(degrees))
    path = avatar.path(np.array([knee_bent(190), knee_bent(200)]))
    assert np.rad2deg(path.positions[:2, KNEE_Y]) == pytest.approx([190, 200])


@pytest.mark.parametrize("shape", [(21, 4), (22, 3), (1, 22, 4)])
def test_a_wrong_shape_is_named(shape):
    with pytest.raises(ValueError, match=r"joint rotations must have shape \(22, 4\)"):
        avatar_joint_positions(np.ones(shape))


def test_nothing_infinite_comes_through():
    broken = knee_bent(0)
    broken[3, 1] = np.nan
    with pytest.raises(ValueError, match="finite"):
        avatar_joint_positions(broken)


def test_a_path_needs_a_tick_before_it():
    with pytest.raises(ValueError, match="first step"):
        AvatarEmbodiment().path(np.zeros((0, 22, 4)))
