"""From one rotation to another, and no faster than allowed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.easing import slerp, smoothstep, turned_at_most


def about_z(*degrees: float) -> np.ndarray:
    return Rotation.from_euler("z", np.array(degrees)[:, None], degrees=True).as_quat()


def angles(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    turn = Rotation.from_quat(first).inv() * Rotation.from_quat(second)
    return np.rad2deg(turn.magnitude())


def test_smoothstep_by_hand():
    assert [smoothstep(x) for x in (-1.0, 0.0, 0.25, 0.5, 1.0, 2.0)] == [0, 0, 0.15625, 0.5, 1, 1]


@pytest.mark.parametrize("share, degrees", [(0.0, 10), (0.25, 30), (1.0, 90), (1.5, 130)])
def test_slerp_goes_evenly_and_beyond(share: float, degrees: float):
    found = slerp(about_z(10), about_z(90), share)
    assert angles(found, about_z(degrees)) == pytest.approx([0], abs=1e-6)


def test_slerp_takes_the_shorter_way_whatever_the_sign():
    for sign in (1.0, -1.0):
        found = slerp(sign * about_z(-20), about_z(20), 0.5)
        assert angles(found, about_z(0)) == pytest.approx([0], abs=1e-6)


def test_slerp_takes_a_share_for_each():
    shares = np.array([[0.5], [1.0]])
    found = slerp(about_z(0, 0), about_z(40, 40), shares)
    assert angles(found, about_z(20, 40)) == pytest.approx([0, 0], abs=1e-6)


def test_turned_at_most_by_hand():
    limited = turned_at_most(about_z(0, 0), about_z(30, 100), np.deg2rad(40))
    assert limited is not None
    assert angles(limited, about_z(30, 40)) == pytest.approx([0, 0], abs=1e-6)
    assert turned_at_most(about_z(0, 0), about_z(30, 39), np.deg2rad(40)) is None


finite = st.floats(-1, 1)


@given(
    st.lists(st.tuples(finite, finite, finite, finite), min_size=6, max_size=6),
    st.floats(0.01, 3.1),
)
def test_no_turn_is_longer_than_allowed_and_none_goes_astray(rows: list, most: float):
    quaternions = np.array(rows) + (0.0, 0.0, 0.0, 1.5)
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    start, end = quaternions[:3], quaternions[3:]
    limited = turned_at_most(start, end, most)
    shown = end if limited is None else limited
    assert np.linalg.norm(shown, axis=1) == pytest.approx(np.ones(3))
    turned, left = np.deg2rad(angles(start, shown)), np.deg2rad(angles(shown, end))
    assert (turned <= most + 1e-6).all()
    # On the shortest way: what is covered and what is left make up the whole.
    assert turned + left == pytest.approx(np.deg2rad(angles(start, end)), abs=1e-5)
