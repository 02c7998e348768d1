"""Capsules: distances worked out by hand, and bodies that are in each other."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings

from remogen_ros.motion.capsules import RADII, segment_distance, separation
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import yaw_matrix
from remogen_ros.motion.skeleton import JOINT_INDEX
from test.data.bodies import hanging, standing
from test.motion.strategies import seeds


def point(*place: float) -> torch.Tensor:
    return torch.tensor(place)


def beside(motion: Motion, x: float, y: float, yaw: float = 0.0) -> torch.Tensor:
    return motion.moved(yaw_matrix(torch.tensor(yaw)), point(x, y, 0.0)).joints()


@pytest.mark.parametrize(
    ("ends", "distance"),
    [
        (((0, 0, 0), (1, 0, 0), (0.5, -1, 2), (0.5, 1, 2)), 2.0),  # crossed
        (((0, 0, 0), (1, 0, 0), (0, 3, 0), (1, 3, 0)), 3.0),  # parallel
        (((0, 0, 0), (1, 0, 0), (4, 4, 0), (9, 4, 0)), 5.0),  # end to end
        (((0, 0, 0), (1, 0, 0), (0.2, 0, 0), (0.2, 0, 0)), 0.0),  # a point on the other
    ],
)
def test_segments(ends: tuple, distance: float) -> None:
    assert float(segment_distance(*(point(*e) for e in ends))) == pytest.approx(distance, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(seed=seeds)
def test_no_two_points_of_segments_are_nearer(seed: int) -> None:
    ends = torch.randn(4, 3, generator=torch.Generator().manual_seed(seed))
    a, b, c, d = ends
    along = torch.linspace(0, 1, 201)[:, None]
    nearest = torch.cdist(torch.lerp(a, b, along), torch.lerp(c, d, along)).min()
    found = segment_distance(a, b, c, d)
    assert found <= nearest + 1e-5
    assert found >= nearest - 0.05


def test_bodies_in_t_pose_side_by_side_are_apart_by_what_their_hands_leave() -> None:
    pose = standing(1)
    palm = float(pose.joints()[0, JOINT_INDEX["left_wrist"], 1]) + 0.085
    gap = separation(pose.joints(), beside(pose, 0.0, 3.0))
    assert float(gap) == pytest.approx(3.0 - 2 * palm - 2 * RADII["left_hand"][2], abs=1e-5)


def test_a_body_inside_another_is_found_and_distance_does_not_depend_on_who_is_first() -> None:
    one, other = hanging(3).joints(), beside(hanging(3), 0.1, 0.0, math.pi)
    assert float(separation(one, other).max()) < -0.05
    torch.testing.assert_close(separation(one, other), separation(other, one))
    assert float(separation(one, beside(hanging(3), 0.8, 0.0, math.pi)).min()) > 0.2


def test_hands_that_may_touch_are_spared() -> None:
    one = standing(1)
    palm = float(one.joints()[0, JOINT_INDEX["left_wrist"], 1]) + 0.085
    other = beside(standing(1), 0.0, 2 * palm)
    assert float(separation(one.joints(), other)) < -0.05
    assert float(separation(one.joints(), other, [("left_hand", "right_hand")])) > 0.0
