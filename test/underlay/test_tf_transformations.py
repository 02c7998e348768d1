"""tf_transformations: the xyzw convention, and each function against what it undoes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

tft = pytest.importorskip("tf_transformations")

QUARTER = math.sqrt(0.5)
angles = st.floats(-3.0, 3.0)
pitches = st.floats(-1.5, 1.5)  # short of gimbal lock
unit = st.floats(0.0, 0.999)


def same_rotation(a, b):
    return abs(abs(np.dot(a, b)) - 1.0) < 1e-9


def test_quaternions_are_xyzw():
    np.testing.assert_allclose(
        tft.quaternion_from_euler(0, 0, math.pi / 2), (0, 0, QUARTER, QUARTER)
    )
    np.testing.assert_allclose(
        tft.quaternion_about_axis(math.pi, (1, 0, 0)), (1, 0, 0, 0), atol=1e-15
    )


def test_quarter_turn_about_z_takes_x_to_y():
    for matrix in (
        tft.quaternion_matrix((0, 0, QUARTER, QUARTER)),
        tft.euler_matrix(0, 0, math.pi / 2),
        tft.rotation_matrix(math.pi / 2, (0, 0, 1)),
    ):
        np.testing.assert_allclose(matrix @ (1, 0, 0, 1), (0, 1, 0, 1), atol=1e-12)


@given(angles, pitches, angles)
def test_euler_round_trips(roll, pitch, yaw):
    quaternion = tft.quaternion_from_euler(roll, pitch, yaw)
    np.testing.assert_allclose(tft.euler_from_quaternion(quaternion), (roll, pitch, yaw), atol=1e-6)
    matrix = tft.euler_matrix(roll, pitch, yaw)
    np.testing.assert_allclose(tft.euler_from_matrix(matrix), (roll, pitch, yaw), atol=1e-6)
    assert same_rotation(tft.quaternion_from_matrix(matrix), quaternion)


@given(st.tuples(unit, unit, unit), st.tuples(unit, unit, unit))
def test_products_of_quaternions_are_products_of_matrices(first, second):
    a, b = tft.random_quaternion(first), tft.random_quaternion(second)
    np.testing.assert_allclose(
        tft.quaternion_matrix(tft.quaternion_multiply(a, b)),
        tft.quaternion_matrix(a) @ tft.quaternion_matrix(b),
        atol=1e-9,
    )
    assert same_rotation(tft.quaternion_multiply(a, tft.quaternion_inverse(a)), (0, 0, 0, 1))
    np.testing.assert_allclose(
        tft.quaternion_matrix(tft.quaternion_conjugate(a)), tft.quaternion_matrix(a).T, atol=1e-9
    )


def test_slerp_goes_the_short_way_at_constant_speed():
    start = tft.quaternion_about_axis(0.2, (0, 0, 1))
    end = -np.array(tft.quaternion_about_axis(1.0, (0, 0, 1)))
    for fraction in (0.0, 0.25, 0.5, 1.0):
        expected = tft.quaternion_about_axis(0.2 + 0.8 * fraction, (0, 0, 1))
        assert same_rotation(tft.quaternion_slerp(start, end, fraction), expected)
    assert same_rotation(tft.quaternion_slerp(start, start, 0.5), start)


def test_matrices():
    translation = tft.translation_matrix((1, 2, 3))
    np.testing.assert_array_equal(tft.translation_from_matrix(translation), (1, 2, 3))
    turn = tft.rotation_matrix(0.5, (0, 0, 1), point=(1, 0, 0))
    np.testing.assert_allclose(turn @ (1, 0, 0, 1), (1, 0, 0, 1), atol=1e-12)
    angle, axis, _ = tft.rotation_from_matrix(turn)
    assert angle * axis[2] == pytest.approx(0.5)
    both = tft.concatenate_matrices(translation, turn)
    np.testing.assert_allclose(both, translation @ turn)
    assert tft.is_same_transform(tft.inverse_matrix(both) @ both, tft.identity_matrix())
    assert not tft.is_same_transform(translation, turn)


def test_random_rotations_are_rotations():
    matrix = tft.random_rotation_matrix()[:3, :3]
    np.testing.assert_allclose(matrix @ matrix.T, np.identity(3), atol=1e-9)
    assert np.linalg.det(matrix) == pytest.approx(1.0)


def test_vectors():
    assert tft.vector_norm((3, 4)) == 5.0
    np.testing.assert_allclose(tft.unit_vector((0, 3, 4)), (0, 0.6, 0.8))
    rows = np.array([(3.0, 4.0), (0.0, 2.0)])
    np.testing.assert_allclose(tft.vector_norm(rows, axis=1), (5, 2))
    np.testing.assert_allclose(tft.unit_vector(rows, axis=1), [(0.6, 0.8), (0, 1)])
