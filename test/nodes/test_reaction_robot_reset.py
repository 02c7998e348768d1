"""A robot is never told to jump: not when time does, nor when the node is activated anew."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from numpy.typing import NDArray

from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.nodes.stamps import nanoseconds
from test.nodes.harness import PATIENCE_S, Harness, NodeProcess, running
from test.nodes.test_reaction_simulated_time import SimulatedClock

ROOT_SPEED = 1.0


@pytest.fixture(scope="module")
def node(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    with running(
        "reaction",
        f"model:={model}",
        "embodiment:=unitree_g1",
        "use_sim_time:=true",
        "start_pose:=[1.0, 2.0, 0.5]",
        f"guard.max_root_speed:={ROOT_SPEED}",
    ) as process:
        yield process
        assert process.stop(signal.SIGTERM) == 0
        assert "Traceback" not in process.text


@pytest.fixture(scope="module")
def clock(harness: Harness) -> SimulatedClock:
    return SimulatedClock(harness)


def joints(harness: Harness) -> NDArray[np.float64]:
    return np.array([state.position for state in harness.received["joint_states"]])


def floor_places(harness: Harness) -> NDArray[np.float64]:
    poses = [message.pose.position for message in harness.received["root_pose"]]
    return np.array([(place.x, place.y) for place in poses])


def assert_nothing_jumped(harness: Harness, since: int) -> None:
    fastest = RobotModel.load("unitree_g1").velocity
    turns = np.abs(np.diff(joints(harness)[since:], axis=0))
    assert (turns <= 0.1 * fastest + 1e-6).all()
    # The pelvis sinks and sways a little between the ego's and the robot's.
    steps = np.linalg.norm(np.diff(floor_places(harness)[since:], axis=0), axis=1)
    assert steps.max() <= 0.1 * ROOT_SPEED + 0.02


def moved_on(harness: Harness, clock: SimulatedClock, ticks: int) -> None:
    first = len(harness.received["joint_states"])
    harness.wait(
        lambda: (
            len(harness.received["joint_states"]) >= first + ticks
            and len(harness.received["root_pose"]) >= first + ticks
        ),
        clock.advance,
    )


def test_time_jumps_and_the_robot_does_not(
    node: NodeProcess, harness: Harness, clock: SimulatedClock
) -> None:
    harness.wait(lambda: harness.received["joint_states"], clock.advance)
    moved_on(harness, clock, 40)
    before = len(harness.received["joint_states"])
    clock.seconds = 900.0
    moved_on(harness, clock, 10)
    stamps = [nanoseconds(s.header.stamp) for s in harness.received["joint_states"][before - 1 :]]
    assert min(np.diff(stamps)) < 0
    assert "put the ego back to its start" in node.text
    assert_nothing_jumped(harness, since=before - 5)


def test_nor_does_it_when_the_node_is_activated_anew(
    node: NodeProcess, harness: Harness, clock: SimulatedClock
) -> None:
    moved_on(harness, clock, 20)
    for transition in (Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_ACTIVATE):
        client = harness.node.create_client(ChangeState, "reaction/change_state")
        assert client.wait_for_service(PATIENCE_S)
        request = ChangeState.Request(transition=Transition(id=transition))
        future = client.call_async(request)
        harness.wait(future.done)
        assert future.result().success
        harness.node.destroy_client(client)
    before = len(harness.received["joint_states"])
    moved_on(harness, clock, 10)
    assert_nothing_jumped(harness, since=before - 5)
