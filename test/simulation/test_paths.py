"""What a robot is told to do between the points in which it is told."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from remogen_ros.simulation.paths import CATCH_UP_S, Path, RootPath


def test_knots_are_met_and_ends_are_held() -> None:
    path = Path(np.array([1.0, 2.0]), np.array([[0.0], [1.0]]), np.array([[0.0], [2.0]]))
    assert path.at(0.0)[0] == path.at(1.0)[0] == 0.0
    assert path.at(2.0)[0] == path.at(9.0)[0] == 1.0
    assert path.at(9.0)[1] == 0.0
    assert path.at(2.0 - 1e-9)[1] == pytest.approx(2.0, abs=1e-6)


def test_rates_are_those_of_the_values() -> None:
    path = Path(np.array([0.0, 0.3]), np.array([[0.0], [1.0]]), np.array([[1.0], [-2.0]]))
    for time in np.linspace(0.01, 0.29, 9):
        slope = (path.at(time + 1e-6)[0] - path.at(time - 1e-6)[0]) / 2e-6
        assert path.at(time)[1] == pytest.approx(slope, abs=1e-4)


def test_a_new_path_takes_over_without_a_jump() -> None:
    old = Path(np.array([0.0, 1.0]), np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]]))
    new = old.followed_by(0.5, np.array([0.4, 0.6]), np.array([[9.0], [2.0]]), np.zeros((2, 1)))
    for mine, its in zip(new.at(0.5), old.at(0.5), strict=True):
        assert mine == pytest.approx(its)
    assert new.at(0.6)[0] == pytest.approx(2.0)


def test_points_that_are_all_past_are_caught_up_with() -> None:
    path = Path.resting(np.zeros(1)).followed_by(
        5.0, np.array([1.0, 2.0]), np.array([[3.0], [4.0]]), np.zeros((2, 1))
    )
    assert path.at(5.0)[0] == 0.0
    assert path.at(5.0 + CATCH_UP_S)[0] == pytest.approx(4.0)


def test_a_root_turns_through_its_poses_without_a_jump() -> None:
    path = RootPath.resting(np.array([0.0, 0.0, 0.8]), np.array([0.0, 0.0, 0.0, 1.0]))
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
