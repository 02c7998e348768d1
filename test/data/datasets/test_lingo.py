"""LINGO: segments, rooms that stand where people bump into them, mirror images, damaged files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from remogen_ros.cli.data import main
from remogen_ros.cues.occupancy import FREE, OCCUPIED
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.datasets.lingo import find_lingo, lingo_scenes
from remogen_ros.data.datasets.lingo_files import family
from remogen_ros.data.recordings import Take
from remogen_ros.data.smpl import SMPLX_REST_JOINTS
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX
from test.data.datasets.lingo_folder import CONTACT, LENGTH, STANDING, write_lingo, write_pickle

WALKS, SITS, WALKS_MIRRORED, SITS_MIRRORED = range(4)

LEGS = SMPLX_REST_JOINTS[[4, 5, 7, 8]] - SMPLX_REST_JOINTS[[1, 2, 4, 5]]
SCALE = float(ADULT.bone_lengths[[4, 5, 7, 8]].sum() / np.linalg.norm(LEGS, axis=1).sum())
"""Of the adult's legs to those of SMPL-X' mean body."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_lingo(tmp_path / "lingo")


def take_of(folder: Path, index: int) -> Take:
    (take,) = find_lingo(folder)[index].takes()
    return take


@pytest.mark.parametrize("columns", [0, 1, 3])
def test_segments_walk_where_they_did(tmp_path: Path, columns: int) -> None:
    """Along their z, which is our x, at their x, which is our y."""
    take = take_of(write_lingo(tmp_path, columns), WALKS)
    assert take.times[-1] == pytest.approx((LENGTH - 1) / 30)
    roots = take.motion.root_positions
    end = np.array([(LENGTH - 1) / 30, 0.5, STANDING]) * SCALE
    assert roots[-1].numpy() == pytest.approx(end, abs=0.03)
    lowest = take.motion.joints()[..., 2].min()
    assert -0.03 < lowest < 0.05, "on the floor of the room"
    assert take.texts == ("walk forward", "walk on")


def test_who_sits_is_not_put_on_the_floor(folder: Path) -> None:
    take = take_of(folder, SITS)
    assert take.motion.root_positions[0, 2] == pytest.approx(0.55 * SCALE, abs=0.05)
    assert take.texts == ("sit down on the box",)


def test_a_known_point_is_in_its_cell(folder: Path) -> None:
    """The middle of the box; a flipped or swapped axis would find nothing there."""
    scenes = {scene.name: scene.grid for scene in lingo_scenes(folder)}
    assert set(scenes) == {"004", "058-loco", "004_mirror", "058-loco_mirror"}
    middle = torch.tensor([-1.8, 1.2, 0.25]) * SCALE
    mirrored = middle * torch.tensor([1.0, -1.0, 1.0])
    for name, grid in scenes.items():
        there, elsewhere = (mirrored, middle) if "mirror" in name else (middle, mirrored)
        assert grid.state_at(there) == OCCUPIED, name
        assert grid.state_at(elsewhere) == FREE, name
        assert grid.state_at(middle * torch.tensor([-1.0, 1.0, 1.0])) == FREE
    grid = scenes["004"]
    size = int((grid.cells == OCCUPIED).sum())
    assert 5 * 5 * 5 <= size <= 6 * 6 * 7, "the box, but not the floor"


def test_the_sitter_sits_on_the_box(folder: Path) -> None:
    (grid,) = (s.grid for s in lingo_scenes(folder) if s.name == "058-loco")
    pelvis = take_of(folder, SITS).motion.root_positions[0]
    assert grid.state_at(pelvis - torch.tensor([0.0, 0.0, 0.15])) == OCCUPIED
    assert grid.state_at(pelvis + torch.tensor([0.0, 0.0, 0.15])) == FREE


def test_outside_is_occupied(folder: Path) -> None:
    grid = lingo_scenes(folder)[0].grid
    border = torch.tensor([3.9, 2.9, 1.0]) * SCALE
    for axis, beyond in enumerate((4.1, 3.1, 2.1)):
        outside = border.clone()
        outside[axis] = beyond * SCALE + 0.1
        assert grid.state_at(outside) == OCCUPIED
    assert grid.state_at(border) == FREE


def test_goals(folder: Path) -> None:
    (walk,) = take_of(folder, WALKS).goals
    assert walk.joint == "pelvis"
    assert walk.position == pytest.approx(((LENGTH - 1) / 30 * SCALE, 0.5 * SCALE, 0.0), abs=1e-3)
    take = take_of(folder, SITS)
    seat, hand = take.goals
    assert seat.joint == "pelvis" and seat.position[2] == pytest.approx(0.55 * SCALE, abs=1e-3)
    assert hand.joint == "left_wrist"
    wrist = take.motion.joints()[CONTACT - LENGTH, JOINT_INDEX["left_wrist"]].numpy()
    assert np.linalg.norm(wrist - hand.position) < 0.12
    assert [goal.joint for goal in take_of(folder, SITS_MIRRORED).goals] == [
        "pelvis",
        "right_wrist",
    ]


