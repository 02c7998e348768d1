"""The virtual depth camera against distances worked out by hand."""

from __future__ import annotations

import lzma
from pathlib import Path

import numpy as np
import pytest

from remogen_ros.errors import UserError
from remogen_ros.perception.transforms import OPTICAL_TO_BODY, apply_transform
from remogen_ros.recording.camera import DepthCamera, Room
from remogen_ros.recording.demo import MAP_ORIGIN
from test.recording.sources import ROOM

NOBODY = np.zeros((0, 4))
LEVEL = DepthCamera((0.0, 0.0, 1.0), yaw=0.0, pitch=0.0, noise=(0.0, 0.0), width=64, height=48)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """A floor at z = 0 and a wall at x = 3 m."""
    path = tmp_path_factory.mktemp("room") / "room.obj.xz"
    path.write_bytes(lzma.compress(ROOM.encode()))
    return Room.read(path, MAP_ORIGIN)


def look(camera: DepthCamera, room: Room, balls=NOBODY) -> np.ndarray:
    return camera.look(room, balls, np.random.default_rng(0))


def in_map(camera: DepthCamera, cloud: np.ndarray) -> np.ndarray:
    points = cloud.reshape(-1, 3) @ OPTICAL_TO_BODY.T
    return apply_transform(points, camera.position, camera.quaternion)


def test_a_level_camera_sees_the_wall_at_its_depth(room: Room) -> None:
    cloud = look(LEVEL, room)
    assert cloud.shape == (48, 64, 3)
    upper = cloud[:20, :, 2]
    np.testing.assert_allclose(upper, 3.0, atol=1e-3)
    assert cloud[10, 0, 0] < 0 < cloud[10, -1, 0], "x goes to the right"
    assert cloud[0, 32, 1] < 0 < cloud[-1, 32, 1], "y goes down"


def test_a_tilted_camera_sees_the_floor_flat_and_in_its_place(room: Room) -> None:
    camera = DepthCamera((0.5, -0.3, 2.0), np.radians(20), np.radians(40), noise=(0.0, 0.0))
    points = in_map(camera, look(camera, room))
    points = points[np.isfinite(points).all(-1)]
    on_floor = points[points[:, 0] < 2.9]
    assert len(on_floor) > 1000
    assert np.abs(on_floor[:, 2]).max() < 2e-3
    assert points[:, 0].max() < 3.002


def test_to_optical_is_the_inverse_of_the_published_transforms() -> None:
    camera = DepthCamera((0.5, -0.3, 2.0), 0.4, 0.3)
    points = np.random.default_rng(0).normal(size=(10, 3))
    np.testing.assert_allclose(in_map(camera, camera.to_optical(points)), points, atol=1e-12)
    ahead = camera.to_optical(np.array(camera.position) + 2 * camera.rotation[:, 0])
    np.testing.assert_allclose(ahead, (0, 0, 2), atol=1e-12)
    assert camera.rotation[2, 0] < 0, "a positive pitch looks down"


def test_a_person_hides_the_wall(room: Room) -> None:
    ball = np.array([[2.0, 0.0, 1.0, 0.3]])
    cloud = look(LEVEL, room, ball)
    assert cloud[23:25, 31:33, 2] == pytest.approx(1.7, abs=5e-3)
    assert cloud[5, 5, 2] == pytest.approx(3.0, abs=1e-3)
    behind = np.array([[-2.0, 0.0, 1.0, 0.3]])
    np.testing.assert_array_equal(look(LEVEL, room, behind), look(LEVEL, room))


def test_what_is_out_of_reach_is_nan_and_noise_grows_with_distance(room: Room) -> None:
    short = DepthCamera((0.0, 0.0, 1.0), 0.0, 0.0, reach=(0.3, 2.5))
    assert np.isnan(look(short, room)[:20]).all()
    near = DepthCamera((2.0, 0.0, 1.5), 0.0, 0.0)
    far = DepthCamera((-2.0, 0.0, 1.5), 0.0, 0.0)
    spread = [look(camera, room)[40:44, 50:78, 2].std() for camera in (near, far)]
    assert spread[0] == pytest.approx(0.001 + 0.0012, rel=0.3)
    assert spread[1] == pytest.approx(0.001 + 0.0012 * 25, rel=0.3)


@pytest.mark.parametrize(
    "content", [b"v 0 0 0\n", b"v 0 0 0\nf 1 2 3\n", b"v 0 0 zero\n", b"f 1 2 3\n"]
)
def test_rooms_that_cannot_be_read_are_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("room.obj", "packed.obj.xz", "absent.obj"):
        if name != "absent.obj":
            (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=f"mesh .*{name} cannot be read"):
            Room.read(tmp_path / name, MAP_ORIGIN)
