"""Keypoints by their names: whoever spells them, and which set they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remogen_ros.motion.skeleton import JOINT_INDEX, JOINT_NAMES
from remogen_ros.perception.completion import detection_on_smpl
from remogen_ros.perception.joint_mapping import (
    named_joint_map,
    plain_name,
    shipped_joint_map,
    shipped_joint_maps,
)
from remogen_ros.perception.joint_sets import RECOGNISED, recognised_joint_map
from test.perception.bodies import STANDING, on_tracker

LIMBS = [
    n for n in JOINT_NAMES if n.endswith(("hip", "knee", "ankle", "shoulder", "elbow", "wrist"))
]


@pytest.mark.parametrize(
    "spelled",
    ["left_shoulder", "LEFT_SHOULDER", "Left Shoulder", "left-shoulder", "LeftShoulder"]
    + ["leftShoulder", "LShoulder", "l_shoulder", "L_Shoulder", "SHOULDER_LEFT", "shoulder.L"],
)
def test_a_joint_is_the_same_however_it_is_spelled(spelled: str) -> None:
    assert plain_name(spelled) == "left_shoulder"


@given(st.text())
def test_any_name_has_a_plain_form_that_stays(name: str) -> None:
    assert isinstance(plain_name(name), str)


@pytest.mark.parametrize("name", shipped_joint_maps())
def test_names_of_a_map_stay_apart(name: str) -> None:
    joint_map = shipped_joint_map(name)
    assert len(joint_map.index) == len(joint_map.joints)
    assert joint_map.about


@pytest.mark.parametrize("name", RECOGNISED)
def test_every_set_is_recognised_by_its_own_names(name: str) -> None:
    joints = shipped_joint_map(name).joints
    assert recognised_joint_map(joints) is shipped_joint_map(name)
    assert recognised_joint_map(tuple(j.lower() for j in joints[::-1])) is shipped_joint_map(name)


def test_what_all_have_in_common_is_taken_as_it_is() -> None:
    assert recognised_joint_map(tuple(LIMBS)) is shipped_joint_map("smpl")
    assert recognised_joint_map(("tail", "wing")) is None
    assert recognised_joint_map(()) is None


@pytest.mark.parametrize("name", shipped_joint_maps())
def test_every_map_gives_the_standard_body(name: str) -> None:
    """Every SMPL joint is there, measured or filled in, and left and right are what they are."""
    joint_map = shipped_joint_map(name)
    seen = detection_on_smpl(
        "1", 1, "map", joint_map, on_tracker(joint_map), np.ones(len(joint_map.joints))
    )
    np.testing.assert_allclose(seen.positions, STANDING, atol=0.03)
    for joint, row in zip(JOINT_NAMES, joint_map.weights, strict=True):
        sources = [plain_name(joint_map.joints[i]) for i in np.flatnonzero(row)]
        side = joint.partition("_")[0]
        if side in ("left", "right"):
            assert all(source.startswith(side) for source in sources), joint


@pytest.mark.parametrize(
    "name, indices",
    [
        ("coco_17", {"left_shoulder": 5, "right_wrist": 10, "left_hip": 11, "right_ankle": 16}),
        ("coco_18", {"right_shoulder": 2, "left_wrist": 7, "right_hip": 8, "left_ankle": 13}),
        (
            "mediapipe_33",
            {"left_shoulder": 11, "right_wrist": 16, "left_hip": 23, "right_ankle": 28},
        ),
    ],
)
def test_sets_are_in_the_order_of_their_publishers(name: str, indices: dict[str, int]) -> None:
    weights = shipped_joint_map(name).weights
    for joint, index in indices.items():
        assert weights[JOINT_INDEX[joint], index] == 1, joint


def test_a_map_is_named_or_a_file(tmp_path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("joints: [A]\nframes: '{body}/{joint}'\nmap: {head: A}\n")
    assert named_joint_map("coco_17") is shipped_joint_map("coco_17")
    assert named_joint_map(str(path)).frames == "{body}/{joint}"
