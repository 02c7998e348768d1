"""Joints from the 263 features, by hand-made ones whose joints are known."""

from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.data.datasets.humanml3d_features import recover_joints
from remogen_ros.errors import UserError


def features(frames: int) -> np.ndarray:
    """A root 0.9 m high, and joint 1 a metre before it (z) and 0.2 m to its left (x)."""
    values = np.zeros((frames, 263))
    values[:, 3] = 0.9
    values[:, 4:7] = (0.2, 0.7, 1.0)
    return values


def test_standing() -> None:
    joints = recover_joints(features(3))
    assert joints.shape == (3, 22, 3)
    np.testing.assert_allclose(joints[:, 0], [[0, 0, 0.9]] * 3, atol=1e-6)
    np.testing.assert_allclose(joints[:, 1], [[1.0, 0.2, 0.7]] * 3, atol=1e-6)


def test_walking_forward() -> None:
    values = features(4)
    values[:, 2] = 0.05
    joints = recover_joints(values)
    np.testing.assert_allclose(joints[:, 0, 0], [0.0, 0.05, 0.1, 0.15], atol=1e-6)
    np.testing.assert_allclose(joints[:, 1, 0], [1.0, 1.05, 1.1, 1.15], atol=1e-6)


def test_a_turn_by_a_right_angle_and_then_a_step() -> None:
    """The velocity is half the angle, negative about y; the turn shows from the next frame on."""
    values = features(3)
    values[0, 0] = -np.pi / 4
    values[1, 2] = 0.5
    joints = recover_joints(values)
    np.testing.assert_allclose(joints[0, 1, :2], [1.0, 0.2], atol=1e-6)
    np.testing.assert_allclose(joints[1, 1, :2], [-0.2, 1.0], atol=1e-6)
    np.testing.assert_allclose(joints[2, 0, :2], [0.0, 0.5], atol=1e-6)


def test_other_arrays_are_refused() -> None:
    with pytest.raises(UserError, match=r"shape \(T, 263\), not \(4, 251\)"):
        recover_joints(np.zeros((4, 251)))
    values = features(4)
    values[2, 3] = np.nan
    with pytest.raises(UserError, match="not finite"):
        recover_joints(values)
