"""A saved scene, a flat map and the floor in clouds reach the running node, over DDS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import OccupancyGrid
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import PointCloud2

from test.nodes.harness import Harness, NodeProcess, running

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wall at x = 1.5 m, before which all is free up to the ego's back."""
    path = tmp_path_factory.mktemp("scenes") / "wall.obj"
    corners = [(1.55, y, z) for y, z in ((-1, 0), (1, 0), (1, 2), (-1, 2))]
    corners += [(-1.0, y, 0.0) for y in (-1, 1)]
    lines = [f"v {x} {y} {z}" for x, y, z in corners]
    path.write_text("\n".join([*lines, "f 1 2 3 4", "f 1 2 6 5"]) + "\n")
    return path


@pytest.fixture(scope="module")
def node(model: Path, scene: Path, harness: Harness) -> Iterator[NodeProcess]:
    parameters = (f"model:={model}", "backend:=eager", f"scene_file:={scene}")
    never_held = ("guard.stop_after_s:=0.0", "guard.cloud_timeout_s:=0.0")
    with running("reaction", *parameters, *never_held) as process:
        harness.listen(PointCloud2, "occupancy")
        harness.wait(lambda: harness.received["reaction"] or process.process.poll() is not None)
        assert process.process.poll() is None, process.text
        yield process
        assert "Traceback" not in process.text


def occupied(harness: Harness) -> np.ndarray:
    (message,) = harness.wait_for_new(1, "occupancy")
    return np.frombuffer(bytes(message.data), np.float32).reshape(-1, 3)


def test_a_saved_scene_is_the_room_before_any_cloud(node: NodeProcess, harness: Harness) -> None:
    points = occupied(harness)
    np.testing.assert_allclose(points[:, 0], 1.55, atol=1e-5)
    assert len(points) == 20 * 20


def test_a_map_that_came_before_its_transform_is_placed_when_that_comes(
    node: NodeProcess, harness: Harness
) -> None:
    """Turned by 90 degrees: what is ahead in the map is on the left here."""
    message = OccupancyGrid()
    message.header.frame_id = "floor_plan"
    message.info.resolution, message.info.width, message.info.height = 0.05, 60, 60
    message.info.origin.position.x = message.info.origin.position.y = -1.5
    data = np.zeros((60, 60), np.int8)
    data[30:34, 56:58] = 100  # x 1.3 to 1.4, y 0 to 0.2
    message.data = data.ravel()
    publisher = harness.node.create_publisher(OccupancyGrid, "map", LATCHED)
    publisher.publish(message)
    harness.wait(lambda: "waits for a transform from its frame 'floor_plan'" in node.text)
    transform = TransformStamped(child_frame_id="floor_plan")
    transform.header.frame_id, transform.header.stamp = "odom", harness.now()
    transform.transform.rotation.z = transform.transform.rotation.w = np.sqrt(0.5)
    harness.send_static([transform])

    def beside_the_scene() -> np.ndarray:
        points = occupied(harness)
        return points[np.abs(points[:, 1]) > 1.1]

    harness.wait(lambda: len(beside_the_scene()))
    points = beside_the_scene()
    np.testing.assert_allclose(np.unique(points[:, 1].round(3)), [1.35])
    np.testing.assert_allclose(np.unique(points[:, 0].round(3)), [-0.15, -0.05])
    assert len(points) == 2 * 20, "columns up to the height of the map"


def test_a_floor_that_is_off_is_said_once_and_is_a_condition(
    node: NodeProcess, harness: Harness
) -> None:
    """By a camera that is told 0.2 m too high."""
    harness.send_camera()
    floor = np.random.default_rng(0).uniform((-2, -2, -0.81), (2, 2, -0.79), (4000, 3))

    def off() -> DiagnosticStatus | None:
        """The newest diagnostics, if they say it."""
        newest = [message.status[0] for message in harness.received["/diagnostics"][-1:]]
        return next((each for each in newest if "0.20 m above z = 0" in each.message), None)

    told = harness.wait(off, lambda: harness.send_cloud(floor))
    assert "mend the transform of the camera" in told.message
    values = {pair.key: pair.value for pair in told.values}
    assert float(values["floor.height_m"]) == pytest.approx(0.2, abs=0.02)
    assert float(values["floor.tilt_deg"]) < 1.0
    assert node.text.count("m above z = 0") == 1
    right = floor - (0.0, 0.0, 0.2)
    harness.wait(
        lambda: harness.received["/diagnostics"][-1].status[0].message.startswith("reacting; "),
        lambda: harness.send_cloud(right),
    )


def test_a_scene_that_is_not_there_ends_the_start_with_its_name(model: Path, domain: int) -> None:
    with running(
        "reaction", f"model:={model}", "backend:=eager", "scene_file:=/nowhere/room.ply"
    ) as process:
        process.process.wait(150.0)
    assert "/nowhere/room.ply is not there" in process.text
    assert "Traceback" not in process.text
