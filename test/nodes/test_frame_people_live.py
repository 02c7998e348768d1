"""The node and people who are frames on TF, over DDS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from geometry_msgs.msg import TransformStamped
from tf2_ros import TransformBroadcaster
from visualization_msgs.msg import Marker, MarkerArray

from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.perception.joint_mapping import shipped_joint_map
from test.nodes.harness import Harness, NodeProcess, running
from test.perception.bodies import STANDING, on_tracker

HERE = np.array((1.5, 0.5, 0.0))
XSENS = shipped_joint_map("xsens")


def frames(harness: Harness, positions: np.ndarray, body: str) -> list[TransformStamped]:
    """One body as the Xsens driver names its frames, at this moment, in the world."""
    transforms = []
    for name, position in zip(XSENS.joints, positions, strict=True):
        transform = TransformStamped(child_frame_id=f"{body}_{name}")
        transform.header.frame_id = "odom"
        transform.header.stamp = harness.now()
        moved = transform.transform.translation
        moved.x, moved.y, moved.z = map(float, position)
        transform.transform.rotation.w = 1.0
        transforms.append(transform)
    for transform in transforms[1:]:
        transform.header.stamp = transforms[0].header.stamp
    return transforms


def partner(harness: Harness) -> str:
    return harness.received["reaction"][-1].partner_id


def links(harness: Harness, names: tuple[str, ...]) -> list[TransformStamped]:
    """A robot's links as robot_state_publisher broadcasts them, at this moment."""
    stamp = harness.now()
    transforms = []
    for height, name in enumerate(names):
        transform = TransformStamped(child_frame_id=name)
        transform.header.frame_id, transform.header.stamp = "odom", stamp
        transform.transform.translation.z = 0.05 * height
        transform.transform.rotation.w = 1.0
        transforms.append(transform)
    return transforms


def test_a_robot_is_not_its_own_partner(model: Path, harness: Harness) -> None:
    names = RobotModel.load("unitree_g1").description.joints
    broadcaster = TransformBroadcaster(harness.node)

    def send() -> None:
        own = tuple(name.replace("_joint", "_link") for name in names)
        broadcaster.sendTransform(links(harness, own))

    with running("reaction", f"model:={model}", "tracker:=tf", "embodiment:=unitree_g1") as node:
        harness.wait(lambda: harness.received["reaction"] or node.process.poll() is not None)
        assert node.process.poll() is None, node.text
        # It is known by its frames, and yet nobody is there.
        harness.wait(lambda: "no frame of a person" in node.text, send)
        harness.wait(lambda: "left_hip_pitch_link" in node.text, send)
        harness.wait_for_new(10, act=send)
        assert harness.status()["partner_state"] == "never" and partner(harness) == ""
    harness.received["reaction"].clear()


@pytest.fixture(scope="module")
def on_tf(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    with running("reaction", f"model:={model}", "tracker:=tf", "joint_map:=xsens") as process:
        harness.wait(lambda: harness.received["reaction"] or process.process.poll() is not None)
        assert process.process.poll() is None, process.text
        yield process
        assert "Traceback" not in process.text


def test_nobody_on_tf_is_said_with_the_frames_that_are_looked_for(
    on_tf: NodeProcess, harness: Harness
) -> None:
    harness.wait(lambda: "<body>_pelvis" in on_tf.text)


def test_a_body_on_tf_is_found_and_shown_where_it_is(on_tf: NodeProcess, harness: Harness) -> None:
    broadcaster = TransformBroadcaster(harness.node)
    positions = on_tracker(XSENS, STANDING + HERE)

    def send() -> None:
        broadcaster.sendTransform(frames(harness, positions, "suit"))

    harness.wait(lambda: partner(harness) == "suit", send)
    harness.listen(MarkerArray, "markers")

    def markers() -> list[Marker]:
        newest = harness.received["markers"][-1:]
        return [m for each in newest for m in each.markers if "suit" in m.ns and m.points]

    shown = [(p.x, p.y, p.z) for marker in harness.wait(markers, send) for p in marker.points]
    nearest = np.linalg.norm(np.array(shown) - (STANDING[0] + HERE), axis=1).min()
    assert nearest < 0.03
    harness.wait(lambda: harness.count("received./tf") > 0, send)


def test_frames_that_stop_are_a_person_who_left(on_tf: NodeProcess, harness: Harness) -> None:
    harness.wait(lambda: partner(harness) == "")


def test_frames_that_never_move_are_nobody(on_tf: NodeProcess, harness: Harness) -> None:
    first = len(harness.received["reaction"])
    harness.send_static(frames(harness, on_tracker(XSENS), "statue"))
    harness.wait(lambda: "'statue' never move" in on_tf.text)
    harness.wait_for_new(3)
    assert "statue" not in {m.partner_id for m in harness.received["reaction"][first:]}
