"""The stream of joint commands between the ticks of the running node."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lifecycle_msgs.msg import Transition
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import JointState

from remogen_ros.embodiment.embodying import (
    EmbodiedTick,
    JointLimits,
    JointPath,
    JointSample,
    RootPath,
)
from remogen_ros.embodiment.joint_order import JointOrder
from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.errors import UserError
from remogen_ros.nodes.joint_stream import JointStream
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.parameters import validated
from remogen_ros.nodes.stamps import nanoseconds
from test.nodes.bench import Bench
from test.nodes.harness import Harness, NodeProcess, running

RATE = 100.0


@pytest.fixture(scope="module")
def node(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    harness.listen(JointState, "joint_command")
    with running(
        "reaction",
        f"model:={model}",
        "embodiment:=unitree_g1",
        "guard.stop_after_s:=0.0",
        f"command_rate:={RATE}",
        "trajectory_start:=at_once",
    ) as process:
        harness.wait(
            lambda: harness.received["joint_command"] or process.process.poll() is not None
        )
        assert process.process.poll() is None, process.text
        yield process
        assert process.stop(signal.SIGTERM) == 0
        assert "Traceback" not in process.text


def test_it_is_smooth_and_within_the_limits(node: NodeProcess, harness: Harness) -> None:
    robot = RobotModel.load("unitree_g1")
    messages = harness.wait_for_new(300, "joint_command")
    assert all(message.name == robot.description.joints for message in messages)
    positions = np.array([message.position for message in messages])
    velocities = np.array([message.velocity for message in messages])
    assert (positions >= robot.lower).all() and (positions <= robot.upper).all()
    assert (np.abs(velocities) <= robot.command_velocity + 1e-6).all()
    stamps = [nanoseconds(message.header.stamp) for message in messages]
    seconds = np.diff(stamps)[:, None] / 1e9
    assert (seconds > 0).all()
    # Between two messages no joint goes further than it may turn, over any boundary of a tick.
    assert (np.abs(np.diff(positions, axis=0)) <= robot.command_velocity * seconds + 1e-6).all()
    # The velocities are those of the positions, up to how fast they change themselves.
    mean = (velocities[1:] + velocities[:-1]) / 2.0
    off = np.abs(np.diff(positions, axis=0) / seconds - mean)
    assert np.median(off) < 0.1 * np.abs(velocities).max()


def test_it_goes_where_the_ticks_go(node: NodeProcess, harness: Harness) -> None:
    states = harness.wait_for_new(10, "joint_states")
    stamps = np.array(harness.stamps("joint_command")) / 1e9
    positions = np.array([m.position for m in harness.received["joint_command"]])[: len(stamps)]
    ticks = np.array([m.header.stamp.sec + m.header.stamp.nanosec / 1e9 for m in states])
    wanted = np.array([m.position for m in states])
    streamed = np.stack(
        [np.interp(ticks, stamps[: len(positions)], joint) for joint in positions.T], axis=1
    )
    moved = np.abs(np.diff(wanted, axis=0)).max()
    assert np.abs(streamed - wanted).mean() < max(0.1 * moved, 1e-3)


def test_trajectories_start_when_they_arrive(node: NodeProcess, harness: Harness) -> None:
    (trajectory,) = harness.wait_for_new(1, "joint_trajectory")
    assert nanoseconds(trajectory.header.stamp) == 0
    assert len(trajectory.points) > 1


def test_it_ends_at_rest_when_the_node_is_deactivated(node: NodeProcess, harness: Harness) -> None:
    robot, commands = RobotModel.load("unitree_g1"), harness.received["joint_command"]
    harness.wait_for_new(5, "joint_trajectory")
    first = len(commands) - 1
    harness.change_state(Transition.TRANSITION_DEACTIVATE)
    count = -1
    while count != len(commands):  # What is on its way.
        count = len(commands)
        harness.wait_for_new(1, "/diagnostics")
    positions = np.array([message.position for message in commands[first:]])
    seconds = np.diff(harness.stamps("joint_command", first))[:, None] / 1e9
    assert (np.abs(np.diff(positions, axis=0)) <= robot.command_velocity * seconds + 1e-6).all()
    assert not any(commands[-1].velocity)
    rest = harness.received["joint_trajectory"][-1].points[-1].positions
    np.testing.assert_allclose(commands[-1].position, rest, atol=1e-3)


@pytest.mark.parametrize("rate", [20.0, 300.0, float("nan")])
def test_a_rate_that_is_not_allowed_is_one_sentence(rate: float) -> None:
    with pytest.raises(UserError, match="Parameter 'command_rate'"):
        validated({"command_rate": rate})
    assert validated({"command_rate": 50.0}).command_rate == 50.0


def knee_at(angle: float, end: float, seconds: float) -> EmbodiedTick:
    """A body of one joint, which goes to where it rests."""
    origin, upright = np.zeros((1, 3)), np.array([[0.0, 0.0, 0.0, 1.0]])
    times, rest = np.array([seconds]), np.zeros((1, 1))
    return EmbodiedTick(
        JointSample(np.array([angle]), np.zeros(1)),
        JointPath(times, np.array([[end]]), rest),
        origin[0],
        upright[0],
        RootPath(times, origin, upright, np.zeros((1, 6))),
    )


def test_a_stop_that_is_late_begins_where_the_joints_were_at_its_stamp(domain: int) -> None:
    bench = Bench(LifecycleNode)
    received: list[JointState] = []
    bench.node.create_subscription(JointState, "joint_command", received.append, 100)
    limits = JointLimits(np.full(1, -3.0), np.full(1, 3.0), np.full(1, 10.0), np.full(1, np.inf))
    order = JointOrder(("knee",), np.zeros(1, int))
    stream = JointStream(bench.node, order, limits, RATE, bench.ledger)
    bench.node.trigger_configure()
    bench.node.trigger_activate()
    begun = bench.node.get_clock().now().nanoseconds
    stream.follow(begun, knee_at(0.0, 1.0, seconds=1.0))
    # Of t seconds, 3 t^2 - 2 t^3: 0.104 at 0.2 s, where it is told to stop, and 0.5 at 0.5 s.
    bench.spin_until(lambda: received and nanoseconds(received[-1].header.stamp) > begun + 5e8)
    received.clear()
    stream.stop(begun + 200_000_000, knee_at(0.104, 0.15, seconds=0.15))
    bench.spin_until(lambda: len(received) > 20)
    told = [m for m in received if nanoseconds(m.header.stamp) < begun + 360_000_000]
    angles = np.array([m.position[0] for m in told])
    assert 0.104 < angles[0] < 0.13
    assert (np.diff(angles) > -1e-4).all() and angles[-1] == pytest.approx(0.15, abs=1e-3)
    stream.destroy()
    bench.close()


def test_one_name_is_not_published_on_twice(harness: Harness) -> None:
    node = LifecycleNode(
        "twice",
        context=harness.node.context,
        cli_args=["--ros-args", "-r", "joint_states:=joint_command"],
    )
    limits = JointLimits(np.zeros(1), np.ones(1), np.ones(1), np.full(1, np.inf))
    with pytest.raises(UserError, match="'joint_states' is published as 'joint_command' already"):
        JointStream(
            node, JointOrder(("knee",), np.zeros(1, int)), limits, RATE, Ledger(node.get_logger())
        )
    node.destroy_node()
