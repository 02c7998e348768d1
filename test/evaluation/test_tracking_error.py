"""Errors of motions that are off by known amounts."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, strategies

from remogen_ros.evaluation.tracking_error import (
    goal_error,
    heading_error,
    root_aligned_error,
    root_error_at,
)
from remogen_ros.motion.rotations import yaw_matrix
from test.data.bodies import standing, walking
from test.motion.strategies import random_motion, random_turn, seeds


def test_root_error_grows_with_the_horizon() -> None:
    """An ego that stays while the true one goes on at 1 m/s from the frame before the first."""
    true = walking(50).joints()[None] + torch.tensor([0.1, 0.0, 0.0])
    errors = root_error_at(standing(50).joints()[None], true)
    assert errors[0, :3].tolist() == pytest.approx([1.0, 2.0, 4.0], abs=1e-5)
    assert errors[0, 3:].isnan().all()


def test_a_clip_that_is_shorter_has_no_error_later() -> None:
    still = standing(20).joints().repeat(2, 1, 1, 1)
    valid = torch.arange(20) < torch.tensor([[20], [19]])
    errors = root_error_at(still, still + torch.tensor([3.0, 4.0, 1.0]), valid, (1.0, 2.0))
    assert errors[0].tolist() == pytest.approx([5.0, 5.0])
    assert float(errors[1, 0]) == pytest.approx(5.0)
    assert errors[1, 1].isnan()


def test_only_the_pose_counts_once_roots_are_aligned() -> None:
    true = standing(3).joints()[None]
    joints = true + torch.tensor([5.0, -2.0, 0.3])
    torch.testing.assert_close(root_aligned_error(joints, true), torch.zeros(1), atol=1e-4, rtol=0)
    joints[:, :, 20, 2] += 0.22
    assert float(root_aligned_error(joints, true)) == pytest.approx(1.0, abs=1e-4)
    assert float(root_aligned_error(joints, true, torch.tensor([[True, False, False]]))) == (
        pytest.approx(1.0, abs=1e-4)
    )


@given(strategies.floats(-179.0, 179.0))
def test_heading_error_is_the_angle_turned(degrees: float) -> None:
    turn = yaw_matrix(torch.tensor(math.radians(degrees)))
    turned = standing(3).moved(turn, torch.zeros(3)).joints()[None]
    error = heading_error(turned, standing(3).joints()[None])
    assert float(error) == pytest.approx(abs(degrees), abs=1e-3)


def test_a_body_that_faces_away_is_half_a_turn_off() -> None:
    turned = standing(2).moved(yaw_matrix(torch.tensor(math.pi)), torch.zeros(3)).joints()[None]
    assert float(heading_error(turned, standing(2).joints()[None])) == pytest.approx(180, abs=1e-3)


def test_the_goal_is_missed_by_where_the_pelvis_ends() -> None:
    walk = walking(11).joints().repeat(2, 1, 1, 1)
    goals = torch.tensor([[1.0, 0.3, 0.0], [0.5, 0.0, 2.0]])
    valid = torch.arange(11) < torch.tensor([[11], [6]])
    assert goal_error(walk, goals, valid).tolist() == pytest.approx([0.3, 0.0], abs=1e-5)
    assert goal_error(walk, goals[:, :2]).tolist() == pytest.approx([0.3, 0.5], abs=1e-5)


@given(seeds)
def test_zero_on_itself_and_the_world_may_turn(seed: int) -> None:
    joints, true = random_motion(seed, 12, (2,)), random_motion(seed + 1, 12, (2,))
    turn = random_turn(seed)
    for error in (
        lambda a, b: root_error_at(a, b, None, (1.0,)),
        root_aligned_error,
        heading_error,
    ):
        itself = error(joints.joints(), joints.joints())
        torch.testing.assert_close(itself, torch.zeros_like(itself), atol=1e-6, rtol=0)
        moved = error(joints.moved(*turn).joints(), true.moved(*turn).joints())
        torch.testing.assert_close(moved, error(joints.joints(), true.joints()))
