"""ZED objects to detections: every body format, tracking states, and what cannot be used."""

from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.motion.skeleton import JOINT_INDEX, JOINT_NAMES
from remogen_ros.perception.completion import GUESS_CONFIDENCE
from remogen_ros.perception.joint_mapping import shipped_joint_map
from remogen_ros.perception.zed import BODY_FORMATS, detections_from_zed_objects
from test.perception.bodies import STANDING, on_tracker
from test.perception.ros_messages import zed_body, zed_objects

FORMATS = pytest.mark.parametrize("body_format, joints", [(0, 18), (1, 34), (2, 38)])


def keypoints(body_format: int, joints: int) -> np.ndarray:
    """The standard adult 2 m ahead of the camera, in the first slots of a message."""
    seen = on_tracker(shipped_joint_map(BODY_FORMATS[body_format][1]))
    slots = np.full((joints, 3), 50.0)
    slots[: len(seen)] = seen
    return slots + (2.0, 0.0, 0.0)


@FORMATS
def test_every_body_format_gives_the_same_body(body_format: int, joints: int) -> None:
    body = zed_body(keypoints(body_format, joints), body_format, label_id=7)
    (seen,), problems = detections_from_zed_objects(zed_objects(body))
    assert problems == []
    assert (seen.body_id, seen.stamp_ns) == ("7", 12_000_000_500)
    assert seen.frame_id == "zed_left_camera_frame"
    # What a format does not measure is filled in; that costs at most the 2 cm by which a head
    # stands before the spine.
    np.testing.assert_allclose(seen.positions, STANDING + (2.0, 0.0, 0.0), atol=0.025)
    certain = np.isclose(seen.confidence, 0.8)
    guessed = np.isclose(seen.confidence, 0.8 * GUESS_CONFIDENCE)
    assert (certain | guessed).all()
    assert not guessed.any() or body_format == 0


def test_joints_are_where_the_sdk_has_them() -> None:
    slots = np.arange(1.0, 39.0)[:, None] * np.ones(3)
    (seen,), _ = detections_from_zed_objects(zed_objects(zed_body(slots, 2)))
    for name, index in (("pelvis", 0), ("right_wrist", 17), ("left_hip", 18), ("right_ankle", 23)):
        assert seen.positions[JOINT_INDEX[name], 0] == index + 1, name


@FORMATS
def test_keypoints_that_were_not_found_are_not_observed(body_format: int, joints: int) -> None:
    slots = keypoints(body_format, joints)
    joint_map = shipped_joint_map(BODY_FORMATS[body_format][1])
    wrists = [joint_map.index[f"{side}_wrist"] for side in ("left", "right")]
    slots[wrists[0]], slots[wrists[1]] = np.nan, 0.0
    (seen,), _ = detections_from_zed_objects(zed_objects(zed_body(slots, body_format)))
    missing = {JOINT_NAMES[i] for i in np.flatnonzero(np.isnan(seen.positions[:, 0]))}
    assert missing == {"left_wrist", "right_wrist"}
    assert seen.confidence[JOINT_INDEX["left_wrist"]] == 0


def test_tracking_states() -> None:
    slots = keypoints(2, 38)
    states = {0: "off", 1: "ok", 2: "searching", 3: "terminate"}
    bodies = [zed_body(slots, 2, number, tracking_state=number) for number in states]
    seen, problems = detections_from_zed_objects(zed_objects(*bodies))
    assert problems == []
    assert {d.body_id: round(float(d.confidence[0]), 3) for d in seen} == {"1": 0.8, "2": 0.4}
    seen, problems = detections_from_zed_objects(zed_objects(bodies[0]))
    assert seen == []
    assert "OFF" in problems[0] and "body_tracking" in problems[0]


def test_things_are_nobody() -> None:
    thing = zed_body(np.zeros((0, 3)), 0, skeleton_available=False)
    assert detections_from_zed_objects(zed_objects(thing)) == ([], [])
    assert detections_from_zed_objects(zed_objects()) == ([], [])


def test_what_cannot_be_used_is_said() -> None:
    good = zed_body(keypoints(2, 38), 2)
    strange = zed_body(keypoints(2, 38), 3, label_id=4)
    seen, problems = detections_from_zed_objects(zed_objects(good, good, strange))
    assert len(seen) == 1
    assert "body_format 3" in problems[0] and "2 = BODY_38" in problems[0]
    assert "come twice" in problems[1]
    for fields, said in (({"frame_id": ""}, "no frame_id"), ({"sec": 0, "nanosec": 0}, "stamp")):
        seen, problems = detections_from_zed_objects(zed_objects(good, **fields))
        assert seen == [] and said in problems[0]
