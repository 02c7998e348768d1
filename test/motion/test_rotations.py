from __future__ import annotations

import math

import torch
from hypothesis import given

from remogen_ros.motion.rotations import (
    geodesic_angle,
    matrix_from_6d,
    matrix_from_axis_angle,
    matrix_from_quaternion,
    matrix_to_6d,
    matrix_to_axis_angle,
    matrix_to_quaternion,
    slerp,
    turn_vector,
    yaw_matrix,
)
from test.motion.strategies import random_motion, seeds


def test_6d_is_columns_not_rows() -> None:
    quarter_about_z = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    expected = torch.tensor([0.0, 1.0, 0.0, -1.0, 0.0, 0.0])
    torch.testing.assert_close(matrix_to_6d(quarter_about_z), expected)


def test_quaternions_are_xyzw() -> None:
    quaternion = matrix_to_quaternion(yaw_matrix(torch.tensor(math.pi / 2)))
    half = math.sqrt(0.5)
    torch.testing.assert_close(quaternion.abs(), torch.tensor([0.0, 0.0, half, half]))
    assert quaternion[2] * quaternion[3] > 0


def test_yaw_turns_x_towards_y() -> None:
    turned = yaw_matrix(torch.tensor(math.pi / 2)) @ torch.tensor([1.0, 0.0, 0.0])
    torch.testing.assert_close(turned, torch.tensor([0.0, 1.0, 0.0]), atol=1e-6, rtol=0)


@given(seeds)
def test_every_form_goes_round(seed: int) -> None:
    matrices = random_motion(seed, 3).rotations
    for there, back in (
        (matrix_to_6d, matrix_from_6d),
        (matrix_to_quaternion, matrix_from_quaternion),
        (matrix_to_axis_angle, matrix_from_axis_angle),
    ):
        torch.testing.assert_close(back(there(matrices)), matrices, atol=1e-9, rtol=0)


@given(seeds)
def test_any_6d_gives_a_rotation(seed: int) -> None:
    six = torch.randn(20, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    matrices = matrix_from_6d(six)
    identity = torch.eye(3, dtype=torch.float64).expand_as(matrices)
    torch.testing.assert_close(matrices @ matrices.mT, identity, atol=1e-9, rtol=0)
    torch.testing.assert_close(torch.linalg.det(matrices), identity[:, 0, 0], atol=1e-9, rtol=0)


def test_slerp_halves_the_angle() -> None:
    start, end = torch.eye(3), yaw_matrix(torch.tensor(1.0))
    middle = slerp(start, end, torch.tensor(0.5))
    torch.testing.assert_close(middle, yaw_matrix(torch.tensor(0.5)), atol=1e-6, rtol=0)
    assert math.isclose(float(geodesic_angle(start, end)), 1.0, abs_tol=1e-4)


@given(seeds)
def test_turns_of_less_than_half_a_revolution_are_the_rotation_vectors(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    axis = torch.nn.functional.normalize(torch.randn(8, 3, generator=random), dim=-1)
    angle = torch.rand(8, 1, generator=random) * 3.1
    torch.testing.assert_close(
        turn_vector(matrix_from_axis_angle(axis * angle)), axis * angle, atol=2e-4, rtol=1e-3
    )
    assert turn_vector(torch.eye(3)).tolist() == [0.0, 0.0, 0.0]
    assert bool(turn_vector(torch.diag(torch.tensor([1.0, -1.0, -1.0]))).isfinite().all())
