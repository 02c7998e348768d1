"""The rolling map: known points, rays, what was never seen, bodies, moved things, following."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remogen_ros.cues.occupancy import FREE, OCCUPIED, UNSEEN
from remogen_ros.motion.skeleton import ADULT
from remogen_ros.perception.carving import Body
from remogen_ros.perception.occupancy_config import OccupancyConfig
from remogen_ros.perception.occupancy_map import OccupancyMap

SENSOR = (0.05, 0.05, 1.05)
STANDING = ADULT.rest_joints + (1.0, 0.0, ADULT.pelvis_height)


def state(occupancy: OccupancyMap, *point: float) -> int:
    grid = occupancy.snapshot()
    assert grid is not None
    return int(grid.state_at(torch.tensor(point, dtype=torch.float32)))


def test_before_the_first_cloud_nothing_is_known() -> None:
    assert OccupancyMap().snapshot() is None


def test_a_known_point_fills_its_cell_and_frees_the_way_there() -> None:
    occupancy = OccupancyMap()
    occupancy.integrate(np.array([[2.05, 0.05, 1.05]]), SENSOR, 7)
    assert occupancy.stamp_ns == 7
    assert state(occupancy, 2.01, 0.01, 1.01) == OCCUPIED
    assert state(occupancy, 2.09, 0.09, 1.09) == OCCUPIED
    for x in np.arange(0.15, 1.9, 0.1):
        assert state(occupancy, x, 0.05, 1.05) == FREE
    assert state(occupancy, 2.15, 0.05, 1.05) == UNSEEN, "behind the point"
    assert state(occupancy, 1.05, 0.15, 1.05) == UNSEEN, "beside the ray"
    assert state(occupancy, 99.0, 0.0, 1.0) == UNSEEN, "outside the map"
    grid = occupancy.snapshot()
    assert grid is not None
    assert grid.cells.shape == (100, 100, 20)
    assert int((grid.cells == OCCUPIED).sum()) == 1


@settings(max_examples=30, deadline=None)
@given(
    st.tuples(st.integers(-45, 44), st.integers(-45, 44), st.integers(1, 19)),
    st.tuples(*[st.floats(0.002, 0.098)] * 3),
)
def test_any_point_is_occupied_where_it_is(cell: tuple, within: tuple) -> None:
    point = np.array(cell) * 0.1 + within
    if np.linalg.norm(point - SENSOR) < 0.01:
        return
    occupancy = OccupancyMap(OccupancyConfig(max_range=9.0))
    occupancy.integrate(point[None], SENSOR, 1)
    assert state(occupancy, *(np.array(cell) * 0.1 + 0.05)) == OCCUPIED


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3000))
def test_what_is_occupied_is_exactly_where_points_are(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform((-6, -6, -0.5), (6, 6, 2.5), (count, 3)).astype(np.float32)
    occupancy = OccupancyMap(OccupancyConfig(max_range=4.0))
    occupancy.integrate(points, SENSOR, 1)
    expected = {
        tuple(np.floor(point / np.float32(0.1)).astype(int))
        for point in points
        if np.linalg.norm(point - np.float32(SENSOR)) <= 4.0 and 0.05 <= point[2] < 2.0
    }
    grid = occupancy.snapshot()
    assert grid is not None
    corner = np.round(grid.corner.numpy() / 0.1).astype(int)
    found = {tuple(cell) for cell in np.argwhere(grid.cells.numpy() == OCCUPIED) + corner}
    assert found == expected


def test_floor_points_are_free_floor() -> None:
    occupancy = OccupancyMap()
    floor = np.array([[x, 0.05, z] for x, z in ((1.05, 0.0), (1.25, -0.03), (1.45, 0.04))])
    occupancy.integrate(floor, SENSOR, 1)
    for x in (1.05, 1.25, 1.45):
        assert state(occupancy, x, 0.05, 0.05) == FREE
    occupancy.integrate(np.array([[1.05, 0.05, 0.02], [1.06, 0.05, 0.08]]), SENSOR, 2)
    assert state(occupancy, 1.05, 0.05, 0.05) == OCCUPIED, "a low step on the floor"


def test_what_moved_away_is_cleared_by_rays_that_look_through_it() -> None:
    occupancy = OccupancyMap(OccupancyConfig(hit_votes=3))
    box, wall = np.array([[1.05, 0.05, 1.05]]), np.array([[3.05, 0.05, 1.05]])
    occupancy.integrate(box, SENSOR, 1)
    for passes, expected in ((1, OCCUPIED), (2, OCCUPIED), (3, FREE)):
        occupancy.integrate(wall, SENSOR, 1 + passes)
        assert state(occupancy, 1.05, 0.05, 1.05) == expected
    occupancy.integrate(box, SENSOR, 9)
    assert state(occupancy, 1.05, 0.05, 1.05) == OCCUPIED


def test_bodies_are_not_furniture() -> None:
    rng = np.random.default_rng(0)
    bones = STANDING[rng.integers(1, 22, 400)] + rng.normal(0, 0.04, (400, 3))
    chair = np.array([[1.0, 0.9, 0.45]])
    occupancy = OccupancyMap()
    occupancy.integrate(
        np.concatenate((bones, chair)), SENSOR, 1, carve=[Body.of_person(STANDING, 0.22)]
    )
    grid = occupancy.snapshot()
    assert grid is not None
    assert int((grid.cells == OCCUPIED).sum()) == 1
    assert state(occupancy, *chair[0]) == OCCUPIED


def test_who_was_hit_before_being_tracked_is_cleared_once_tracked() -> None:
    occupancy = OccupancyMap()
    chest = np.array([[1.0, 0.0, 1.3]])
    occupancy.integrate(chest, SENSOR, 1)
    assert state(occupancy, *chest[0]) == OCCUPIED
    occupancy.integrate(
        np.array([[-2.0, 0.0, 1.0]]), SENSOR, 2, carve=[Body.of_person(STANDING, 0.22)]
    )
    assert state(occupancy, *chest[0]) == FREE


def test_a_body_reaches_to_crown_and_fingers_and_no_further() -> None:
    left_wrist, head = STANDING[20], STANDING[15]
    points = np.array(
        [
            left_wrist + (0.0, 0.2, 0.0),
            left_wrist + (0.0, 0.6, 0.0),
            head + (0.0, 0.0, 0.2),
            head + (0.0, 0.0, 0.7),
            STANDING[0] + (0.3, 0.0, 0.0),
        ]
    )
    on_body = Body.of_person(STANDING, 0.15).has(points)
    assert on_body.tolist() == [True, False, True, False, False]
    assert not Body.of_person(np.full((22, 3), np.nan), 0.15).has(points).any()


@pytest.mark.parametrize(
    "points",
    [np.zeros((0, 3)), np.full((5, 3), np.nan), np.array([[50.0, 0.0, 1.0]]), np.array([SENSOR])],
)
def test_clouds_with_nothing_to_say_change_nothing(points: np.ndarray) -> None:
    occupancy = OccupancyMap()
    occupancy.integrate(points, SENSOR, 3)
    grid = occupancy.snapshot()
    assert grid is not None
    assert (grid.cells == UNSEEN).all()
    assert occupancy.stamp_ns == 3


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("far", [1e20, 3e38])
def test_points_however_far_are_beyond_reach(far: float) -> None:
    """Their distance is more than a float32 holds: nothing is said of that."""
    points = np.array([[2.05, 0.05, 1.05], [far, -far, far]], np.float32)
    occupancy = OccupancyMap()
    occupancy.integrate(points, SENSOR, 1)
    assert state(occupancy, 2.05, 0.05, 1.05) == OCCUPIED
    grid = occupancy.snapshot()
    assert grid is not None and int((grid.cells == OCCUPIED).sum()) == 1


def test_the_map_follows_without_moving_what_it_knows() -> None:
    occupancy = OccupancyMap(OccupancyConfig(size=(4.0, 4.0, 2.0)))
    occupancy.integrate(np.array([[1.55, 0.55, 0.55], [-1.55, 0.05, 1.05]]), SENSOR, 1)
    occupancy.follow((1.23, -0.5, 1.0))
    assert state(occupancy, 1.55, 0.55, 0.55) == OCCUPIED
    assert state(occupancy, -1.55, 0.05, 1.05) == UNSEEN
    grid = occupancy.snapshot()
    assert grid is not None
    np.testing.assert_allclose(grid.corner, (-0.8, -2.5, 0.0), atol=1e-6)
    occupancy.follow((0.0, 0.0))
    assert state(occupancy, 1.55, 0.55, 0.55) == OCCUPIED
    assert state(occupancy, -1.55, 0.05, 1.05) == UNSEEN, "what left the map is forgotten"
    occupancy.follow((40.0, -40.0))
    assert state(occupancy, 40.0, -40.0, 1.0) == UNSEEN


def test_a_snapshot_does_not_change_afterwards() -> None:
    occupancy = OccupancyMap()
    occupancy.integrate(np.array([[1.05, 0.05, 1.05]]), SENSOR, 1)
    grid = occupancy.snapshot()
    assert grid is not None
    before = grid.cells.clone()
    occupancy.integrate(np.array([[0.05, 2.05, 1.05]]), SENSOR, 2)
    assert torch.equal(grid.cells, before)
    occupancy.reset()
    assert occupancy.snapshot() is None


def test_a_dense_room_is_seen_whole_though_rays_are_shared_between_clouds() -> None:
    """A wall of many cells, with fewer rays a cloud than cells: after some clouds all is free."""
    y, z = np.meshgrid(np.arange(-1.5, 1.5, 0.02), np.arange(0.1, 2.0, 0.02))
    wall = np.stack([np.full(y.size, 2.05), y.ravel(), z.ravel()], axis=-1)
    occupancy = OccupancyMap(OccupancyConfig(max_rays=100))
    for stamp in range(12):
        occupancy.integrate(wall, SENSOR, stamp)
    grid = occupancy.snapshot()
    assert grid is not None
    before_wall = grid.state_at(torch.tensor([[1.0, y, 1.05] for y in (-0.5, 0.0, 0.5)]))
    assert (before_wall == FREE).all()
    assert int((grid.cells == OCCUPIED).sum()) == 30 * 19
