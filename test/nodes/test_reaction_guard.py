"""The guard of the running node: where it begins, how it is held, what it says of it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from remogen_ros.embodiment.avatar import AVATAR_JOINT_NAMES
from test.nodes.harness import Harness, NodeProcess, running

MEASURED = "robot/joint_states"
KNEE, ELBOW = "left_knee_y", "left_elbow_y"
LEG = ("hip", "knee", "ankle", "foot")


@pytest.fixture(scope="module")
def node(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    with running(
        "reaction",
        f"model:={model}",
        f"guard.start_topic:={MEASURED}",
        "guard.start_s:=1.0",
        "guard.min_partner_distance:=3.0",
        "partner.policy:=id:somebody",
        "guard.cloud_timeout_s:=1.0",
        "guard.stop_after_s:=0.0",
    ) as process:
        harness.wait(lambda: harness.received["/diagnostics"] or process.process.poll() is not None)
        assert process.process.poll() is None, process.text
        yield process
        assert process.stop(signal.SIGTERM) == 0
        assert "Traceback" not in process.text


def trigger(harness: Harness, name: str) -> None:
    assert harness.call(Trigger, f"reaction/{name}", Trigger.Request()).success


def names_in(said: str) -> set[str]:
    return set(said.partition(": ")[2].partition(" (")[0].split(", ")) - {"..."}


def said(harness: Harness) -> str:
    return harness.received["/diagnostics"][-1].status[0].message


def angle(state: Any, joint: str) -> float:
    return state.position[state.name.index(joint)]


def parts() -> tuple[JointState, JointState]:
    """The avatar's legs, with a bent knee, and all its other joints, with a bent elbow."""
    legs = [name for name in AVATAR_JOINT_NAMES if any(part in name for part in LEG)]
    others = [name for name in AVATAR_JOINT_NAMES if name not in legs]
    first, second = (
        JointState(name=names, position=[1.0 if name in (KNEE, ELBOW) else 0.0 for name in names])
        for names in (legs, others)
    )
    return first, second


def test_waits_for_the_robots_joints_and_begins_from_there(
    node: NodeProcess, harness: Harness
) -> None:
    harness.wait(lambda: said(harness).startswith(f"waiting for joints on {MEASURED}: "))
    assert said(harness).endswith("(63 of 63 missing; nothing has come)")
    publisher = harness.node.create_publisher(JointState, MEASURED, 10)
    grippers = JointState(name=["gripper"], position=[0.3])
    harness.wait(
        lambda: said(harness).endswith("missing; those that come are gripper)"),
        lambda: publisher.publish(grippers),
    )
    legs, others = parts()
    waiting = harness.wait(
        lambda: (now := said(harness)).endswith("(39 of 63 missing)") and now,
        lambda: publisher.publish(legs),
    )
    assert names_in(waiting) < set(others.name)
    harness.wait(lambda: "a YAML file of its own" in node.text, lambda: publisher.publish(legs))
    unknown = JointState(name=others.name, position=[np.nan] * len(others.name))
    harness.wait_for_new(3, "/diagnostics", lambda: publisher.publish(unknown))
    assert not harness.received["joint_states"]

    def measure() -> None:
        for part in (legs, others, grippers):
            publisher.publish(part)

    states = harness.wait_for_new(5, "joint_states", measure)
    for joint in (KNEE, ELBOW):
        angles = np.array([angle(state, joint) for state in states])
        assert angles[0] == pytest.approx(1.0)
        assert states[0].velocity[states[0].name.index(joint)] == 0.0
        # smoothstep after 1 .. 4 of 10 ticks, while the ego still stands
        covered = (1.0 - angles[1:]) / (1.0 - angles[1])
        assert covered == pytest.approx(np.array([0.028, 0.104, 0.216, 0.352]) / 0.028, rel=1e-3)
    harness.wait(lambda: harness.count("guard.soft_start") == 10)


def test_is_held_and_goes_on_where_it_stopped(node: NodeProcess, harness: Harness) -> None:
    trigger(harness, "hold")
    harness.wait(lambda: said(harness) == "held by ~/hold")
    held = harness.wait_at_rest()
    assert held[0].frame_index == held[-1].frame_index
    assert held[0].root_pose == held[-1].root_pose
    assert held[0].joint_rotations == held[-1].joint_rotations
    # Stamps go on.
    assert held[-1].header.stamp.sec + held[-1].header.stamp.nanosec * 1e-9 > (
        held[0].header.stamp.sec + held[0].header.stamp.nanosec * 1e-9
    )
    count = len(harness.received["reaction"])
    trigger(harness, "resume")
    harness.wait(lambda: harness.received["reaction"][-1].frame_index > held[-1].frame_index + 8)
    after = harness.received["reaction"][count - 1 :]
    heights = np.array([m.root_pose.position.z for m in after])
    # Nothing jumps; the model is of random weights, so that its own steps may be large.
    assert np.abs(np.diff(heights[:2])).max() <= 0.4 + 1e-5
    indices = [m.frame_index for m in after]
    assert max(np.diff(indices)) == 1
    harness.wait(lambda: harness.count("guard.held") >= 3)
    harness.wait(lambda: said(harness).startswith("reacting"))


def test_nobody_is_walked_into_though_the_ego_reacts_to_somebody_else(
    node: NodeProcess, harness: Harness
) -> None:
    harness.send_camera()
    assert harness.count("guard.partner_distance") == 0
    harness.wait(
        lambda: harness.count("guard.partner_distance") > 0,
        lambda: harness.send_body(place=(0.5, 0.0)),
    )
    assert harness.status()["partner_state"] == "lost"


def test_is_held_while_clouds_that_came_have_stopped(node: NodeProcess, harness: Harness) -> None:
    assert harness.count("held.cloud") == 0
    far = np.array([(4.0, y, 0.5) for y in np.linspace(-1.0, 1.0, 50)])
    harness.wait(lambda: harness.count("received.points") > 0, lambda: harness.send_cloud(far))
    harness.wait(lambda: harness.count("held.cloud") > 0)
    harness.wait(lambda: said(harness).startswith("held while the point cloud is too old"))
    held = harness.wait_at_rest(2)
    assert held[0].frame_index == held[1].frame_index
    harness.wait(
        lambda: harness.received["reaction"][-1].frame_index > held[1].frame_index + 3,
        lambda: harness.send_cloud(far),
    )


def test_every_intervention_has_its_count(node: NodeProcess, harness: Harness) -> None:
    counts = {key for key in harness.status() if key.startswith("guard.")}
    assert counts == {
        f"guard.{name}"
        for name in (
            "not_finite",
            "held",
            "root_speed",
            "joint_speed",
            "partner_distance",
            "occupied",
            "horizon",
            "joint_limits",
            "soft_start",
        )
    }
    assert harness.count("guard.joint_limits") == 0
    held = {key for key in harness.status() if key.startswith("held.")}
    assert held == {"held.service", "held.cloud", "held.partner"}
