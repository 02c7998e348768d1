"""The node as a process, sensors and a listener around it, over DDS."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped
from lifecycle_msgs.msg import Transition
from rcl_interfaces.msg import SetParametersResult
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import String

from remogen_ros.embodiment.urdf import avatar_urdf
from test.nodes.harness import CAMERA, PATIENCE_S, Harness, NodeProcess, running

PERIOD_NS = 100_000_000
WALL = np.array([(1.05, y, z) for y in np.arange(-1, 1, 0.05) for z in np.arange(-0.8, 0.8, 0.05)])


@pytest.fixture(scope="module")
def node(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    # Clouds come now and then here, and the ego is to go on.
    with running(
        "reaction", f"model:={model}", "guard.cloud_timeout_s:=0.0", "guard.stop_after_s:=0.0"
    ) as process:
        harness.wait(lambda: harness.received["reaction"] or process.process.poll() is not None)
        assert process.process.poll() is None, process.text
        harness.send_camera()
        yield process
        assert process.stop(signal.SIGTERM) == 0
        assert "Traceback" not in process.text


def set_parameter(harness: Harness, name: str, value: float | str) -> SetParametersResult:
    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    return harness.call(SetParameters, "reaction/set_parameters", request).results[0]


def numbers(message: Any) -> Iterator[float]:
    """Every floating-point number in a message."""
    if isinstance(message, float):
        yield message
    elif hasattr(message, "get_fields_and_field_types"):
        for field in message.get_fields_and_field_types():
            yield from numbers(getattr(message, field))
    elif hasattr(message, "__iter__") and not isinstance(message, (str, bytes)):
        for item in message:
            yield from numbers(item)


def test_idles_at_ten_hertz_when_nobody_is_there(node: NodeProcess, harness: Harness) -> None:
    messages = harness.wait_for_new(12)
    stamps = [m.header.stamp.sec * 10**9 + m.header.stamp.nanosec for m in messages]
    steps = np.diff(stamps)
    # A busy machine may miss ticks; but every tick is on the grid, and none comes twice.
    assert (steps > 0).all()
    assert (steps % PERIOD_NS == 0).all()
    assert all(m.partner_id == "" and m.source_stamp.sec == 0 for m in messages)
    indices = [m.frame_index for m in messages]
    assert indices == list(range(indices[0], indices[0] + len(indices)))


def test_publishes_only_finite_numbers_and_unit_quaternions(
    node: NodeProcess, harness: Harness
) -> None:
    for topic in ("reaction", "joint_states", "root_pose", "joint_trajectory", "/tf"):
        for message in harness.wait_for_new(2, topic):
            assert np.isfinite(list(numbers(message))).all(), topic
    reaction = harness.received["reaction"][-1]
    rotations = [reaction.root_pose.orientation, *reaction.joint_rotations]
    rotations += [
        *reaction.horizon_joint_rotations,
        harness.received["root_pose"][-1].pose.orientation,
    ]
    norms = [np.linalg.norm((q.x, q.y, q.z, q.w)) for q in rotations]
    np.testing.assert_allclose(norms, 1.0, atol=1e-5)


def test_joint_names_are_those_of_the_urdf(node: NodeProcess, harness: Harness) -> None:
    urdf = ElementTree.fromstring(avatar_urdf())
    movable = {joint.get("name") for joint in urdf.iter("joint") if joint.get("type") != "fixed"}
    (state,) = harness.wait_for_new(1, "joint_states")
    assert set(state.name) == movable
    assert len(state.name) == len(state.position) == len(state.velocity) == 63
    (trajectory,) = harness.wait_for_new(1, "joint_trajectory")
    assert trajectory.joint_names == state.name
    times = [p.time_from_start.sec + p.time_from_start.nanosec / 1e9 for p in trajectory.points]
    assert len(times) >= 2 and times[0] > 0 and (np.diff(times) > 0).all()
    assert not any(trajectory.points[-1].velocities)


def test_broadcasts_the_root_and_the_same_as_a_pose(node: NodeProcess, harness: Harness) -> None:
    (transforms,) = harness.wait_for_new(1, "/tf")
    (root,) = transforms.transforms
    assert (root.header.frame_id, root.child_frame_id) == ("odom", "pelvis")
    harness.wait(
        lambda: any(p.header.stamp == root.header.stamp for p in harness.received["root_pose"])
    )
    pose = next(p for p in harness.received["root_pose"] if p.header.stamp == root.header.stamp)
    assert pose.pose.position.z == root.transform.translation.z
    assert pose.pose.orientation == root.transform.rotation


def test_reacts_to_a_person_and_idles_again_when_lost(node: NodeProcess, harness: Harness) -> None:
    harness.wait(lambda: harness.received["reaction"][-1].partner_id == "1", harness.send_body)
    seen = next(m for m in reversed(harness.received["reaction"]) if m.partner_id == "1")
    assert seen.source_stamp.sec > 0
    assert 0 <= seen.input_age_ms < 1000 * PATIENCE_S
    harness.wait(lambda: harness.count("received.body_tracking_data") > 0)
    # Nobody for five seconds: back to idling, and ready when the person comes back.
    harness.wait(lambda: harness.received["reaction"][-1].partner_id == "")
    time.sleep(5.0)
    assert harness.status()["partner_state"] == "lost"
    assert harness.received["reaction"][-1].partner_id == ""
    harness.wait(lambda: harness.received["reaction"][-1].partner_id == "1", harness.send_body)


def test_one_person_before_two_trackers_is_one_partner(node: NodeProcess, harness: Harness) -> None:
    """The first tracker is believed, the other left out, which is said once; until it is alone."""

    stamps = []

    def both() -> None:
        # The skeleton is one message late, so that it is never what was heard last of the person.
        harness.send_skeleton((1.6, 0.1), "seven", stamps[-1])
        stamps.append(harness.now())
        harness.send_body((1.5, 0.0), stamp=stamps[-1])

    harness.wait(lambda: harness.received["reaction"][-1].partner_id == "1", harness.send_body)
    stamps.append(harness.now())
    harness.wait(lambda: "sees the same person" in node.text, both)
    assert {m.partner_id for m in harness.wait_for_new(10, act=both)} - {""} == {"1"}
    assert node.text.count("sees the same person") == 1
    (sentence,) = (line for line in node.text.splitlines() if "sees the same person" in line)
    assert "topic 'skeletons'" in sentence and "'body_tracking_data'" in sentence
    assert "seven" in sentence
    harness.wait(lambda: harness.received["reaction"][-1].partner_id == "1", both)
    harness.wait(
        lambda: harness.received["reaction"][-1].partner_id == "seven",
        lambda: harness.send_skeleton((1.6, 0.1), "seven"),
    )


def test_unknown_joint_ids_are_said_and_left_out(node: NodeProcess, harness: Harness) -> None:
    harness.wait(
        lambda: "name no joint" in node.text, lambda: harness.send_body(ids=[100, 1077, -3])
    )
    assert "body_tracking_data" in node.text
    harness.wait_for_new(3)


def test_a_cloud_becomes_the_room(node: NodeProcess, harness: Harness) -> None:
    harness.listen(PointCloud2, "occupancy")
    harness.wait(lambda: harness.received["occupancy"], lambda: harness.send_cloud(WALL))
    room = harness.received["occupancy"][-1]
    points = np.frombuffer(bytes(room.data), np.float32).reshape(-1, 3)
    assert room.header.frame_id == "odom"
    # The wall stands 1.05 m ahead of the camera, which is 1 m above the floor.
    np.testing.assert_allclose(points[:, 0], 1.05, atol=0.051)
    assert 0.2 < points[:, 2].mean() < 1.8


@pytest.mark.parametrize(
    "send, key",
    [
        (lambda h: h.send_cloud(np.zeros((0, 3))), "dropped.points.empty"),
        (lambda h: h.send_cloud(np.full((50, 3), np.nan)), "dropped.points.no_finite_point"),
        (lambda h: h.send_cloud(WALL, "nowhere"), "dropped.points.no_transform"),
        (lambda h: h.send_broken_cloud(), "dropped.points.malformed"),
    ],
    ids=["empty", "nan", "no transform", "broken"],
)
def test_bad_clouds_are_counted_and_change_nothing(
    node: NodeProcess, harness: Harness, send: Any, key: str
) -> None:
    harness.wait(lambda: harness.count(key) > 0, lambda: send(harness))
    for message in harness.wait_for_new(2):
        assert np.isfinite(list(numbers(message))).all()


def test_a_missing_transform_is_said_with_topic_and_frames(
    node: NodeProcess, harness: Harness
) -> None:
    harness.wait(
        lambda: "no transform from its frame 'nowhere'" in node.text,
        lambda: harness.send_cloud(WALL, "nowhere"),
    )
    line = next(line for line in node.lines if "'nowhere'" in line)
    assert "topic 'points'" in line and "fixed frame 'odom'" in line


def test_a_goal_is_taken_into_the_fixed_frame(node: NodeProcess, harness: Harness) -> None:
    publisher = harness.node.create_publisher(PoseStamped, "goal", 1)
    goal = PoseStamped()
    goal.header.frame_id = CAMERA
    goal.pose.position.x = 2.0
    # The camera is 1 m above the floor.
    harness.wait(
        lambda: harness.status().get("goal") == "2.000 0.000 1.000",
        lambda: publisher.publish(goal),
    )
    goal.pose.position.x = 1e300  # finite, but not as the generator's float32
    goal.pose.position.y = float("nan")
    harness.wait(lambda: harness.count("dropped.goal.malformed"), lambda: publisher.publish(goal))
    goal.pose.position.y = 0.0
    harness.wait_for_new(12, act=lambda: publisher.publish(goal))
    assert harness.status()["goal"] == "2.000 0.000 1.000"


def test_an_intent_is_understood_beside_the_ticks(node: NodeProcess, harness: Harness) -> None:
    publisher = harness.node.create_publisher(String, "intent", 1)
    harness.wait(
        lambda: harness.status().get("intent") == "wave back",
        lambda: publisher.publish(String(data="wave back")),
    )
    harness.wait_for_new(10)


def test_stamps_of_another_clock_are_said(node: NodeProcess, harness: Harness) -> None:
    old = harness.now()
    old.sec -= 3600
    harness.wait(
        lambda: "behind this node's clock" in node.text, lambda: harness.send_body(stamp=old)
    )
    assert CAMERA not in node.text.split("behind this node's clock")[1].split("\n")[0]


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf"), 2.5])
def test_a_weight_out_of_range_is_refused_by_name(
    node: NodeProcess, harness: Harness, weight: float
) -> None:
    before = harness.wait_for_new(1)[0].adapter_weights
    result = set_parameter(harness, "adapter_weights.hhi", weight)
    assert not result.successful
    assert "adapter_weights.hhi" in result.reason
    assert list(harness.wait_for_new(2)[-1].adapter_weights) == list(before)


def test_weights_reach_the_reaction(node: NodeProcess, harness: Harness) -> None:
    def mix() -> dict[str, float]:
        reaction = harness.received["reaction"][-1]
        return dict(zip(reaction.adapter_names, reaction.adapter_weights, strict=True))

    for weight in (0.25, 0.75):
        assert set_parameter(harness, "adapter_weights.hsi", weight).successful
        harness.wait(lambda weight=weight: mix()["hsi"] == pytest.approx(weight))
        harness.wait_for_new(3)
        assert mix()["hsi"] == pytest.approx(weight)


def test_weights_follow_what_is_around_while_the_mix_is_automatic(
    node: NodeProcess, harness: Harness
) -> None:
    for weight in ("hhi", "hsi"):
        assert set_parameter(harness, f"adapter_weights.{weight}", 0.5).successful
    assert not set_parameter(harness, "mix", "shaken").successful
    assert set_parameter(harness, "mix", "auto").successful
    try:
        # With nobody there, the two share the weight, whatever of the room is known by now.
        harness.wait(lambda: sum(harness.wait_for_new(1)[-1].adapter_weights) == pytest.approx(0.5))

        def said() -> float:
            status = harness.status()
            assert status.get("mix") in ("fixed", "auto")
            return sum(float(status[f"weight.{name}"]) for name in ("hhi", "hsi"))

        # A status may have been made between the change and the first tick after it.
        harness.wait(lambda: said() == pytest.approx(0.5, abs=1e-4))
        assert harness.status()["mix"] == "auto"
    finally:
        set_parameter(harness, "mix", "fixed")
    harness.wait(lambda: list(harness.received["reaction"][-1].adapter_weights) == [0.5, 0.5])


def test_whom_to_react_to_is_chosen_while_it_runs(node: NodeProcess, harness: Harness) -> None:
    def act() -> None:
        harness.send_body((1.0, 0.0), list(range(4200, 4232)))
        harness.send_skeleton((3.0, 1.0), "anna")

    def reacts_to(name: str) -> None:
        harness.wait(lambda: harness.received["reaction"][-1].partner_id == name, act)

    reacts_to("42")
    refused = set_parameter(harness, "partner.policy", "everyone")
    assert not refused.successful
    assert refused.reason == (
        "Parameter 'partner.policy' must be nearest, locked, all or id:<x>, not 'everyone'."
    )
    assert not set_parameter(harness, "partner.fresh_s", 0.3).successful
    try:
        assert set_parameter(harness, "partner.policy", "id:anna").successful
        reacts_to("anna")
        # Nobody but her; a machine that stands still for a second loses everybody for as long.
        assert {m.partner_id for m in harness.wait_for_new(5, act=act)} - {""} == {"anna"}
    finally:
        assert set_parameter(harness, "partner.policy", "nearest").successful
    reacts_to("42")


def test_what_is_fixed_at_the_start_is_read_only(node: NodeProcess, harness: Harness) -> None:
    result = set_parameter(harness, "tf_wait_s", 1.0)
    assert not result.successful
    assert "tf_wait_s" in result.reason


def test_deactivates_and_activates_again(node: NodeProcess, harness: Harness) -> None:
    reactions = harness.received["reaction"]
    harness.change_state(Transition.TRANSITION_DEACTIVATE)
    harness.wait_for_new(2, "/diagnostics")
    published = len(reactions)
    harness.wait_for_new(2, "/diagnostics")
    assert len(reactions) == published
    harness.change_state(Transition.TRANSITION_ACTIVATE)
    harness.wait(lambda: len(reactions) > published)
    assert reactions[published].frame_index == 0
