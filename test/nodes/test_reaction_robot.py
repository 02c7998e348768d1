"""The node `reaction` as a process, with a robot as the body whose joints are published."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from lifecycle_msgs.msg import Transition
from sensor_msgs.msg import JointState, PointCloud2
from trajectory_msgs.msg import JointTrajectory

from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.embodiment.splines import Spline
from remogen_ros.embodiment.stopping import STOP_S
from remogen_ros.nodes.stamps import nanoseconds
from test.nodes.harness import Harness, NodeProcess, running

PERIOD_NS = 100_000_000
TRIES = 5
NO_STOP = "no trajectory came after that of the last tick"


@contextmanager
def robot_node(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    reactions = harness.received["reaction"]
    first = len(reactions)
    parameters = (f"model:={model}", "embodiment:=unitree_g1")
    moving_on = ("guard.stop_after_s:=0.0", "guard.cloud_timeout_s:=0.0")
    with running("reaction", *parameters, *moving_on) as process:
        harness.wait(lambda: len(reactions) > first or process.process.poll() is not None)
        assert process.process.poll() is None, process.text
        yield process
        assert process.stop(signal.SIGTERM) == 0
        assert "Traceback" not in process.text


@pytest.fixture(scope="module")
def node(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    with robot_node(model, harness) as process:
        yield process


def test_joints_are_the_robots_and_within_its_limits(node: NodeProcess, harness: Harness) -> None:
    robot = RobotModel.load("unitree_g1")
    for state in harness.wait_for_new(5, "joint_states"):
        assert state.name == robot.description.joints
        assert (np.array(state.position) >= robot.lower).all()
        assert (np.array(state.position) <= robot.upper).all()
        assert (np.abs(state.velocity) <= robot.command_velocity + 1e-9).all()
    (trajectory,) = harness.wait_for_new(1, "joint_trajectory")
    assert trajectory.joint_names == robot.description.joints
    assert not any(trajectory.points[-1].velocities)


def test_what_inverse_kinematics_gives_up_is_told_with_the_guards_counts(
    node: NodeProcess, harness: Harness
) -> None:
    harness.wait(lambda: "guard.self_collision_not_avoided" in harness.status())
    assert "guard.ik_without_solution" in harness.status()


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


def way(start: JointState, trajectory: JointTrajectory) -> Spline:
    """What a controller follows from where the joints are, over seconds since then."""
    points = trajectory.points
    return Spline(
        np.array([0.0, *(nanoseconds(point.time_from_start) / 1e9 for point in points)]),
        np.array([start.position, *(point.positions for point in points)]),
        np.array([start.velocity, *(point.velocities for point in points)]),
    )


def told_to_stop(harness: Harness) -> int | None:
    """Nanoseconds from the last tick to the trajectory after it, of no tick; None if none came,
    or the joints stood already: a busy machine may come as late as that."""
    before, last = harness.received["joint_trajectory"][-2:]
    since_ns = nanoseconds(last.header.stamp) - nanoseconds(before.header.stamp)
    if since_ns % PERIOD_NS == 0:
        return None
    _, rate = way(harness.received["joint_states"][-1], before).at(since_ns / 1e9)
    return since_ns if np.abs(rate).max() > 1e-3 else None


def assert_comes_to_rest(harness: Harness, since_ns: int) -> None:
    before, last = harness.received["joint_trajectory"][-2:]
    robot, tick = RobotModel.load("unitree_g1"), harness.received["joint_states"][-1]
    assert tick.header.stamp == before.header.stamp and tick.name == last.joint_names
    position, rate = way(tick, before).at(since_ns / 1e9)
    here = JointState(position=position.tolist(), velocity=rate.tolist())
    stop = way(here, last)
    assert stop.times[-1] == pytest.approx(STOP_S, abs=0.05)
    assert not stop.rates[-1].any()
    told = stop.values[1:]  # Where it is already was computed here, and may round past a limit.
    assert (told >= robot.lower).all() and (told <= robot.upper).all()
    # Evenly, from the path that was left.
    np.testing.assert_allclose(
        stop.values[-1],
        np.clip(position + rate * STOP_S / 2.0, robot.lower, robot.upper),
        atol=1e-6,
    )


def test_a_robot_whose_node_is_deactivated_comes_to_rest(
    node: NodeProcess, harness: Harness
) -> None:
    trajectories = harness.received["joint_trajectory"]
    since_ns = None
    for _ in range(TRIES):
        # Not with the last pose of a segment: then there is a path to leave.
        harness.wait(lambda: len(trajectories) > 3 and len(trajectories[-1].points) > 4)
        harness.change_state(Transition.TRANSITION_DEACTIVATE)
        harness.wait_for_new(1, "/diagnostics")
        count = len(trajectories)
        harness.wait_for_new(2, "/diagnostics")
        assert len(trajectories) == count
        if (since_ns := told_to_stop(harness)) is not None:
            break
        harness.change_state(Transition.TRANSITION_ACTIVATE)
        harness.wait_for_new(3, "joint_trajectory")
    assert since_ns is not None, NO_STOP
    assert_comes_to_rest(harness, since_ns)


def test_motion_begins_anew_where_the_robot_was_stopped(
    node: NodeProcess, harness: Harness
) -> None:
    stopped = np.array(harness.received["joint_trajectory"][-1].points[-1].positions)
    first = len(harness.received["joint_states"])
    harness.change_state(Transition.TRANSITION_ACTIVATE)
    harness.wait(lambda: len(harness.received["joint_states"]) > first)
    state = harness.received["joint_states"][first]
    np.testing.assert_allclose(state.position, stopped, atol=1e-6)
    assert not any(state.velocity)


def test_a_robot_whose_node_is_interrupted_comes_to_rest(
    node: NodeProcess, harness: Harness, model: Path
) -> None:
    with ExitStack() as later_nodes:
        for _ in range(TRIES):
            harness.wait_for_new(30, "joint_trajectory")  # It has come from where it was stopped.
            harness.wait(lambda: len(harness.received["joint_trajectory"][-1].points) > 4)
            assert node.stop(signal.SIGINT) == 0
            time.sleep(0.5)
            if (since_ns := told_to_stop(harness)) is not None:
                break
            node = later_nodes.enter_context(robot_node(model, harness))
        assert since_ns is not None, NO_STOP
        assert_comes_to_rest(harness, since_ns)
