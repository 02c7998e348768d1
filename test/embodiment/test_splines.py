"""What a robot is told to do between the points in which it is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.splines import CATCH_UP_S, RootSpline, Spline


def test_knots_are_met_and_ends_are_held() -> None:
    path = Spline(np.array([1.0, 2.0]), np.array([[0.0], [1.0]]), np.array([[0.0], [2.0]]))
    assert path.at(0.0)[0] == path.at(1.0)[0] == 0.0
    assert path.at(2.0)[0] == path.at(9.0)[0] == 1.0
    assert path.at(9.0)[1] == 0.0
    assert path.at(2.0 - 1e-9)[1] == pytest.approx(2.0, abs=1e-6)


def test_rates_are_those_of_the_values() -> None:
    path = Spline(np.array([0.0, 0.3]), np.array([[0.0], [1.0]]), np.array([[1.0], [-2.0]]))
    for time in np.linspace(0.01, 0.29, 9):
        slope = (path.at(time + 1e-6)[0] - path.at(time - 1e-6)[0]) / 2e-6
        assert path.at(time)[1] == pytest.approx(slope, abs=1e-4)


def test_a_new_path_takes_over_without_a_jump() -> None:
    old = Spline(np.array([0.0, 1.0]), np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]]))
    new = old.followed_by(0.5, np.array([0.4, 0.6]), np.array([[9.0], [2.0]]), np.zeros((2, 1)))
    for mine, its in zip(new.at(0.5), old.at(0.5), strict=True):
        assert mine == pytest.approx(its)
    assert new.at(0.6)[0] == pytest.approx(2.0)


def test_points_that_are_all_past_are_caught_up_with() -> None:
    path = Spline.resting(np.zeros(1)).followed_by(
        5.0, np.array([1.0, 2.0]), np.array([[3.0], [4.0]]), np.zeros((2, 1))
    )
    assert path.at(5.0)[0] == 0.0
    assert path.at(5.0 + CATCH_UP_S)[0] == pytest.approx(4.0)


def test_a_root_turns_through_its_poses_without_a_jump() -> None:
    path = RootSpline.resting(np.array([0.0, 0.0, 0.8]), np.array([0.0, 0.0, 0.0, 1.0]))
    quarter = Rotation.from_euler("z", 90, degrees=True).as_quat()
    path = path.followed_by(
        0.0, np.array([1.0]), np.array([[1.0, 0.0, 0.8]]), quarter[None], np.zeros((1, 6))
    )
    before = path.at(0.5)
    path = path.followed_by(
        0.5, np.array([1.0]), np.array([[1.0, 0.0, 0.8]]), quarter[None], np.zeros((1, 6))
    )
    for mine, its in zip(path.at(0.5), before, strict=True):
        assert mine == pytest.approx(its)
    position, rotation, _ = path.at(1.0)
    assert position == pytest.approx([1.0, 0.0, 0.8])
    assert rotation == pytest.approx(quarter)


def random_spline(seed: int) -> tuple[Spline, np.ndarray, np.ndarray, np.ndarray]:
    """Eight knots of three values within a range, at no more than its greatest rate on average."""
    random = np.random.default_rng(seed)
    lower, upper = -random.uniform(0.1, 2.0, 3), random.uniform(0.1, 2.0, 3)
    fastest, times = random.uniform(1.0, 15.0, 3), 0.1 * np.arange(8)
    values = [random.uniform(lower, upper)]
    for _ in times[1:]:
        near = values[-1] - 0.1 * fastest, values[-1] + 0.1 * fastest
        values.append(random.uniform(np.maximum(lower, near[0]), np.minimum(upper, near[1])))
    rates = random.uniform(-1.5 * fastest, 1.5 * fastest, (8, 3))
    rates[[0, -1]] = 0.0
    return Spline(times, np.array(values), rates), lower, upper, fastest


@given(st.integers(0, 2**32 - 1))
def test_within_keeps_range_and_rate_everywhere(seed: int) -> None:
    spline, lower, upper, fastest = random_spline(seed)
    kept = spline.within(lower, upper, fastest)
    for time in np.linspace(0.0, 0.7, 211):
        value, rate = kept.at(time)
        assert (value >= lower - 1e-9).all() and (value <= upper + 1e-9).all()
        assert (np.abs(rate) <= fastest + 1e-6).all()
    for knot in kept.times[1:-1]:
        for before, after in zip(kept.at(knot - 1e-9), kept.at(knot + 1e-9), strict=True):
            assert before == pytest.approx(after, abs=1e-4)


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.6))
def test_within_holds_where_another_path_takes_over(seed: int, now: float) -> None:
    spline, lower, upper, fastest = random_spline(seed)
    kept = spline.within(lower, upper, fastest)
    rates = np.zeros_like(kept.rates)
    taken = kept.followed_by(now, kept.times, kept.values[::-1], rates).within(
        lower, upper, fastest
    )
    for mine, its in zip(taken.at(now), kept.at(now), strict=True):
        assert mine == pytest.approx(its, abs=1e-9)
    for time in np.linspace(now, 0.7, 71):
        value, rate = taken.at(time)
        assert (value >= lower - 1e-9).all() and (value <= upper + 1e-9).all()
        assert (np.abs(rate) <= fastest + 1e-6).all()


def test_within_leaves_what_keeps_to_it() -> None:
    times, values = np.array([0.0, 0.1, 0.2]), np.array([[0.0], [0.1], [0.2]])
    spline = Spline(times, values, np.array([[0.0], [1.0], [0.0]]))
    kept = spline.within(np.array([-1.0]), np.array([1.0]), np.array([15.0]))
    assert np.array_equal(kept.values, values) and np.array_equal(kept.rates, spline.rates)
    free = spline.within(np.array([-np.inf]), np.array([np.inf]), np.array([np.inf]))
    assert np.array_equal(free.values, values) and np.array_equal(free.rates, spline.rates)
