"""Tracker messages to detections: right joints, right axes, and no content that raises."""

from __future__ import annotations

from types import SimpleNamespace as Message

import numpy as np
import pytest

from remogen_ros.motion.skeleton import JOINT_INDEX, JOINT_NAMES
from remogen_ros.perception.azure_kinect import detections_from_marker_array
from remogen_ros.perception.completion import GUESS_CONFIDENCE
from remogen_ros.perception.joint_mapping import parse_joint_map, shipped_joint_map
from remogen_ros.perception.native import detections_from_skeleton_array

STAMP = Message(sec=12, nanosec=500)


def marker(number: int, xyz=(0.0, 0.0, 2.0), frame: str = "depth", stamp=STAMP, action: int = 0):
    point = Message(x=xyz[0], y=xyz[1], z=xyz[2])
    header = Message(stamp=stamp, frame_id=frame)
    return Message(id=number, action=action, header=header, pose=Message(position=point))


def body(number: int, **kwargs) -> list:
    return [marker(number * 100 + joint, (joint, 1.0, 2.0), **kwargs) for joint in range(32)]


def test_ids_are_body_times_hundred_plus_joint() -> None:
    detections, problems = detections_from_marker_array(Message(markers=body(3) + body(1)))
    assert problems == []
    assert [d.body_id for d in detections] == ["1", "3"]
    first = detections[0]
    assert first.stamp_ns == 12_000_000_500
    assert first.frame_id == "depth"
    np.testing.assert_array_equal(first.positions[JOINT_INDEX["right_knee"]], (23, 1, 2))
    np.testing.assert_array_equal(first.positions[JOINT_INDEX["left_shoulder"]], (5, 1, 2))


def test_an_optical_joint_lands_where_the_camera_looks() -> None:
    """A camera 2 m up, looking along the map's +y: the map's x is its right.

    An optical (x right, y down, z forward) joint at (0.5, 0.3, 2.0) is half a metre to the right
    (map +x), 0.3 m below the camera and 2 m ahead (map +y).
    """
    quaternion = (-np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5))
    detections, _ = detections_from_marker_array(Message(markers=[marker(100, (0.5, 0.3, 2.0))]))
    seen = detections[0].transformed("map", (0.1, 0.2, 2.0), quaternion)
    assert seen.frame_id == "map"
    np.testing.assert_allclose(seen.positions[JOINT_INDEX["pelvis"]], (0.6, 2.2, 1.7), atol=1e-12)
    assert np.isnan(seen.positions[JOINT_INDEX["head"]]).all()


def test_unknown_joint_ids_are_said_once_and_the_rest_is_used() -> None:
    markers = [*body(1), marker(145), marker(132), marker(145), marker(-7)]
    detections, problems = detections_from_marker_array(Message(markers=markers))
    assert len(detections) == 1
    assert np.isfinite(detections[0].positions).all()
    assert len(problems) == 1
    assert "-7, 132, 145" in problems[0]
    assert "4 markers" in problems[0]


def test_nan_joints_are_filled_in_where_others_tell_and_else_not_observed() -> None:
    markers = body(1)
    markers[26] = marker(126, (float("nan"), 0.0, 1.0))
    markers[7] = marker(107, (0.0, float("inf"), 1.0))
    detections, problems = detections_from_marker_array(Message(markers=markers))
    assert problems == []
    assert np.isfinite(detections[0].positions[JOINT_INDEX["head"]]).all()
    assert detections[0].confidence[JOINT_INDEX["head"]] == GUESS_CONFIDENCE
    assert np.isnan(detections[0].positions[JOINT_INDEX["left_wrist"]]).all()
    assert detections[0].confidence[JOINT_INDEX["left_wrist"]] == 0
    assert np.isfinite(detections[0].positions[JOINT_INDEX["neck"]]).all()


def test_nobody_is_no_problem() -> None:
    assert detections_from_marker_array(Message(markers=[])) == ([], [])
    assert detections_from_marker_array(Message(markers=[marker(0, action=3)])) == ([], [])


