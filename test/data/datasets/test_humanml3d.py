"""HumanML3D's cuts, captions, splits and mirrored ids, on AMASS files that the test writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from remogen_ros.cli.data import main
from remogen_ros.data.clips import ten_hertz
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.datasets.humanml3d import find_humanml3d
from remogen_ros.data.recordings import Take
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_INDEX
from test.data.datasets.smpl_files import walking, with_left_arm_up, write_amass, z_up

RATES = {"KIT/3/walk": 100.0, "Eyes_Japan_Dataset/a/walk": 120.0, "CMU/1/walk": 150.0}
SECONDS = 9.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three sequences that walk 1 m/s along -y of AMASS' world with the left arm up."""
    for name, rate in RATES.items():
        pose, translation = walking(int(SECONDS * rate), rate)
        pose, translation = z_up(with_left_arm_up(pose), translation)
        write_amass(tmp_path / "amass_data" / f"{name}_poses.npz", pose, translation, rate)
    (tmp_path / "index.csv").write_text(
        "source_path,start_frame,end_frame,new_name\n"
        "./pose_data/KIT/3/walk_poses.npy,20,80,000000.npy\n"
        "./pose_data/Eyes_Japan_Dataset/a/walk_poses.npy,0,60,000001.npy\n"
        "./pose_data/CMU/1/walk_poses.npy,0,60,000002.npy\n"
        "./pose_data/humanact12/humanact12/P1.npy,0,-1,000003.npy\n"
    )
    inner = tmp_path / "HumanML3D"
    (inner / "texts").mkdir(parents=True)
    (inner / "train.txt").write_text("000000\nM000000\n000003")
    (inner / "val.txt").write_text("000001\n")
    (inner / "test.txt").write_text("000002\n000009\n")
    (inner / "texts" / "000000.txt").write_text(
        "a person walks#a/DET person/NOUN walk/VERB#0.0#0.0\n"
        "someone goes ahead#someone/NOUN#nan#nan\n"
        "a person goes on#a/DET person/NOUN go/VERB#1.0#2.5\n"
    )
    (inner / "texts" / "M000000.txt").write_text("a person walks#a/DET#0.0#0.0\n")
    for name in ("000001", "000002", "000003"):
        (inner / "texts" / f"{name}.txt").write_text("someone walks#someone/NOUN#0.0#0.0\n")
    return tmp_path


def takes_of(folder: Path, name: str) -> list[Take]:
    (clip,) = (clip for clip in find_humanml3d(folder) if clip.name == name)
    return list(clip.takes())


def way(take: Take) -> np.ndarray:
    """(2,) how far it goes."""
    return (take.motion.root_positions[-1] - take.motion.root_positions[0])[:2].numpy()


def test_captions_of_the_whole_and_of_parts(folder: Path) -> None:
    whole, part = takes_of(folder, "000000")
    assert whole.texts == ("a person walks", "someone goes ahead"), "nan spans are the whole"
    assert whole.times[-1] == pytest.approx(3.0, abs=0.02), "60 frames at 20 Hz"
    assert (part.part, part.texts) == ("1-2.5", ("a person goes on",))
    assert part.times[-1] == pytest.approx(1.5, abs=0.02)
    walked = (part.motion.root_positions[0] - whole.motion.root_positions[0])[:2].numpy()
    assert walked == pytest.approx(way(whole) / 3, abs=0.02), "it begins a second later"
    assert way(whole)[1] < -2.8 and abs(way(whole)[0]) < 0.01, "as AMASS has it, z up"


def test_mirrored_ids_are_mirrored(folder: Path) -> None:
    (whole, _), (mirrored,) = takes_of(folder, "000000"), takes_of(folder, "M000000")
    for take, up, down in ((whole, "left", "right"), (mirrored, "right", "left")):
        joints = take.motion.joints()[0]
        shoulders = joints[[JOINT_INDEX["left_shoulder"], JOINT_INDEX["right_shoulder"]], 2].mean()
        assert joints[JOINT_INDEX[f"{up}_wrist"], 2] > shoulders + 0.3
        assert joints[JOINT_INDEX[f"{down}_wrist"], 2] < shoulders + 0.1
    flip = torch.tensor([1.0, -1.0, 1.0])
    torch.testing.assert_close(mirrored.motion.root_positions, whole.motion.root_positions * flip)


