"""The floor is found in clouds of rooms, and said to be off when it is, and only then."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from remogen_ros.perception.floor import MOMENTS, FloorWatch, find_floor
from remogen_ros.perception.transforms import OPTICAL_TO_BODY
from remogen_ros.recording.box_room import box_room
from remogen_ros.recording.camera import DepthCamera, Room

CAMERA = DepthCamera(
    position=(-2.2, -2.2, 2.1), yaw=np.radians(45.0), pitch=np.radians(18.0), width=160, height=120
)


@pytest.fixture(scope="module")
def cloud() -> np.ndarray:
    """(N, 3) a furnished room in the fixed frame, as a camera with noise sees it."""
    nobody = np.array([[0.0, 0.0, -5.0, 0.01]])
    seen = CAMERA.look(Room(box_room(seed=0)), nobody, np.random.default_rng(0))
    seen = seen[np.isfinite(seen).all(-1)].astype(np.float64)
    return seen @ (CAMERA.rotation @ OPTICAL_TO_BODY).T + CAMERA.position


def mistaken(cloud: np.ndarray, tilt: float, height: float) -> np.ndarray:
    """The cloud by a transform of the camera that is off, degrees and metres."""
    about = np.array(CAMERA.position)
    wrong = Rotation.from_euler("y", tilt, degrees=True)
    return wrong.apply(cloud - about) + about + (0.0, 0.0, height)


@pytest.mark.parametrize("tilt", [0.0, 2.0, -5.0, 12.0])
@pytest.mark.parametrize("height", [0.0, 0.04, -0.1, 0.4])
def test_the_floor_is_measured(cloud: np.ndarray, tilt: float, height: float) -> None:
    floor = find_floor(mistaken(cloud, tilt, height))
    assert floor is not None
    assert floor.tilt_deg == pytest.approx(abs(tilt), abs=0.5)
    level = find_floor(mistaken(cloud, tilt, 0.0))
    assert level is not None
    assert floor.height - level.height == pytest.approx(height, abs=0.02)
    if tilt == 0.0:
        assert floor.height == pytest.approx(height, abs=0.02)


def plane(x: float, y: float, z: float, count: int, seed: int) -> np.ndarray:
    """(N, 3) a level surface of x by y metres."""
    points = np.random.default_rng(seed).uniform(size=(count, 3)) * (x, y, 0.01)
    return points + (0.0, 0.0, z)


def test_a_table_or_a_wall_is_no_floor() -> None:
    table, floor = plane(1.6, 0.9, 0.75, 4000, 1), plane(4.0, 3.0, 0.0, 1500, 2)
    wall = plane(4.0, 2.5, 0.0, 5000, 3)[:, [0, 2, 1]]
    assert find_floor(table) is None
    assert find_floor(wall) is None
    assert find_floor(np.concatenate((table, wall))) is None
    found = find_floor(np.concatenate((table, wall, floor)))
    assert found is not None and abs(found.height) < 0.02
    bed = plane(3.0, 2.0, 0.45, 6000, 4)
    found = find_floor(np.concatenate((bed, floor)))
    assert found is not None and abs(found.height) < 0.02, "the lowest plane, not the largest"
    for nothing in (
        np.zeros((0, 3)),
        np.zeros((500, 3)),
        np.ones((3, 3)),
        plane(9, 9, 5.0, 999, 5),
    ):
        assert find_floor(nothing) is None


@pytest.mark.parametrize(
    "tilt, height, words",
    [(4.5, 0.0, "tilted by 4."), (0.0, -0.08, "0.08 m below"), (0.0, 0.3, "0.30 m above")],
)
def test_a_floor_that_is_off_is_said_until_it_is_mended(
    cloud: np.ndarray, tilt: float, height: float, words: str
) -> None:
    watch = FloorWatch()
    for moment in range(MOMENTS):
        assert watch.problem == "", "one cloud is not enough"
        watch.see(mistaken(cloud, tilt, height))
        assert bool(watch.problem) == (moment == MOMENTS - 1)
    assert words in watch.problem and "transform of the camera" in watch.problem
    watch.see(np.zeros((0, 3)))
    assert watch.problem
    for _ in range(MOMENTS):
        watch.see(cloud)
    assert watch.problem == ""


def test_a_floor_that_is_right_is_not_said_to_be_wrong(cloud: np.ndarray) -> None:
    watch = FloorWatch()
    for _ in range(2 * MOMENTS):
        watch.see(mistaken(cloud, 2.0, 0.0))
        watch.see(cloud)
        assert watch.problem == ""
    assert watch.floor is not None and watch.floor.tilt_deg < 2.5
    watch.reset()
    assert watch.floor is None