@pytest.mark.parametrize(
    ("kwargs", "said"),
    [({"frame": ""}, "no frame_id"), ({"stamp": Message(sec=0, nanosec=0)}, "no time stamp")],
)
def test_bodies_without_frame_or_time_are_left_out(kwargs: dict, said: str) -> None:
    detections, problems = detections_from_marker_array(Message(markers=body(1, **kwargs)))
    assert detections == []
    assert said in problems[0]


def test_markers_in_another_frame_are_left_out() -> None:
    markers = body(1)
    markers[7] = marker(107, frame="other")
    detections, problems = detections_from_marker_array(Message(markers=markers))
    assert np.isnan(detections[0].positions[JOINT_INDEX["left_wrist"]]).all()
    assert "another frame" in problems[0]


def skeletons(*bodies, frame: str = "map", stamp=STAMP):
    return Message(header=Message(stamp=stamp, frame_id=frame), skeletons=list(bodies))


def skeleton(names=JOINT_NAMES, confidences=(), count: int | None = None, body_id: str = "anna"):
    points = [Message(x=float(i), y=0.0, z=1.0) for i in range(len(names))]
    return Message(
        body_id=body_id, joint_names=list(names), positions=points[:count], confidences=confidences
    )


def test_native_joints_go_by_name_not_by_order() -> None:
    (seen,), problems = detections_from_skeleton_array(skeletons(skeleton(JOINT_NAMES[::-1])))
    assert problems == []
    np.testing.assert_array_equal(seen.positions[:, 0], np.arange(22)[::-1])
    assert seen.body_id == "anna"
    assert (seen.confidence == 1).all()


def test_native_confidences_are_kept() -> None:
    confidences = np.linspace(0, 1, 22)
    (seen,), _ = detections_from_skeleton_array(skeletons(skeleton(confidences=confidences)))
    np.testing.assert_allclose(seen.confidence, confidences)


def test_native_problems_are_sentences() -> None:
    good, short = skeleton(), skeleton(count=3)
    strange = skeleton(("pelvis", "tail"), body_id="leo")
    nothing = skeleton(("tail", "wing"), body_id="sphinx")
    seen, problems = detections_from_skeleton_array(skeletons(good, short, strange, nothing))
    assert [d.body_id for d in seen] == ["anna", "leo"]
    assert "3 positions" in problems[0]
    assert "tail" in problems[1]
    assert "'sphinx'" in problems[2] and "joint_map" in problems[2]
    assert np.isfinite(seen[1].positions[0]).all()
    assert detections_from_skeleton_array(skeletons(good, frame=""))[0] == []
    assert detections_from_skeleton_array(skeletons()) == ([], [])


def test_a_native_id_that_comes_twice_is_one_body() -> None:
    seen, problems = detections_from_skeleton_array(skeletons(skeleton(), skeleton()))
    assert len(seen) == 1
    assert "come twice" in problems[0] and "anna" in problems[0]


def test_native_joints_without_names_are_in_the_order_of_a_declared_map() -> None:
    nameless = skeleton(shipped_joint_map("coco_17").joints)
    nameless.joint_names = []
    seen, problems = detections_from_skeleton_array(skeletons(nameless))
    assert seen == [] and "17 positions" in problems[0]
    (seen,), problems = detections_from_skeleton_array(
        skeletons(nameless), shipped_joint_map("coco_17")
    )
    assert problems == []
    assert seen.positions[JOINT_INDEX["left_wrist"], 0] == 9


def test_a_users_own_names_need_his_own_map() -> None:
    mine = parse_joint_map("joints: [Huefte, Kopf]\nmap: {pelvis: Huefte, head: Kopf}\n", "mine")
    (seen,), problems = detections_from_skeleton_array(
        skeletons(skeleton(("Kopf", "Huefte"))), mine
    )
    assert problems == []
    assert seen.positions[JOINT_INDEX["pelvis"], 0] == 1
