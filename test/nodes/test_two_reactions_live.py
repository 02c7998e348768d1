"""Two nodes in one graph react to one tracker, each with topics and frames of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped
from rclpy.time import Time
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger
from tf2_ros import Buffer, TransformListener

from remogen_msgs.msg import Reaction
from remogen_ros.bringup.bringups import REACTION
from remogen_ros.cli.processes import ProcessGroup
from test.nodes.harness import Harness

Said = dict[str, list[str]]

SIDES = ("left", "right")
PLACES = {"left": (0.0, 2.0), "right": (0.0, -2.0)}
"""Where each ego stands at first; the person stands between and ahead."""

PERSON = (3.0, 0.0)
IDS = list(range(4200, 4232))
"""Of the markers of body 42."""


@pytest.fixture(scope="module")
def said(model: Path, harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Said]:
    """What the nodes of both sides say: two bring-ups, whose TF is one, as the tracker's."""
    said: Said = {side: [] for side in SIDES}
    folder = tmp_path_factory.mktemp("sides")
    harness.send_camera()
    with ExitStack() as stack:
        groups = []
        for side in SIDES:
            params = folder / f"{side}.yaml"
            place = f"[{PLACES[side][0]}, {PLACES[side][1]}, 0.0]"
            params.write_text(f"/**: {{ros__parameters: {{start_pose: {place}}}}}\n")
            values = REACTION.values(
                {
                    **{"namespace": side, "frame_prefix": f"{side}/", "shared_tf": "true"},
                    **{"tracker": "azure_kinect", "tracker_topic": "/body_tracking_data"},
                    **{"model": str(model), "backend": "eager", "params_file": str(params)},
                }
            )
            group = ProcessGroup(
                REACTION, values, lambda _, line, side=side: said[side].append(line)
            )
            groups.append(stack.enter_context(group))
        for side in SIDES:
            harness.listen(Reaction, f"/{side}/reaction")
            harness.listen(JointState, f"/{side}/joint_states")
            harness.listen(PoseStamped, f"/{side}/root_pose")
        # Seen by a camera, whose place only TF tells.
        harness.wait(
            lambda: all(partners(harness, side)[-1:] == ["42"] for side in SIDES),
            lambda: harness.send_body(PERSON, IDS),
        )
        assert all(group.ended() is None for group in groups)
        yield said


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


def test_both_tick_and_react_to_the_same_person(said: Said, harness: Harness) -> None:
    for side in SIDES:
        first = len(harness.received[f"/{side}/reaction"])
        harness.wait_for_new(10, f"/{side}/reaction", lambda: harness.send_body(PERSON, IDS))
        stamps = harness.stamps(f"/{side}/reaction", first)
        assert (np.diff(stamps) > 0).all()
        # A machine that stands still for a second loses the person for as long.
        harness.wait(
            lambda side=side: partners(harness, side)[-1] == "42",
            lambda: harness.send_body(PERSON, IDS),
        )
        assert set(partners(harness, side)[first:]) - {""} == {"42"}
    # Nothing goes out where a node without a namespace would say it.
    assert not harness.received["reaction"] and not harness.received["joint_states"]
    assert not harness.received["root_pose"] and not harness.received["joint_trajectory"]


def test_each_has_frames_of_its_own_at_its_own_place(said: Said, harness: Harness) -> None:
    roots: dict[str, list[Any]] = {}
    for message in harness.received["/tf"]:
        for transform in message.transforms:
            side, _, link = transform.child_frame_id.partition("/")
            assert side in SIDES and link
            # One tree a side: what is not the root hangs below it.
            if link != "pelvis":
                assert transform.header.frame_id.startswith(f"{side}/")
                continue
            assert transform.header.frame_id == "odom"
            roots.setdefault(transform.child_frame_id, []).append(transform.transform.translation)
    assert set(roots) == {"left/pelvis", "right/pelvis"}
    buffer = Buffer(node=harness.node)
    listener = TransformListener(buffer, harness.node)
    for side in SIDES:
        for link in ("head", "left_wrist", "right_foot"):
            frame = f"{side}/{link}"
            harness.wait(lambda frame=frame: buffer.can_transform("odom", frame, Time()))
    listener.unregister()
    for side in SIDES:
        poses = harness.received[f"/{side}/root_pose"]
        # From where it was put, and no faster than the guard allows; TF says the same.
        assert np.linalg.norm(place(poses[0]) - PLACES[side]) < 1.0
        on_tf = {(p.x, p.y) for p in roots[f"{side}/pelvis"]}
        others = {(p.x, p.y) for s in SIDES if s != side for p in roots[f"{s}/pelvis"]}
        assert len(on_tf & {tuple(place(p)) for p in poses}) > 3
        assert not on_tf & others


def test_what_is_told_to_one_is_not_told_to_the_other(said: Said, harness: Harness) -> None:
    goals = harness.node.create_publisher(PoseStamped, "/left/goal", 1)
    goal = PoseStamped()
    goal.header.frame_id = "odom"
    goal.pose.position.x = 1.0
    harness.wait(
        lambda: int(status(harness, "left").get("received.goal", 0)) > 0,
        lambda: goals.publish(goal),
    )
    assert int(status(harness, "right").get("received.goal", 0)) == 0
    assert harness.call(Trigger, "/left/reaction/hold", Trigger.Request()).success
    harness.wait(lambda: int(status(harness, "left").get("guard.held", 0)) > 5)
    assert int(status(harness, "right").get("guard.held", 0)) == 0
    held = harness.wait_for_new(5, "/left/joint_states")
    assert np.ptp([message.position for message in held], axis=0).max() < 1e-6
    moving = harness.wait_for_new(5, "/right/joint_states")
    assert np.ptp([message.position for message in moving], axis=0).max() > 1e-6
    assert not any("Traceback" in line for lines in said.values() for line in lines)
