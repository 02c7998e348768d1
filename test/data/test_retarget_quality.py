"""Each measure of a retargeted motion sees its own fault, and no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from remogen_ros.cli.data import main
from remogen_ros.data.joint_maps import JointMap
from remogen_ros.data.retarget_quality import Comparison, matching_joints, quality
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, MIRRORED_JOINTS
from test.data.bodies import deepmimic_row, turn, write_deepmimic
from test.data.test_retarget import OURS, source, still


def bending(frames: int = 40) -> np.ndarray:
    """An arm that folds and a trunk that leans, ever farther."""
    rotations = still(frames)
    for frame in range(frames):
        rotations[frame, JOINT_INDEX["left_elbow"]] = turn("z", -3 * frame)
        rotations[frame, JOINT_INDEX["spine1"]] = turn("y", frame)
    return rotations


def means(comparison: Comparison) -> list[float]:
    q = quality(comparison)
    return [float(np.mean(list(way.values()))) for way in (q.scaled, q.stretched, q.fitted)]


def test_the_same_skeleton_has_no_error_at_any_size() -> None:
    for factor in (1.0, 30.0):
        comparison = Comparison.of(source(bending(), ADULT.offsets * factor, factor), OURS)
        q = quality(comparison)
        assert means(comparison) == pytest.approx([0, 0, 0], abs=1e-6)
        assert (q.frames, q.backward_knees, q.swapped, q.wrung) == (40, 0, 0, 0)
        assert len(q.soles) == 80 and abs(q.soles).max() < 1e-5


def test_longer_arms_are_forgiven_when_bones_are_stretched() -> None:
    offsets = ADULT.offsets.copy()
    offsets[[JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]] *= 1.5
    scaled, stretched, fitted = means(Comparison.of(source(bending(), offsets), OURS))
    assert scaled > 0.01
    assert (stretched, fitted) == pytest.approx((0, 0), abs=1e-6)


def test_joints_elsewhere_on_the_body_are_forgiven_by_the_fit_alone() -> None:
    offsets = ADULT.offsets.copy()
    offsets[JOINT_INDEX["left_collar"]] += (0.0, 0.05, -0.06)
    _, stretched, fitted = means(Comparison.of(source(bending(), offsets), OURS))
    assert stretched > 0.003
    assert fitted == pytest.approx(0, abs=1e-6)


def test_another_pose_is_forgiven_by_none() -> None:
    """A bend of the spine that the joint map passes over."""
    joints = OURS.model_dump()
    joints["joints"]["spine1"] = {"between": ("pelvis", "spine2"), "fraction": 0.1}
    clip = source(bending())
    scaled, stretched, fitted = means(Comparison.of(clip, JointMap.model_validate(joints)))
    assert min(scaled, stretched, fitted) > 0.002


def test_faults_are_shares_of_the_frames() -> None:
    rotations = still(40)
    rotations[30:, JOINT_INDEX["left_knee"]] = turn("y", -20)
    rotations[20:, JOINT_INDEX["right_wrist"]] = turn("y", 120)
    q = quality(Comparison.of(source(rotations), OURS))
    assert (q.backward_knees, q.wrung, q.swapped) == (0.25, 0.5, 0)


def test_a_source_whose_sides_are_exchanged() -> None:
    comparison = Comparison.of(source(still()), OURS)
    exchanged = replace(comparison, source=comparison.source[:, list(MIRRORED_JOINTS)])
    assert quality(exchanged).swapped == 1.0


def test_the_first_joint_that_moves_with_one_of_the_source_matches_it() -> None:
    joints = OURS.model_dump()
    joints["joints"]["left_collar"]["source"] = "spine3"
    pairs = matching_joints(JointMap.model_validate(joints))
    assert pairs["spine3"] == "spine3" and "left_collar" not in pairs
    joints["joints"]["right_hip"]["source"] = "pelvis"
    with pytest.raises(UserError, match="gives right_hip no joint of its own"):
        matching_joints(JointMap.model_validate(joints))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [deepmimic_row(duration=[0.05], position=[x, 0.9, 0.0]) for x in np.arange(0, 1, 0.05)]
    write_deepmimic(tmp_path / "humanoid3d_walk.txt", rows)
    sheet = tmp_path / "sheet.png"
    arguments = ["retargeting", "--source", str(tmp_path), "--joints"]
    assert main([*arguments, "--sheet", str(sheet)]) == 0
    printed = capsys.readouterr().out
    assert "humanoid3d_walk" in printed and "left_shoulder" in printed
    assert sheet.is_file()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--source", "{}"], "holds no Bandai-Namco, CMU or DeepMimic recording"),
        (["--source", "{}/nothing"], "There is no folder"),
        (["--source", "{}", "--sample", "-1"], "--sample and --seed must be at least 0"),
        (["--source", "{}", "--sheet", "{}/no/where.png"], "to write the picture to"),
    ],
)
def test_bad_arguments(tmp_path: Path, arguments: list[str], why: str) -> None:
    with pytest.raises(UserError, match=why):
        main(["retargeting", *(argument.format(tmp_path) for argument in arguments)])
