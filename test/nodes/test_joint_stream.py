"""The stream of joint commands between the ticks of the running node."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sensor_msgs.msg import JointState

from remogen_ros.embodiment.robot_model import RobotModel
from test.nodes.harness import Harness, NodeProcess, running

RATE = 100.0


@pytest.fixture(scope="module")
def node(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    harness.listen(JointState, "joint_command")
    with running(
        "reaction", f"model:={model}", "embodiment:=unitree_g1", f"command_rate:={RATE}"
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
    assert (np.abs(velocities) <= robot.velocity + 1e-6).all()
    stamps = harness.stamps("joint_command")[-len(messages) :]
    seconds = np.diff(stamps)[:, None] / 1e9
    assert (seconds > 0).all()
    # Between two messages no joint goes further than it may turn, over any boundary of a tick.
    assert (np.abs(np.diff(positions, axis=0)) <= robot.velocity * seconds + 1e-6).all()
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


@pytest.mark.parametrize(
    "parameters, words",
    [
        (("command_rate:=20.0",), "Parameter 'command_rate' must be 0, which is off, or from 50"),
        (("trajectory_start:=soon",), "Parameter 'trajectory_start'"),
    ],
    ids=str,
)
def test_what_is_not_allowed_is_one_sentence(
    domain: int, parameters: tuple[str, ...], words: str
) -> None:
    with running("reaction", *parameters) as process:
        assert process.process.wait(120) == 1
        process.stop(signal.SIGTERM)
    assert words in process.text and "Traceback" not in process.text


def test_one_name_is_not_published_on_twice(model: Path, domain: int) -> None:
    given = f"model:={model}", "command_rate:=100.0"
    with running("reaction", *given, remapped="joint_states:=joint_command") as process:
        assert process.process.wait(120) == 1
    assert "'joint_states' is published as 'joint_command' already" in process.text


def test_trajectories_may_start_when_they_arrive(model: Path, harness: Harness) -> None:
    seen = len(harness.received["joint_trajectory"])
    with running("reaction", f"model:={model}", "trajectory_start:=at_once") as process:
        harness.wait(
            lambda: (
                0 in harness.stamps("joint_trajectory", seen) or process.process.poll() is not None
            )
        )
        assert process.process.poll() is None, process.text
