"""Messages of any content to a running node, over DDS: it lives, and what it publishes is finite
and within every limit.

REMOGEN_FUZZ_MESSAGES says how many of each type, 10000 for a long look. The functions behind the
topics are tried with more than that at every run (test/perception/test_fuzz.py).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import Point, PoseStamped, TransformStamped
from nav_msgs.msg import OccupancyGrid
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header, String
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import Marker, MarkerArray

from remogen_msgs.msg import Skeleton, SkeletonArray
from remogen_ros.embodiment.avatar import AVATAR_JOINT_NAMES, AvatarEmbodiment
from remogen_ros.embodiment.guard_config import GuardConfig
from remogen_ros.nodes.stamps import time_message
from test.nodes.fuzzing import (
    assert_ego_no_faster_than,
    assert_joints_within,
    assert_paths_within,
)
from test.nodes.harness import Harness, NodeProcess, running
from test.nodes.test_reaction_live import numbers
from test.perception import test_fuzz as drawn

MESSAGES = int(os.environ.get("REMOGEN_FUZZ_MESSAGES", "150"))
PAUSE_S = 0.004
FRAMES = ("odom", "odom", "odom", "camera", "", "a", "b", "/a")
MOST_SAID = 60
"""Lines of the log: what is wrong is said once in a while, not for every message. tf2's own are
not counted, which says it of every transform."""

Random = np.random.Generator


def header(random: Random) -> Header:
    """Mostly of now, in a frame that is known."""
    stamp = time.time_ns() - int(random.choice((0, 0, 0, 50_000_000, -50_000_000, 10**10)))
    if random.random() < 0.1:
        stamp = int(random.choice((0, 1, 2**31 * 10**9 - 1)))
    return Header(stamp=time_message(stamp), frame_id=str(random.choice(FRAMES)))


def points(positions: list[Any]) -> list[Point]:
    return [Point(x=p.x, y=p.y, z=p.z) for p in positions]


def markers(random: Random) -> MarkerArray:
    message = MarkerArray()
    common = header(random)
    for one in drawn.markers(random).markers:
        marker = Marker(id=one.id, action=one.action, header=common)
        marker.pose.position = points([one.pose.position])[0]
        message.markers.append(marker)
    return message


def skeletons(random: Random) -> SkeletonArray:
    bodies = []
    for one in drawn.skeletons(random).skeletons:
        confidences = np.clip(one.confidences, -3e38, 3e38).astype(np.float32)
        bodies.append(
            Skeleton(
                body_id=one.body_id,
                joint_names=[str(name) for name in one.joint_names],
                positions=points(one.positions),
                confidences=confidences,
            )
        )
    return SkeletonArray(header=header(random), skeletons=bodies)


def cloud(random: Random) -> PointCloud2:
    one = drawn.clouds(random)
    fields = [
        PointField(name=f.name, offset=f.offset, datatype=f.datatype, count=f.count)
        for f in one.fields
    ]
    return PointCloud2(
        header=header(random),
        height=one.height,
        width=one.width,
        fields=fields,
        is_bigendian=one.is_bigendian,
        point_step=one.point_step,
        row_step=one.row_step % 2**32,
        data=one.data,
    )


def goal(random: Random) -> PoseStamped:
    message = PoseStamped(header=header(random))
    position = message.pose.position
    position.x, position.y, position.z = drawn.numbers(random, 3).tolist()
    return message


def intent(random: Random) -> String:
    return String(data=str(random.choice((*drawn.NAMES, "wave", "x" * 10_000))))


def frames(random: Random) -> TFMessage:
    message = TFMessage()
    for _ in range(random.integers(0, 4)):
        transform = TransformStamped(header=header(random))
        transform.child_frame_id = str(random.choice(("", "a", "b", "/a", "\n")))
        moved, turned = transform.transform.translation, transform.transform.rotation
        moved.x, moved.y, moved.z = drawn.numbers(random, 3).tolist()
        turned.x, turned.y, turned.z, turned.w = drawn.numbers(random, 4).tolist()
        message.transforms.append(transform)
    return message


def flat_map(random: Random) -> OccupancyGrid:
    message = OccupancyGrid(header=header(random))
    info = message.info
    info.width, info.height = (int(n) for n in random.integers(0, 30, 2))
    info.resolution = float(np.float32(drawn.numbers(random, 1)[0].clip(-3e38, 3e38)))
    at, turn = info.origin.position, info.origin.orientation
    at.x, at.y, at.z = drawn.numbers(random, 3).tolist()
    turn.x, turn.y, turn.z, turn.w = drawn.numbers(random, 4).tolist()
    count = info.width * info.height + int(random.integers(-1, 2))
    message.data = random.integers(-128, 128, max(count, 0)).astype(np.int8)
    return message


KINDS: dict[str, tuple[type, Any]] = {
    "body_tracking_data": (MarkerArray, markers),
    "skeletons": (SkeletonArray, skeletons),
    "points": (PointCloud2, cloud),
    "map": (OccupancyGrid, flat_map),
    "goal": (PoseStamped, goal),
    "intent": (String, intent),
    "/tf": (TFMessage, frames),
}


@pytest.fixture(scope="module")
def node(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    with running("reaction", f"model:={model}", "guard.stop_after_s:=0.0") as process:
        harness.wait(lambda: harness.received["reaction"] or process.process.poll() is not None)
        assert process.process.poll() is None, process.text
        harness.send_camera()
        yield process


@pytest.mark.parametrize("topic", KINDS)
def test_the_node_outlives_any_message(topic: str, node: NodeProcess, harness: Harness) -> None:
    message_type, draw = KINDS[topic]
    # The map is asked for as map_server offers it, to who comes later, too.
    qos = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    publisher = harness.node.create_publisher(message_type, topic, qos)
    harness.wait(lambda: publisher.get_subscription_count() > 0)
    random = np.random.default_rng(0)
    first = {name: len(messages) for name, messages in harness.received.items()}
    for _ in range(MESSAGES):
        publisher.publish(draw(random))
        time.sleep(PAUSE_S)
    harness.wait_for_new(5)
    harness.node.destroy_publisher(publisher)
    assert node.process.poll() is None, node.text
    for name in ("reaction", "joint_states", "root_pose", "joint_trajectory"):
        for message in harness.received[name][-5:]:
            assert np.isfinite(list(numbers(message))).all(), name
    joints = harness.received["joint_states"][first["joint_states"] :]
    assert len(joints) >= 5
    assert_joints_within(joints, AVATAR_JOINT_NAMES, AvatarEmbodiment.limits)
    paths = harness.received["joint_trajectory"][first["joint_trajectory"] :]
    assert_paths_within(paths, AvatarEmbodiment.limits)
    reactions = harness.received["reaction"][first["reaction"] :]
    assert_ego_no_faster_than(reactions, GuardConfig())
    assert np.isfinite([value for m in reactions for value in numbers(m)]).all()


def test_after_all_that_somebody_is_seen_and_little_was_said(
    node: NodeProcess, harness: Harness
) -> None:
    harness.wait(
        lambda: harness.received["reaction"][-1].partner_id == "42",
        lambda: harness.send_body((1.0, 0.0), ids=list(range(4200, 4232))),
    )
    assert "Traceback" not in node.text and "RuntimeWarning" not in node.text
    said = [line for line in node.lines if "[reaction]" in line]
    assert len(said) < MOST_SAID + MESSAGES // 20, node.text
