"""Transforms against values worked out by hand, and against themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remogen_ros.perception.transforms import (
    OPTICAL_TO_BODY,
    apply_transform,
    matrix_from_quaternion,
    quaternion_from_matrix,
)

HALF = np.sqrt(0.5)


def test_a_quarter_turn_about_z_takes_x_to_y() -> None:
    turned = apply_transform([[1.0, 0.0, 0.0]], (10.0, 0.0, 0.5), (0.0, 0.0, HALF, HALF))
    np.testing.assert_allclose(turned, [[10.0, 1.0, 0.5]], atol=1e-12)


def test_optical_axes_are_those_of_rep_103() -> None:
    """The quaternion that every camera driver publishes: (-0.5, 0.5, -0.5, 0.5)."""
    np.testing.assert_allclose(
        matrix_from_quaternion((-0.5, 0.5, -0.5, 0.5)), OPTICAL_TO_BODY, atol=1e-12
    )
    np.testing.assert_allclose(OPTICAL_TO_BODY @ (0, 0, 1), (1, 0, 0))
    np.testing.assert_allclose(OPTICAL_TO_BODY @ (0, 1, 0), (0, 0, -1))


@given(arrays(np.float64, 4, elements=st.floats(-1, 1)).filter(lambda q: np.linalg.norm(q) > 0.1))
def test_quaternion_and_matrix_are_the_same_rotation(quaternion: np.ndarray) -> None:
    matrix = matrix_from_quaternion(quaternion)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(matrix) == pytest.approx(1)
    np.testing.assert_allclose(
        matrix_from_quaternion(quaternion_from_matrix(matrix)), matrix, atol=1e-9
    )


@pytest.mark.parametrize("quaternion", [(0, 0, 0, 0), (np.nan, 0, 0, 1), (np.inf, 0, 0, 1)])
def test_what_is_no_orientation_is_refused(quaternion: tuple) -> None:
    with pytest.raises(ValueError, match="no orientation"):
        apply_transform(np.zeros((1, 3)), np.zeros(3), quaternion)


def test_nan_stays_nan() -> None:
    assert np.isnan(apply_transform([[np.nan] * 3], (1, 2, 3), (0, 0, 0, 1))).all()
