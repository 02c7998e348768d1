"""DeepMimic's files: order of columns, axes, signs, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from remogen_ros.data.deepmimic import read_deepmimic
from remogen_ros.data.joint_maps import load_joint_map
from remogen_ros.data.retarget import retarget
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_INDEX
from test.data.bodies import deepmimic_row, write_deepmimic

HALF = float(np.sqrt(0.5))


def joints_of(path: Path, **pose: list[float]) -> dict[str, np.ndarray]:
    clip = read_deepmimic(write_deepmimic(path / "m.txt", [deepmimic_row(**pose)] * 3))
    joints = retarget(clip, load_joint_map("deepmimic")).joints()[0].numpy()
    return {name: joints[index] - joints[0] for name, index in JOINT_INDEX.items()}


def test_times_are_sums_of_durations(tmp_path: Path) -> None:
    rows = [deepmimic_row(duration=[d]) for d in (0.5, 0.25, 0.0)]
    np.testing.assert_allclose(
        read_deepmimic(write_deepmimic(tmp_path / "m.txt", rows)).times, [0, 0.5, 0.75]
    )


def test_at_rest_the_arms_hang(tmp_path: Path) -> None:
    at = joints_of(tmp_path)
    assert at["left_wrist"][2] < 0.1 and at["left_wrist"][1] > 0.15
    assert at["right_wrist"][2] < 0.1 and at["right_wrist"][1] < -0.15
    assert at["left_ankle"][2] < -0.8 and abs(at["left_ankle"][0]) < 1e-5
    assert at["left_foot"][0] > 0.1


def test_knees_bend_backwards_and_elbows_forwards(tmp_path: Path) -> None:
    at = joints_of(tmp_path, left_knee=[-1.57], right_elbow=[1.57])
    assert at["left_ankle"][0] < -0.35
    assert at["right_ankle"][0] == pytest.approx(0.0, abs=1e-5)
    assert at["right_wrist"][0] > 0.2
    assert abs(at["left_wrist"][0]) < 0.05


def test_left_and_right_columns(tmp_path: Path) -> None:
    """A quarter turn about DeepMimic's z, its right, takes a hanging arm or leg forwards."""
    forwards = [HALF, 0.0, 0.0, HALF]
    at = joints_of(tmp_path, left_shoulder=forwards, right_hip=forwards)
    assert at["left_wrist"][0] > 0.4 and abs(at["right_wrist"][0]) < 0.1
    assert at["right_knee"][0] > 0.35 and abs(at["left_knee"][0]) < 1e-5


def test_turning_left_and_walking(tmp_path: Path) -> None:
    """About DeepMimic's y, its up, counter-clockwise; along its x, its forward."""
    rows = [deepmimic_row(root=[HALF, 0.0, HALF, 0.0], position=[x, 0.9, 0.0]) for x in (0.0, 1.0)]
    motion = retarget(
        read_deepmimic(write_deepmimic(tmp_path / "m.txt", rows)), load_joint_map("deepmimic")
    )
    np.testing.assert_allclose(motion.rotations[0, 0, :, 0], [0, 1, 0], atol=1e-6)
    step = (motion.root_positions[1] - motion.root_positions[0]).numpy()
    assert step[0] > 0.9 and abs(step[1]) < 1e-5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not a readable DeepMimic file"),
        ("[]", "rows of 44 numbers"),
        ('{"Frames": "many"}', "rows of 44 numbers"),
        ('{"Frames": [[1, 2], [3, 4]]}', "frames of 44 numbers"),
        ('{"Frames": []}', "frames of 44 numbers"),
    ],
)
def test_damaged_files(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "m.txt"
    path.write_text(text)
    with pytest.raises(UserError, match=why):
        read_deepmimic(path)


@pytest.mark.parametrize(
    ("pose", "why"),
    [
        ({"duration": [0.0]}, "duration is not positive"),
        ({"chest": [0.0, 0.0, 0.0, 0.0]}, "quaternion of chest"),
        ({"left_knee": [float("nan")]}, "not finite"),
    ],
)
def test_bad_numbers(tmp_path: Path, pose: dict, why: str) -> None:
    with pytest.raises(UserError, match=why):
        read_deepmimic(write_deepmimic(tmp_path / "m.txt", [deepmimic_row(**pose)] * 2))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no DeepMimic file"):
        read_deepmimic(tmp_path / "m.txt")
