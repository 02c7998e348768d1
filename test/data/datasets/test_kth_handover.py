"""A handover in KTH's form: who is who, which axes are which, hands, and legs that stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from remogen_ros.cli.data import main
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.datasets.kth_handover import find_kth_handover
from remogen_ros.data.recordings import Take
from remogen_ros.errors import UserError
from remogen_ros.motion.kinematics import global_rotations
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import yaw_matrix
from remogen_ros.motion.skeleton import ANKLE_HEIGHT, JOINT_INDEX
from test.data.bodies import hanging, turn

ROWS = 240
SIZE = 0.9
HEADER = "x,y,z,q0,q1,q2,q3"
FRAMES = {
    "hip": "pelvis", "ab": "spine1", "chest": "spine3", "neck": "neck", "head": "head",
    "LShoulder": "left_collar", "LUArm": "left_shoulder", "LFArm": "left_elbow",
    "LHand": "left_wrist", "RShoulder": "right_collar", "RUArm": "right_shoulder",
    "RFArm": "right_elbow", "RHand": "right_wrist",
}  # fmt: skip
# Columns: where left, backwards and up of the T-pose lie in our axes.
LEFT_BACK_UP = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def offering(place: tuple[float, float], facing: float) -> Motion:
    """The right forearm held forwards and the head turned left; a step from the other person."""
    motion = hanging(ROWS)
    rotations = motion.rotations.clone()
    rotations[:, JOINT_INDEX["right_elbow"]] = torch.tensor(turn("z", 80)).float()
    rotations[:, JOINT_INDEX["head"]] = torch.tensor(turn("z", 30)).float()
    roots = motion.root_positions + torch.tensor([*place, 0.0])
    turned = yaw_matrix(torch.tensor(facing))
    rotations[:, 0] = turned @ rotations[:, 0]
    return Motion(roots, rotations)


GIVER = offering((-0.4, 0.0), 0.0)
TAKER = offering((0.5, 0.1), np.pi)


def write_poses(path: Path, places: np.ndarray, turns: np.ndarray) -> None:
    rows = np.hstack((places, Rotation.from_matrix(turns).as_quat()))
    lines = [",".join(f"{value:.12g}" for value in row) for row in rows]
    path.write_text("\n".join([HEADER, *lines]) + "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Both at 90 % of our size, a baton between the hands."""
    path = tmp_path / "kth" / "handover_sample"
    path.mkdir(parents=True)
    for who, motion in (("giver", GIVER), ("taker", TAKER)):
        places = motion.joints().double().numpy() * SIZE
        # Their hip frame lies between the hips.
        places[:, 0] = places[:, [1, 2]].mean(1)
        turns = global_rotations(motion.rotations).double().numpy() @ LEFT_BACK_UP
        for frame, joint in FRAMES.items():
            file = path / f"{who}_{frame}_pose_saved.csv"
            write_poses(file, places[:, JOINT_INDEX[joint]], turns[:, JOINT_INDEX[joint]])
    wrists = (right_wrist(GIVER) + right_wrist(TAKER)) / 2
    still = np.broadcast_to(np.eye(3), (ROWS, 3, 3))
    write_poses(path / "baton_pose_saved.csv", wrists * SIZE, still)
    return tmp_path / "kth"


def right_wrist(motion: Motion) -> np.ndarray:
    return motion.joints()[:, JOINT_INDEX["right_wrist"]].double().numpy()


def take_of(folder: Path) -> Take:
    (handover,) = find_kth_handover(folder)
    (take,) = handover.takes()
    return take


def test_the_ego_is_who_takes(folder: Path) -> None:
    take = take_of(folder)
    assert take.partner is not None
    assert take.times[-1] == pytest.approx((ROWS - 1) / 120)
    assert take.texts[0] == "a person takes what another person hands over"
    assert take.motion.root_positions[0, 0] > 0.3 > -0.3 > take.partner.root_positions[0, 0]


def test_upper_bodies_come_back(folder: Path) -> None:
    """Every joint above the hips and every orientation: any axis flipped would show."""
    take = take_of(folder)
    upper = [JOINT_INDEX[name] for name in FRAMES.values()]
    for fitted, motion in ((take.motion, TAKER), (take.partner, GIVER)):
        assert fitted is not None
        apart = fitted.joints() - motion.joints()
        # Standing knees lower all but the hand that holds, by 16 mm.
        assert apart[:, upper].norm(dim=-1).max() < 0.025
        turned = [global_rotations(m.rotations)[:, upper] for m in (fitted, motion)]
        torch.testing.assert_close(turned[0], turned[1], atol=0.1, rtol=0)
        np.testing.assert_allclose(right_wrist(fitted), right_wrist(motion), atol=3e-3)


def test_legs_stand(folder: Path) -> None:
    take = take_of(folder)
    for motion in (take.motion, take.partner):
        assert motion is not None
        for side in ("left", "right"):
            ankle = motion.joints()[:, JOINT_INDEX[f"{side}_ankle"]]
            torch.testing.assert_close(ankle[:, 2], torch.full((ROWS,), ANKLE_HEIGHT))
            assert ankle.std(0).max() < 1e-4
            knee = motion.rotations[:, JOINT_INDEX[f"{side}_knee"]]
            assert (knee[:, 0, 2] > 0).all(), "it folds backwards"


def test_prepared_as_a_user_does(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    arguments = ["--source", str(folder), "--out", str(out), "--workers", "1", "--phases", "1"]
    assert main(["prepare", "kth-handover", *arguments]) == 0
    corpus = open_corpus(out)
    assert corpus.index.kind == "duet"
    assert [clip.name for clip in corpus.clips] == ["handover_sample_composed_legs"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x,y,z,qx,qy,qz,qw\n0,0,1,0,0,0,1\n", "begins with 'x,y,z,qx,qy,qz,qw' instead of"),
        ("", "begins with '' instead of"),
        (f"{HEADER}\n", "rows of seven numbers, at least one"),
        (f"{HEADER}\n0,0,1,0,0,0\n", "rows of seven numbers"),
        (f"{HEADER}\n0,0,1,0,0,0,1\n0,0,1", "is damaged"),
        (f"{HEADER}\n0,0,1,0,0,0,one\n", "is damaged"),
        (f"{HEADER}\n0,0,1,0,0,0,0\n", "quaternion has not the length 1"),
        (f"{HEADER}\nnan,0,1,0,0,0,1\n", "holds a pose that is none"),
        (f"{HEADER}\n0,0,1,0,0,0,1\n", "do not have the same number of rows"),
    ],
)
def test_unfit_files(folder: Path, text: str, why: str) -> None:
    (folder / "handover_sample" / "giver_chest_pose_saved.csv").write_text(text)
    with pytest.raises(UserError, match=why):
        take_of(folder)


def test_missing_files(folder: Path) -> None:
    (folder / "handover_sample" / "giver_RHand_pose_saved.csv").unlink()
    with pytest.raises(UserError, match=r"no file .*giver_RHand_pose_saved\.csv"):
        take_of(folder)
    with pytest.raises(UserError, match="holds no handover"):
        find_kth_handover(folder / "elsewhere")
