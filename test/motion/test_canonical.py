from __future__ import annotations

import math

import torch
from hypothesis import given

from remogen_ros.motion.canonical import (
    canonical_frame,
    heading_of_joints,
    heading_of_orientation,
)
from remogen_ros.motion.rotations import matrix_from_axis_angle, yaw_matrix
from test.motion.strategies import random_motion, random_turn, seeds


def test_heading_of_a_turned_body() -> None:
    facing_y = yaw_matrix(torch.tensor(math.pi / 2))
    torch.testing.assert_close(
        heading_of_orientation(facing_y), torch.tensor([0.0, 1.0]), atol=1e-6, rtol=0
    )


def test_a_body_on_its_side_faces_where_its_belly_points() -> None:
    on_its_left = matrix_from_axis_angle(torch.tensor([-math.pi / 2, 0.0, 0.0]))
    torch.testing.assert_close(
        heading_of_orientation(on_its_left), torch.tensor([1.0, 0.0]), atol=1e-5, rtol=0
    )


def test_origin_is_on_the_floor_and_floor_height_is_kept() -> None:
    frame = canonical_frame(torch.tensor([1.0, 2.0, 0.9]), yaw_matrix(torch.tensor(math.pi / 2)))
    torch.testing.assert_close(frame.origin, torch.tensor([1.0, 2.0, 0.0]))
    ahead = frame.points_to_local(torch.tensor([[1.0, 3.0, 0.5]]))
    torch.testing.assert_close(ahead, torch.tensor([[1.0, 0.0, 0.5]]), atol=1e-6, rtol=0)


@given(seeds)
def test_joints_and_orientation_say_the_same_heading(seed: int) -> None:
    motion = random_motion(seed, 3)
    torch.testing.assert_close(
        heading_of_joints(motion.joints()),
        heading_of_orientation(motion.rotations[:, 0]),
        atol=1e-6,
        rtol=0,
    )


@given(seeds)
def test_there_and_back(seed: int) -> None:
    motion = random_motion(seed, 3)
    frame = canonical_frame(motion.root_positions[0], motion.rotations[0, 0])
    points = motion.joints()[1]
    torch.testing.assert_close(frame.points_to_world(frame.points_to_local(points)), points)
    torch.testing.assert_close(frame.vectors_to_world(frame.vectors_to_local(points)), points)
    turned = motion.rotations[1]
    torch.testing.assert_close(frame.rotations_to_world(frame.rotations_to_local(turned)), turned)


@given(seeds)
def test_the_frame_moves_with_the_body(seed: int) -> None:
    motion = random_motion(seed, 2)
    rotation, translation = random_turn(seed + 1)
    moved = motion.moved(rotation, translation)
    frame = canonical_frame(motion.root_positions[0], motion.rotations[0, 0])
    moved_frame = canonical_frame(moved.root_positions[0], moved.rotations[0, 0])
    torch.testing.assert_close(
        moved_frame.points_to_local(moved.joints()[1]), frame.points_to_local(motion.joints()[1])
    )
