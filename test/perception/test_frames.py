"""Frames as bodies: names by a pattern, who is there, the common moment, and detections."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_INDEX, JOINT_NAMES
from remogen_ros.perception.frames import (
    ONLY_BODY,
    FramesConfig,
    common_stamp,
    detection_from_frames,
    frame_naming,
)
from remogen_ros.perception.joint_mapping import shipped_joint_map
from remogen_ros.perception.ros4hri import body_ids
from test.perception.bodies import STANDING, on_tracker
from test.perception.ros_messages import ids_list

SMPL = shipped_joint_map("smpl")
SECOND_NS = 1_000_000_000


@pytest.mark.parametrize(
    "pattern, joint_map, expected",
    [
        ("", "ros4hri", "l_knee_abc"),
        ("", "xsens", "abc_left_lower_leg"),
        ("", "smpl", "left_knee_abc"),
        ("{body}/{joint}", "smpl", "abc/left_knee"),
        ("mocap.{joint}", "smpl", "mocap.left_knee"),
    ],
)
def test_frames_are_named_by_a_pattern(pattern: str, joint_map: str, expected: str) -> None:
    naming = frame_naming(pattern, shipped_joint_map(joint_map))
    assert expected in naming.frames("abc")


@pytest.mark.parametrize(
    "pattern", ["{joint}_{body}", "{body}_{joint}", "{body}/{joint}", "t({joint}){body}+"]
)
def test_bodies_are_found_by_their_frames(pattern: str) -> None:
    naming = frame_naming(pattern, SMPL)
    frames = ["map", "odom", "base_link", naming.frame("pelvis", "ghost")]
    frames += [*naming.frames("left"), *naming.frames("b.2")[:8]]
    assert naming.bodies_among(frames) == ["b.2", "left"]
    assert naming.bodies_among([]) == []


def test_one_body_needs_no_name() -> None:
    naming = frame_naming("{joint}", SMPL)
    assert naming.bodies_among(JOINT_NAMES) == [ONLY_BODY]
    assert naming.bodies_among(["map", "pelvis"]) == []


@pytest.mark.parametrize(
    "pattern", ["pelvis", "{body}", "{joint}{joint}", "{joint}_{who}", "{joint"]
)
def test_a_pattern_that_cannot_be_is_refused(pattern: str) -> None:
    with pytest.raises(UserError, match=r"tf\.pattern.*\{joint\}_\{body\}"):
        FramesConfig(pattern=pattern)


def test_listed_bodies_are_separated_by_commas() -> None:
    assert FramesConfig(bodies=" anna, leo ,,anna").body_names == ["anna", "leo"]
    assert FramesConfig().body_names == []


@pytest.mark.parametrize("rate", [0.0, float("nan"), 1000.0])
def test_a_senseless_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValidationError, match="rate"):
        FramesConfig(rate=rate)


@pytest.mark.parametrize(
    "stamps, expected",
    [
        ({"a": 5.00, "b": 5.00}, 5.00),
        ({"a": 5.00, "b": 4.95}, 4.95),  # b comes in another message, a moment later
        ({"a": 5.00, "b": 3.00}, 5.00),  # b is lost
        ({"a": 5.00, "b": 0.0}, 5.00),  # b never moves
        ({"a": 0.0}, None),
        ({}, None),
    ],
)
def test_a_body_is_seen_when_its_frames_are(stamps: dict, expected: float | None) -> None:
    stamp = common_stamp({name: round(s * SECOND_NS) for name, s in stamps.items()})
    assert stamp == (None if expected is None else round(expected * SECOND_NS))


@pytest.mark.parametrize("name", ["smpl", "ros4hri", "xsens"])
def test_frames_become_the_body(name: str) -> None:
    naming = frame_naming("", shipped_joint_map(name))
    places = dict(zip(naming.frames("7"), on_tracker(naming.joint_map), strict=True))
    del places[naming.frames("7")[naming.joint_map.weights[JOINT_INDEX["left_wrist"]].argmax()]]
    seen = detection_from_frames("7", 5, "odom", places, naming)
    assert (seen.body_id, seen.stamp_ns, seen.frame_id) == ("7", 5, "odom")
    hidden = JOINT_INDEX["left_wrist"]
    assert np.isnan(seen.positions[hidden]).all()
    rest = np.delete(np.arange(22), hidden)
    np.testing.assert_allclose(seen.positions[rest], STANDING[rest], atol=0.03)


def test_nobody_without_frames() -> None:
    seen = detection_from_frames("7", 5, "odom", {}, frame_naming("", SMPL))
    assert np.isnan(seen.positions).all()


def test_ros4hri_ids_are_taken_once_each() -> None:
    assert body_ids(ids_list(["fbdcs", "a", "fbdcs"])) == (["fbdcs", "a"], [])
    ids, problems = body_ids(ids_list(["", "a"]))
    assert ids == ["a"] and len(problems) == 1
    assert body_ids(ids_list([])) == ([], [])
