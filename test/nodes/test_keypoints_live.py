"""The node and keypoints by name in the native message, over DDS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from geometry_msgs.msg import Point
from visualization_msgs.msg import Marker, MarkerArray

from remogen_msgs.msg import Skeleton, SkeletonArray
from remogen_ros.motion.skeleton import ADULT
from remogen_ros.perception.axes import FROM_Y_UP
from remogen_ros.perception.joint_mapping import shipped_joint_map
from test.nodes.harness import Harness, NodeProcess, running
from test.perception.bodies import STANDING, on_tracker

HERE = np.array((1.5, 0.5, 0.0))


def coco(harness: Harness, body: np.ndarray, body_id: str, **fields: object) -> SkeletonArray:
    """One body as 17 keypoints, in the world."""
    joint_map = shipped_joint_map("coco_17")
    points = [Point(x=x, y=y, z=z) for x, y, z in on_tracker(joint_map, body).tolist()]
    skeleton = Skeleton(body_id=body_id, joint_names=list(joint_map.joints), positions=points)
    for name, value in fields.items():
        setattr(skeleton, name, value)
    message = SkeletonArray(skeletons=[skeleton])
    message.header.frame_id = "odom"
    message.header.stamp = harness.now()
    return message


def partner(harness: Harness) -> str:
    return harness.received["reaction"][-1].partner_id


@pytest.fixture(scope="module")
def on_native(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    with running("reaction", f"model:={model}", "tracker:=native") as process:
        harness.wait(lambda: harness.received["reaction"] or process.process.poll() is not None)
        assert process.process.poll() is None, process.text
        yield process
        assert "Traceback" not in process.text


def test_keypoints_by_name_are_a_partner(on_native: NodeProcess, harness: Harness) -> None:
    publisher = harness.node.create_publisher(SkeletonArray, "skeletons", 10)
    harness.wait(
        lambda: partner(harness) == "coco",
        lambda: publisher.publish(coco(harness, STANDING + HERE, "coco")),
    )
    broken = {"joint_names": ["tail"] * 17}
    harness.wait(
        lambda: "no joint whose name is known" in on_native.text,
        lambda: publisher.publish(coco(harness, STANDING, "sphinx", **broken)),
    )


def test_a_body_on_its_head_is_said_once(on_native: NodeProcess, harness: Harness) -> None:
    publisher = harness.node.create_publisher(SkeletonArray, "skeletons", 10)
    upside_down = STANDING * (1, 1, -1) + (0, 0, 2 * ADULT.pelvis_height)
    harness.wait(
        lambda: "head below its pelvis" in on_native.text,
        lambda: publisher.publish(coco(harness, upside_down, "bat")),
    )
    for _ in range(30):
        publisher.publish(coco(harness, upside_down, "bat"))
    harness.wait_for_new(10)
    assert on_native.text.count("head below its pelvis") == 1


def test_a_tracker_whose_y_is_up_is_hinted_at_the_parameter(
    on_native: NodeProcess, harness: Harness
) -> None:
    publisher = harness.node.create_publisher(SkeletonArray, "skeletons", 10)
    harness.wait(
        lambda: "set tracker_axes to y_up" in on_native.text,
        lambda: publisher.publish(coco(harness, (STANDING + HERE) @ FROM_Y_UP, "mocap")),
    )


def test_with_the_parameter_it_stands_where_it_is(model: Path, harness: Harness) -> None:
    with running(
        "reaction", f"model:={model}", "tracker:=native", "tracker_axes:=y_up", namespace="/up"
    ) as process:
        publisher = harness.node.create_publisher(SkeletonArray, "up/skeletons", 10)
        harness.listen(MarkerArray, "up/markers")
        markers = harness.received["up/markers"]

        def partners() -> list[Marker]:
            found = [m for m in markers[-1].markers if "upright" in m.ns] if markers else []
            return [m for m in found if m.points]

        shown = harness.wait(
            lambda: partners() or process.process.poll() is not None,
            lambda: publisher.publish(coco(harness, (STANDING + HERE) @ FROM_Y_UP, "upright")),
        )
        assert process.process.poll() is None, process.text
        places = np.array([(p.x, p.y, p.z) for marker in shown for p in marker.points])
        assert "tracker_axes" not in process.text
    # Known joints of a body on the floor at HERE, whose arms are spread along y.
    assert 0.0 <= places[:, 2].min() < 0.2 and 1.3 < places[:, 2].max() < 1.8
    np.testing.assert_allclose(places[:, :2].mean(0), HERE[:2], atol=0.1)
    assert np.ptp(places[:, 1]) > 1.0 > np.ptp(places[:, 0])
