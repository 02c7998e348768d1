"""Joint maps: the shipped Azure Kinect map by hand-placed joints, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.perception.joint_mapping import load_joint_map, parse_joint_map, shipped_joint_map


def test_azure_kinect_has_its_32_joints_in_sdk_order() -> None:
    joints = shipped_joint_map("azure_kinect").joints
    assert len(joints) == 32
    assert (joints[0], joints[3], joints[18], joints[25]) == (
        "PELVIS",
        "NECK",
        "HIP_LEFT",
        "FOOT_RIGHT",
    )
    assert (joints[26], joints[31]) == ("HEAD", "EAR_RIGHT")


def test_every_smpl_joint_has_a_source_and_spine_is_between_its_neighbours() -> None:
    joint_map = shipped_joint_map("azure_kinect")
    positions = np.zeros((32, 3))
    positions[:, 0] = np.arange(32)
    positions[[0, 1, 2, 3], 2] = (1.0, 1.2, 1.35, 1.55)
    mapped, confidence = joint_map.apply(positions, np.ones(32))
    assert np.isfinite(mapped).all()
    assert (confidence == 1).all()
    assert mapped[JOINT_INDEX["left_wrist"], 0] == 7
    assert mapped[JOINT_INDEX["right_foot"], 0] == 25
    heights = [mapped[JOINT_INDEX[n], 2] for n in ("pelvis", "spine1", "spine2", "spine3", "neck")]
    np.testing.assert_allclose(heights, (1.0, 1.11, 1.26, 1.335, 1.55))


def test_a_missing_source_makes_only_its_dependents_unobserved() -> None:
    joint_map = shipped_joint_map("azure_kinect")
    positions = np.ones((32, 3))
    positions[1] = np.nan
    confidence = np.ones(32)
    confidence[7] = 0.25
    mapped, mapped_confidence = joint_map.apply(positions, confidence)
    missing = {JOINT_INDEX[n] for n in ("spine1", "spine2", "spine3")}
    assert set(np.flatnonzero(np.isnan(mapped[:, 0]))) == missing
    assert set(np.flatnonzero(mapped_confidence == 0)) == missing
    assert mapped_confidence[JOINT_INDEX["left_wrist"]] == 0.25


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("joints: [A\n", "not valid YAML"),
        ("- 1\n", "needs a list 'joints'"),
        ("joints: [A]\nmap: {hip: A}\n", "not one of the 22"),
        ("joints: [A]\nmap: {pelvis: B}\n", "not in its list"),
        ("joints: [A, B]\nmap: {pelvis: {A: 0.5, B: 0.4}}\n", "sum to 0.9"),
        ("joints: [A]\nmap: {pelvis: {A: much}}\n", "give a number"),
    ],
)
def test_a_wrong_map_is_refused_in_one_sentence(tmp_path, text: str, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=said) as refusal:
        load_joint_map(path)
    assert "mine.yaml" in str(refusal.value)


def test_a_missing_file_is_refused(tmp_path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        load_joint_map(tmp_path / "absent.yaml")


def test_joints_without_a_source_stay_unobserved() -> None:
    joint_map = parse_joint_map("joints: [A]\nmap: {head: A}\n", "mine")
    mapped, confidence = joint_map.apply(np.ones((1, 3)), np.ones(1))
    assert np.isfinite(mapped[JOINT_INDEX["head"]]).all()
    assert np.isnan(np.delete(mapped, JOINT_INDEX["head"], axis=0)).all()
    assert confidence.sum() == 1
