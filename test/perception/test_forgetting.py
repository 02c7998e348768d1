"""What no cloud shows any more: forgotten after a time, if that is asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remogen_ros.cues.occupancy import FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.motion.skeleton import ADULT
from remogen_ros.perception.carving import Body
from remogen_ros.perception.occupancy_config import OccupancyConfig
from remogen_ros.perception.occupancy_map import OccupancyMap

SENSOR = (0.05, 0.05, 1.05)
BOX, WALL = np.array([[1.05, 0.05, 1.05]]), np.array([[-2.05, 0.05, 1.05]])
BEFORE_BOX, BEFORE_WALL = (0.55, 0.05, 1.05), (-1.05, 0.05, 1.05)


def forgetful(after_s: float = 3.0) -> OccupancyMap:
    return OccupancyMap(OccupancyConfig(forget_after_s=after_s))


def at(seconds: float) -> int:
    """Nanoseconds of a clock that has run for years."""
    return round((1.8e9 + seconds) * 1e9)


def state(occupancy: OccupancyMap, point: np.ndarray | tuple[float, ...]) -> int:
    grid = occupancy.snapshot()
    assert grid is not None
    return int(grid.state_at(torch.tensor(np.ravel(point), dtype=torch.float32)))


def test_what_moved_while_nobody_looked_is_not_believed_for_ever() -> None:
    for occupancy, at_last in ((OccupancyMap(), OCCUPIED), (forgetful(), UNSEEN)):
        occupancy.integrate(BOX, SENSOR, at(0.0))
        for seconds in np.arange(0.1, 2.95, 0.1):
            occupancy.integrate(WALL, SENSOR, at(seconds))
        assert state(occupancy, BOX) == OCCUPIED
        assert state(occupancy, BEFORE_BOX) == FREE
        occupancy.integrate(WALL, SENSOR, at(3.1))
        assert state(occupancy, BOX) == at_last
        assert state(occupancy, BEFORE_BOX) == (FREE if at_last == OCCUPIED else UNSEEN)
        assert state(occupancy, WALL) == OCCUPIED
        assert state(occupancy, BEFORE_WALL) == FREE


def test_what_is_seen_again_is_believed_anew() -> None:
    occupancy = forgetful()
    for seconds in (0.0, 2.0, 4.0):
        occupancy.integrate(BOX, SENSOR, at(seconds))
    occupancy.integrate(WALL, SENSOR, at(6.5))
    assert state(occupancy, BOX) == OCCUPIED
    occupancy.integrate(WALL, SENSOR, at(7.5))
    assert state(occupancy, BOX) == UNSEEN
    occupancy.integrate(BOX, SENSOR, at(7.6))
    assert state(occupancy, BOX) == OCCUPIED


@pytest.mark.parametrize("covered", [np.zeros((0, 3)), np.array([[90.0, 0.0, 1.0]])])
def test_a_cloud_that_shows_nothing_tells_the_time_too(covered: np.ndarray) -> None:
    occupancy = forgetful()
    occupancy.integrate(BOX, SENSOR, at(0.0))
    occupancy.integrate(covered, SENSOR, at(4.0))
    assert state(occupancy, BOX) == UNSEEN


def test_what_was_known_beforehand_is_known_again() -> None:
    occupancy = forgetful()
    cells = torch.full((100, 100, 20), UNSEEN, dtype=torch.uint8)
    cells[60, 50, 10] = OCCUPIED  # 1.05 m ahead, as the box
    occupancy.know([OccupancyGrid(cells, torch.tensor((-5.0, -5.0, 0.0)))])
    for seconds in np.arange(0.0, 0.5, 0.1):
        occupancy.integrate(np.array([[3.05, 0.05, 1.05]]), SENSOR, at(seconds))
    assert state(occupancy, BOX) == FREE
    occupancy.integrate(WALL, SENSOR, at(5.0))
    assert state(occupancy, BOX) == OCCUPIED
    assert state(occupancy, BEFORE_BOX) == UNSEEN


def test_who_stands_in_what_is_known_stays_cut_out() -> None:
    occupancy = forgetful()
    standing = Body.of_person(ADULT.rest_joints + (1.0, 0.0, ADULT.pelvis_height), 0.22)
    cells = torch.full((100, 100, 20), UNSEEN, dtype=torch.uint8)
    cells[60, 50, 10] = OCCUPIED
    occupancy.know([OccupancyGrid(cells, torch.tensor((-5.0, -5.0, 0.0)))])
    for seconds in (0.0, 1.0, 2.0):
        occupancy.integrate(WALL, SENSOR, at(seconds), carve=[standing])
        assert state(occupancy, BOX) == FREE


def test_times_move_with_the_map() -> None:
    occupancy = forgetful()
    occupancy.integrate(BOX, SENSOR, at(0.0))
    occupancy.integrate(WALL, SENSOR, at(2.0))
    occupancy.follow((1.0, -2.0))
    occupancy.integrate(np.array([[0.05, -2.05, 1.05]]), SENSOR, at(4.0))
    assert state(occupancy, BOX) == UNSEEN
    assert state(occupancy, WALL) == OCCUPIED
    occupancy.reset()
    occupancy.integrate(BOX, SENSOR, at(-50.0))
    assert state(occupancy, BOX) == OCCUPIED


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(0.0, 5.0), max_size=4))
def test_what_is_left_is_what_was_shown_lately(seed: int, times: list[float]) -> None:
    """After a pause, the map is one that has seen nothing but the newest cloud."""
    random = np.random.default_rng(seed)

    def cloud() -> np.ndarray:
        # In the middle of cells, one each: which of several is entered is up to Open3D.
        return (
            np.unique(random.integers((-30, -30, 1), (30, 30, 20), (200, 3)), axis=0) / 10.0 + 0.05
        )

    old, fresh = forgetful(1.0), forgetful(1.0)
    for seconds in sorted(times):
        old.integrate(cloud(), SENSOR, at(seconds))
    newest = cloud()
    for occupancy in (old, fresh):
        occupancy.integrate(newest, SENSOR, at(6.5))
    left, expected = old.snapshot(), fresh.snapshot()
    assert left is not None and expected is not None
    assert torch.equal(left.cells, expected.cells)
