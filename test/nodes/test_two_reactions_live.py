"""Two nodes in one graph react to one tracker, each with topics and frames of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from remogen_msgs.msg import Reaction
from test.nodes.harness import Harness, NodeProcess, running

SIDES = ("left", "right")
PLACES = {"left": (0.0, 2.0), "right": (0.0, -2.0)}
"""Where each ego stands at first; the person stands between and ahead."""

PERSON = (3.0, 0.0)


@pytest.fixture(scope="module")
def nodes(model: Path, harness: Harness) -> Iterator[dict[str, NodeProcess]]:
    with ExitStack() as stack:
        started = {
            side: stack.enter_context(
                running(
                    *("reaction", f"model:={model}", "backend:=eager", "tracker:=native"),
                    *("tracker_topic:=/skeletons", f"frame_prefix:={side}/"),
                    f"start_pose:=[{PLACES[side][0]}, {PLACES[side][1]}, 0.0]",
                    namespace=f"/{side}",
                )
            )
            for side in SIDES
        }
        for side in SIDES:
            harness.listen(Reaction, f"/{side}/reaction")
            harness.listen(JointState, f"/{side}/joint_states")
            harness.listen(PoseStamped, f"/{side}/root_pose")
        harness.wait(
            lambda: all(partners(harness, side)[-1:] == ["anna"] for side in SIDES),
            lambda: harness.send_skeleton(PERSON, "anna"),
        )
        assert all(node.process.poll() is None for node in started.values())
        yield started


def partners(harness: Harness, side: str) -> list[str]:
    return [message.partner_id for message in harness.received[f"/{side}/reaction"]]


def status(harness: Harness, side: str) -> dict[str, str]:
    """Key-value pairs of the newest diagnostics of one node."""
    for message in reversed(harness.received["/diagnostics"]):
        for each in message.status:
            if each.name.startswith(f"{side}/"):
                return {pair.key: pair.value for pair in each.values}
    return {}


def place(message: PoseStamped) -> np.ndarray:
    return np.array((message.pose.position.x, message.pose.position.y))


def test_both_tick_and_react_to_the_same_person(
    nodes: dict[str, NodeProcess], harness: Harness
) -> None:
    for side in SIDES:
        first = len(harness.received[f"/{side}/reaction"])
        harness.wait_for_new(10, f"/{side}/reaction", lambda: harness.send_skeleton(PERSON, "anna"))
        stamps = harness.stamps(f"/{side}/reaction", first)
        assert (np.diff(stamps) > 0).all()
        assert partners(harness, side)[-1] == "anna"
    # Nothing goes out where a node without a namespace would say it.
    assert not harness.received["reaction"] and not harness.received["joint_states"]
    assert not harness.received["root_pose"] and not harness.received["joint_trajectory"]


def test_each_has_frames_of_its_own_at_its_own_place(
    nodes: dict[str, NodeProcess], harness: Harness
) -> None:
    roots: dict[str, list[Any]] = {}
    for message in harness.received["/tf"]:
        for transform in message.transforms:
            roots.setdefault(transform.child_frame_id, []).append(transform.transform.translation)
    assert set(roots) == {"left/pelvis", "right/pelvis"}
    for side in SIDES:
        poses = harness.received[f"/{side}/root_pose"]
        # From where it was put, and no faster than the guard allows; TF says the same.
        assert np.linalg.norm(place(poses[0]) - PLACES[side]) < 1.0
        on_tf = {(p.x, p.y) for p in roots[f"{side}/pelvis"]}
        others = {(p.x, p.y) for s in SIDES if s != side for p in roots[f"{s}/pelvis"]}
        assert len(on_tf & {tuple(place(p)) for p in poses}) > 3
        assert not on_tf & others


def test_what_is_told_to_one_is_not_told_to_the_other(
    nodes: dict[str, NodeProcess], harness: Harness
) -> None:
    goals = harness.node.create_publisher(PoseStamped, "/left/goal", 1)
    goal = PoseStamped()
    goal.header.frame_id = "odom"
    goal.pose.position.x = 1.0
    harness.wait(
        lambda: int(status(harness, "left").get("received.goal", 0)) > 0,
        lambda: goals.publish(goal),
    )
    assert int(status(harness, "right").get("received.goal", 0)) == 0
    client = harness.node.create_client(Trigger, "/left/reaction/hold")
    harness.wait(client.service_is_ready)
    answer = client.call_async(Trigger.Request())
    harness.wait(answer.done)
    assert answer.result().success
    time.sleep(1.0)
    harness.wait(lambda: int(status(harness, "left").get("guard.held", 0)) > 5)
    assert int(status(harness, "right").get("guard.held", 0)) == 0
    held = harness.wait_for_new(5, "/left/joint_states")
    assert np.ptp([message.position for message in held], axis=0).max() < 1e-6
    moving = harness.wait_for_new(5, "/right/joint_states")
    assert np.ptp([message.position for message in moving], axis=0).max() > 1e-6
    assert all("Traceback" not in node.text for node in nodes.values())
