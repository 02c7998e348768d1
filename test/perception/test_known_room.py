"""A map that knows the room beforehand; and flat maps as columns."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from remogen_ros.cues.occupancy import FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.perception.flat_map import grid_from_map
from remogen_ros.perception.occupancy_config import OccupancyConfig
from remogen_ros.perception.occupancy_map import OccupancyMap

SENSOR = np.array([0.0, 0.0, 1.0])
HERE = (np.zeros(3), np.array((0.0, 0.0, 0.0, 1.0)))
YAW = 0.7


def turned(yaw: float, *at: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array(at), Rotation.from_euler("z", yaw).as_quat()


def scene(corner: tuple[float, float], states: np.ndarray) -> OccupancyGrid:
    cells = torch.from_numpy(np.repeat(states.astype(np.uint8)[..., None], 20, axis=2))
    return OccupancyGrid(cells, torch.tensor((*corner, 0.0)))


def state(occupancy: OccupancyMap, *point: float) -> int:
    grid = occupancy.snapshot()
    assert grid is not None
    return int(grid.state_at(torch.tensor(point)))


def wall_at_2() -> OccupancyGrid:
    """Free from -3 m to 3 m but for a wall at x = 2.0 to 2.1."""
    states = np.full((60, 60), FREE)
    states[50] = OCCUPIED
    return scene((-3.0, -3.0), states)


def test_what_is_known_is_there_before_any_cloud_and_after_a_reset() -> None:
    occupancy = OccupancyMap()
    occupancy.know([wall_at_2()])
    for _ in range(2):
        assert state(occupancy, 2.05, 0.05, 1.05) == OCCUPIED
        assert state(occupancy, 1.05, 0.05, 1.05) == FREE
        assert state(occupancy, 4.05, 0.05, 1.05) == UNSEEN
        occupancy.reset()


def test_clouds_go_on_top_and_what_left_the_map_is_known_again() -> None:
    occupancy = OccupancyMap(OccupancyConfig(hit_votes=3))
    occupancy.know([wall_at_2()])
    chair, beyond = np.array([[1.05, 1.05, 1.05]]), np.array([[2.95, 0.05, 1.05]])
    occupancy.integrate(chair, SENSOR, 1)
    assert state(occupancy, *chair[0]) == OCCUPIED
    assert state(occupancy, 2.05, 0.05, 1.05) == OCCUPIED
    for stamp in range(3):
        assert state(occupancy, 2.05, 0.05, 1.05) == OCCUPIED, "one ray does not open a wall"
        occupancy.integrate(beyond, SENSOR, 2 + stamp)
    assert state(occupancy, 2.05, 0.05, 1.05) == FREE, "a door was opened"
    occupancy.follow((40.0, 0.0))
    assert state(occupancy, 40.0, 0.0, 1.0) == UNSEEN
    occupancy.follow((0.0, 0.0))
    assert state(occupancy, 2.05, 0.05, 1.05) == OCCUPIED
    assert state(occupancy, *chair[0]) == FREE


def test_news_of_a_map_change_what_no_cloud_has_shown() -> None:
    occupancy = OccupancyMap()
    occupancy.know([wall_at_2()])
    occupancy.integrate(np.array([[1.05, 1.05, 1.05]]), SENSOR, 1)
    moved = wall_at_2()
    occupancy.know([OccupancyGrid(moved.cells, moved.corner + torch.tensor((-0.5, 0.0, 0.0)))])
    assert state(occupancy, 2.05, 0.05, 1.05) == FREE
    assert state(occupancy, 1.55, 0.05, 1.05) == OCCUPIED
    assert state(occupancy, 1.05, 1.05, 1.05) == OCCUPIED
    occupancy.know([])
    assert state(occupancy, 1.55, 0.05, 1.05) == UNSEEN
    assert state(occupancy, 1.05, 1.05, 1.05) == OCCUPIED


def test_the_first_source_goes_before_the_second() -> None:
    occupancy = OccupancyMap()
    everywhere = scene((-4.0, -4.0), np.full((80, 80), OCCUPIED))
    occupancy.know([wall_at_2(), everywhere])
    assert state(occupancy, 1.05, 0.05, 1.05) == FREE
    assert state(occupancy, 3.55, 0.05, 1.05) == OCCUPIED


def test_a_flat_map_is_columns() -> None:
    """Free, occupied, unknown and in between, row by row along y."""
    data = np.array([[0, 100], [-1, 50]], np.int8).repeat(2, 0).repeat(2, 1)
    grid = grid_from_map(data, 0.05, (np.array((1.0, 2.0, 0.0)), HERE[1]), HERE, 1.0)
    np.testing.assert_allclose(grid.corner, (1.0, 2.0, 0.0))
    assert grid.cells.shape == (2, 2, 10)
    assert (grid.cells[0, 0] == FREE).all() and (grid.cells[1, 0] == OCCUPIED).all()
    assert (grid.cells[0, 1] == UNSEEN).all() and (grid.cells[1, 1] == UNSEEN).all()
    thin = np.zeros((40, 40), np.int8)
    thin[7, 9] = 100
    grid = grid_from_map(thin, 0.025, HERE, HERE, 1.0)
    found = np.argwhere(grid.cells.numpy()[..., 0] == OCCUPIED)
    assert found.tolist() == [[2, 1]], "x goes along columns; one fine cell is a whole cell"


@pytest.mark.parametrize("resolution", [0.03, 0.05, 0.1, 0.25])
@pytest.mark.parametrize(
    "origin, frame",
    [
        (turned(0.0, -1.5, 0.5, 0.0), turned(0.0, 0.0, 0.0, 0.0)),
        (turned(YAW, -1.5, 0.5, 0.0), turned(0.0, 0.3, 0.2, 0.0)),
        (turned(YAW, -1.5, 0.5, 0.0), turned(-2.1, 3.0, -4.0, 0.4)),
    ],
)
def test_a_turned_map_loses_no_obstacle_and_makes_none_up(
    resolution: float, origin: tuple, frame: tuple
) -> None:
    random = np.random.default_rng(3)
    data = np.where(random.uniform(size=(60, 80)) < 0.03, 100, 0).astype(np.int8)
    data[:, :5] = -1
    grid = grid_from_map(data, resolution, origin, frame, 2.0)
    turn = Rotation.from_quat(frame[1]) * Rotation.from_quat(origin[1])
    start = Rotation.from_quat(frame[1]).apply(origin[0]) + frame[0]
    rows, columns = np.nonzero(data == 100)
    centres = np.stack((columns + 0.5, rows + 0.5, np.zeros(len(rows))), -1) * resolution
    placed = (turn.apply(centres) + start)[:, :2]
    found = grid.occupied_centres().numpy()[:, :2]
    # Every occupied cell is near an occupied cell of the map, and the other way round.
    gaps = np.linalg.norm(placed[:, None] - found[None], axis=-1)
    reach = 0.051 * np.sqrt(2) + resolution / np.sqrt(2)
    assert gaps.min(1).max() <= reach
    assert gaps.min(0).max() <= reach
    unknown = turn.apply(np.array([[2.5 * resolution, 30 * resolution, 0.0]])) + start
    assert int(grid.state_at(torch.tensor((*unknown[0, :2], 1.0)))) == UNSEEN


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "data, resolution, origin, reason",
    [
        (np.zeros((0, 0), np.int8), 0.05, HERE, "no cells"),
        (np.zeros((4, 4), np.int8), 0.0, HERE, "resolution"),
        (np.zeros((4, 4), np.int8), float("nan"), HERE, "resolution"),
        (np.zeros((4, 4), np.int8), 0.001, HERE, "resolution"),
        (np.zeros((400, 400), np.int8), 10.0, HERE, "larger"),
        (np.zeros((4, 4), np.int8), 0.05, (np.full(3, np.nan), HERE[1]), "nowhere"),
        (np.zeros((4, 4), np.int8), 0.05, (np.full(3, np.inf), HERE[1]), "nowhere"),
        (np.zeros((4, 4), np.int8), 0.05, (np.full(3, -1e300), HERE[1]), "nowhere"),
        (np.zeros((4, 4), np.int8), 0.05, (HERE[0], np.full(4, 1e300)), "nowhere"),
        (np.zeros((4, 4), np.int8), 1e300, HERE, "no room"),
        (np.zeros((4, 4), np.int8), 0.05, (np.zeros(3), np.zeros(4)), "quaternion"),
        (np.zeros((4, 4), np.int8), 0.05, (np.zeros(3), np.array((0.5, 0, 0, 0.8))), "level"),
    ],
)
def test_what_is_no_map_is_refused(
    data: np.ndarray, resolution: float, origin: tuple, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        grid_from_map(data, resolution, origin, HERE, 2.0)