def test_mirror_images_play_in_mirrored_rooms_and_share_a_split(folder: Path) -> None:
    """The release labels all of them 005_mirror."""
    found = find_lingo(folder)
    rooms = [recording.segment.room for recording in found]
    assert rooms == ["004", "058-loco", "004_mirror", "058-loco_mirror"]
    assert found[WALKS].split == found[WALKS_MIRRORED].split
    assert found[SITS].split == found[SITS_MIRRORED].split
    assert family("048-bed_mirror") == family("048") and family("attic_mirror") == "attic"
    flipped = take_of(folder, WALKS_MIRRORED).motion.root_positions
    flip = torch.tensor([1.0, -1.0, 1.0])
    torch.testing.assert_close(
        flipped, take_of(folder, WALKS).motion.mirrored().root_positions, atol=0.03, rtol=0
    )
    torch.testing.assert_close(
        flipped * flip, take_of(folder, WALKS).motion.root_positions, atol=0.03, rtol=0
    )


def test_other_labels_are_believed(folder: Path) -> None:
    labels = ["004"] * 2 * LENGTH + ["004_mirror"] * LENGTH + ["058-loco"] * LENGTH
    write_pickle(folder / "scene_name.pkl", labels)
    rooms = [recording.segment.room for recording in find_lingo(folder)]
    assert rooms == ["004", "004", "004_mirror", "058-loco"]


def test_prepared_as_a_user_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pickle(folder / "text_aug.pkl", [["walk forward"], ["sit down"], [" "], ["sit down"]])
    out = folder / "corpus"
    arguments = ["--source", str(folder), "--out", str(out), "--workers", "1", "--phases", "1"]
    assert main(["prepare", "lingo", *arguments]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "1 rejected" in printed and "segment_00002" in printed
    corpus = open_corpus(out)
    assert [clip.scene for clip in corpus.clips] == ["004", "058-loco", "058-loco_mirror"]
    assert {clip.count for clip in corpus.clips} == {20}
    assert corpus.scene_of(corpus.clips[2]) is not None


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda f: (f / "Scene").rename(f / "Rooms"), "is no LINGO: it has no folder Scene"),
        (lambda f: truncated(f / "human_joints_aligned.npy"), r"aligned\.npy is damaged"),
        (lambda f: (f / "human_pose.npy").unlink(), r"no file .*human_pose\.npy"),
        (lambda f: np.save(f / "human_orient.npy", np.zeros((7, 3))), "different numbers of fr"),
        (lambda f: np.save(f / "human_pose.npy", np.zeros((7, 66))), r"needs the shape \(any, 63"),
        (lambda f: np.save(f / "end_idx.npy", [60, 120, 180, 999]), "do not lie within its 240"),
        (lambda f: np.save(f / "end_idx.npy", [0, 120, 180, 240]), "do not lie within its 240"),
        (lambda f: np.save(f / "end_idx.npy", np.zeros((4, 1, 1))), r"the shape \(M,\) or \(M, k"),
        (lambda f: np.save(f / "start_idx.npy", [0, 60]), "different numbers of segments"),
        (lambda f: write_pickle(f / "scene_name.pkl", ["004"]), "names 1 rooms for 240 frames"),
        (lambda f: write_pickle(f / "text_aug.pkl", {"a": 1}), "a dict instead of a list"),
        (lambda f: write_pickle(f / "text_aug.pkl", Path("x")), "not a pickle of plain values"),
        (
            lambda f: np.save(
                f / "human_joints_aligned.npy", np.random.default_rng(0).normal(size=(240, 28, 3))
            ),
            "is not of the bodies that human_pose.npy",
        ),
    ],
)
def test_a_damaged_layout(folder: Path, damage, why: str) -> None:
    damage(folder)
    with pytest.raises(UserError, match=why):
        find_lingo(folder)


def test_damaged_segments_and_rooms(folder: Path) -> None:
    write_pickle(folder / "text_aug.pkl", [[], "sit down", "", "sit down"])
    with pytest.raises(UserError, match="segment_00000 has no text"):
        take_of(folder, WALKS)
    np.save(folder / "left_hand_inter_frame.npy", [-1, 4000, -1, -1])
    with pytest.raises(UserError, match="touches something in frame 4000, which is none"):
        take_of(folder, SITS)
    np.save(folder / "Scene" / "004.npy", np.zeros((400, 100, 600), bool))
    with pytest.raises(UserError, match=r"004\.npy needs the shape \(300, 100, 400\)"):
        lingo_scenes(folder)
    (folder / "Scene" / "058-loco.npy").unlink()
    (folder / "Scene" / "004.npy").unlink()
    with pytest.raises(UserError, match=r"no file .*004\.npy"):
        lingo_scenes(folder)