def test_some_subsets_are_cut_before_the_cut(folder: Path) -> None:
    """Three seconds of the Eyes Japan files do not count."""
    (take,) = takes_of(folder, "000001")
    start = float(take.motion.root_positions[0, 1]) + 0.03  # where the pelvis is in the T-pose
    metres_a_second = float(np.linalg.norm(way(take))) / take.times[-1]
    assert abs(start) / metres_a_second == pytest.approx(3.0, abs=0.05)


def test_nominal_frames_are_whole_steps_of_the_recording(folder: Path) -> None:
    """Of 150 Hz every 7th frame was taken, so 60 "frames at 20 Hz" are 2.8 seconds."""
    (take,) = takes_of(folder, "000002")
    assert take.times[-1] == pytest.approx(60 * 7 / 150, abs=0.01)


@pytest.mark.parametrize("rate", [59.94, 119.88, 250.0])
def test_frame_rates_that_are_no_multiples_are_resampled_by_time(folder: Path, rate: float) -> None:
    """Who walks 1 m/s walks 10 cm in 0.1 s, whatever the rate."""
    pose, translation = z_up(*walking(int(SECONDS * rate), rate))
    write_amass(folder / "amass_data" / "CMU" / "1" / "walk_poses.npz", pose, translation, rate)
    (take,) = takes_of(folder, "000002")
    assert take.times[-1] == pytest.approx((60 * int(rate / 20) - 1) / rate)
    (motion,) = ten_hertz(take.motion, take.times, 1)
    steps = motion.root_positions.diff(dim=0)[:, :2].norm(dim=-1).numpy()
    scale = float(np.linalg.norm(way(take))) / take.times[-1]
    assert steps == pytest.approx(0.1 * scale, abs=1e-4) and 1.0 < scale < 1.1


def test_prepared_as_a_user_does(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "corpus"
    arguments = ["--source", str(folder), "--out", str(out), "--workers", "1", "--phases", "1"]
    assert main(["prepare", "humanml3d", *arguments]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "2 rejected" in printed and "HumanAct12" in printed and "index.csv has no row" in printed
    corpus = open_corpus(out)
    found = {clip.name: (clip.split, clip.count) for clip in corpus.clips}
    assert found == {
        "000000": ("train", 30),
        "000000@1-2.5": ("train", 15),
        "M000000": ("train", 30),
        "000001": ("val", 30),
        "000002": ("test", 28),
    }
    steps = corpus.motion_of(corpus.clips[0]).root_positions.diff(dim=0)[:, :2].norm(dim=-1)
    assert float(steps.std()) < 1e-3, "resampled by time"


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda f: (f / "HumanML3D" / "texts").rename(f / "gone"), "no folder .*texts"),
        (lambda f: (f / "amass_data").rename(f / "gone"), "no folder .*amass_data"),
        (lambda f: (f / "index.csv").unlink(), "no file .*index.csv"),
        (lambda f: (f / "index.csv").write_text("a,b\n1,2\n"), "no column 'end_frame'"),
        (lambda f: (f / "HumanML3D" / "val.txt").unlink(), "no file .*val.txt"),
        (
            lambda f: (f / "index.csv").write_text(
                "source_path,start_frame,end_frame,new_name\n./pose_data/KIT/a.npy,x,80,0.npy\n"
            ),
            "Line 2 of .*index.csv is not a cut",
        ),
    ],
)
def test_a_damaged_layout(folder: Path, damage, why: str) -> None:
    damage(folder)
    with pytest.raises(UserError, match=why):
        find_humanml3d(folder)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has no caption"),
        ("#a/DET#0.0#0.0\n", "has no caption"),
        ("a person walks\n", "Line 1 of .* is not `caption#tokens#start#end`"),
        ("a person walks#a/DET#7.0#8.0\n", "no frames from 7 to 8 s"),
    ],
)
def test_bad_captions(folder: Path, text: str, why: str) -> None:
    (folder / "HumanML3D" / "texts" / "000000.txt").write_text(text)
    with pytest.raises(UserError, match=why):
        takes_of(folder, "000000")


def test_a_sequence_that_is_missing(folder: Path) -> None:
    (folder / "amass_data" / "KIT" / "3" / "walk_poses.npz").unlink()
    with pytest.raises(UserError, match="has no sequence KIT/3/walk"):
        takes_of(folder, "000000")
