"""The node `reaction` as a process, with a robot as the body whose joints are published."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sensor_msgs.msg import PointCloud2

from remogen_ros.embodiment.robot_model import RobotModel
from test.nodes.harness import Harness, NodeProcess, running


@pytest.fixture(scope="module")
def node(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    with running("reaction", f"model:={model}", "embodiment:=unitree_g1") as process:
        harness.wait(lambda: harness.received["reaction"] or process.process.poll() is not None)
        assert process.process.poll() is None, process.text
        yield process
        assert process.stop(signal.SIGTERM) == 0
        assert "Traceback" not in process.text


def test_joints_are_the_robots_and_within_its_limits(node: NodeProcess, harness: Harness) -> None:
    robot = RobotModel.load("unitree_g1")
    for state in harness.wait_for_new(5, "joint_states"):
        assert state.name == robot.description.joints
        assert (np.array(state.position) >= robot.lower).all()
        assert (np.array(state.position) <= robot.upper).all()
        assert (np.abs(state.velocity) <= robot.velocity + 1e-9).all()
    (trajectory,) = harness.wait_for_new(1, "joint_trajectory")
    assert trajectory.joint_names == robot.description.joints
    assert not any(trajectory.points[-1].velocities)


def test_the_root_is_the_robots(node: NodeProcess, harness: Harness) -> None:
    (pose,) = harness.wait_for_new(1, "root_pose")
    assert 0.5 < pose.pose.position.z < 0.85
    q = pose.pose.orientation
    assert np.linalg.norm((q.x, q.y, q.z, q.w)) == pytest.approx(1.0)


def test_the_robot_before_a_camera_is_no_furniture(node: NodeProcess, harness: Harness) -> None:
    harness.listen(PointCloud2, "occupancy")
    harness.send_camera()  # 1 m above the origin, from where the cloud is told, not seen
    wall = np.array(
        [(1.55, y, z) for y in np.arange(-1, 1, 0.05) for z in np.arange(-0.8, 0.8, 0.05)]
    )
    random = np.random.default_rng(0)

    def torso() -> np.ndarray:
        at = harness.received["root_pose"][-1].pose.position
        spread = random.uniform((-0.1, -0.1, 0.0), (0.1, 0.1, 0.3), (200, 3))
        return spread + (at.x, at.y, at.z - 1.0)

    def rooms() -> int:
        return len(harness.received["occupancy"])

    harness.wait(lambda: rooms() > 3, lambda: harness.send_cloud(np.concatenate((wall, torso()))))
    points = np.frombuffer(bytes(harness.received["occupancy"][-1].data), np.float32)
    assert points.size
    np.testing.assert_allclose(points.reshape(-1, 3)[:, 0], 1.55, atol=0.051)
