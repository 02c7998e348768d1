"""The composed corpora of rooms: nobody is ever inside of anything, and nothing crosses splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from remogen_ros.cli.data import main
from remogen_ros.data.composing.material import Material
from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.data.rooms.compose import RoomClip, compose
from remogen_ros.data.rooms.corpus import prepare_rooms
from remogen_ros.data.rooms.house import House
from remogen_ros.data.rooms.hybrid import prepare_hybrid
from remogen_ros.data.rooms.place import Place
from remogen_ros.data.rooms.room_acts import ACTS, Act, act_choices
from remogen_ros.data.scenes import body_inside
from remogen_ros.data.splits import Split
from remogen_ros.errors import UserError
from remogen_ros.motion.arms import Side, palms
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import yaw_matrix
from test.data.bodies import entry, hanging, strolling, waving
from test.data.rooms.furniture_files import furnished_room, write_library

TWO_SPLITS: tuple[Split, ...] = ("train", "test")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    entries = [
        entry(f"{split} {content}", motion, content, split=split)
        for split in TWO_SPLITS
        for content, motion in (
            ("wave-left-hand", waving(30)),
            ("guide", hanging(30)),
            ("walk", strolling(90)),
        )
    ]
    path = tmp_path_factory.mktemp("single") / "c"
    write_corpus(path, "single", entries)
    return path


@pytest.fixture(scope="module")
def place(source: Path) -> Place:
    return Place(furnished_room(), Material(open_corpus(source), "train"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_library(tmp_path_factory.mktemp("scenes")).parent


def composed(act: Act, place: Place) -> RoomClip:
    random = np.random.default_rng(0)
    clips = (compose(act, place, random) for _ in range(300))
    return next(clip for clip in clips if clip is not None)


@pytest.mark.parametrize("act", [act for act in ACTS if act != "through-the-door"])
def test_acts(act: Act, place: Place) -> None:
    clip = composed(act, place)
    assert clip.act == act and not body_inside(clip.motion, place.room.scene.grid).any()
    choice = act_choices()[act]
    path = clip.motion.root_positions[:, :2].diff(dim=0).norm(dim=-1).sum()
    assert choice.path[0] * 0.9 <= float(path) < choice.path[1] + 2.0
    assert not any("{" in text for text in clip.texts)
    speed = clip.motion.joints().diff(dim=0).norm(dim=-1).max() * 10
    assert float(speed) < 8.0, "nothing jumps"
    for goal in clip.goals:
        if goal.joint == "pelvis":
            ahead = clip.motion.root_positions[-1, :2] - torch.tensor(goal.position[:2])
            assert float(ahead.norm()) < 0.05


def test_who_sits_sits_on_the_chair(place: Place) -> None:
    clip = composed("sit-down", place)
    (seat,) = place.room.seats
    assert "chair" in clip.texts[0]
    last = clip.motion.root_positions[-1]
    assert last[:2].tolist() == pytest.approx(seat.hips.tolist(), abs=0.03)
    rising = composed("get-up", place).motion
    assert rising.root_positions[0, :2].tolist() == pytest.approx(seat.hips.tolist(), abs=0.03)


def test_who_reaches_touches(place: Place) -> None:
    clip = composed("reach", place)
    (goal,) = (goal for goal in clip.goals if goal.joint != "pelvis")
    side: Side = "left" if goal.joint == "left_wrist" else "right"
    assert any(side in text for text in clip.texts)
    away = (palms(clip.motion, side) - torch.tensor(goal.position)).norm(dim=-1)
    assert float(away.min()) < 0.01


def test_a_body_within_a_cupboard_is_found(place: Place) -> None:
    inside = hanging(1).moved(torch.eye(3), torch.tensor([2.5, 2.0, 0.0]))
    beside = hanging(1).moved(torch.eye(3), torch.tensor([4.0, 2.0, 0.0]))
    assert body_inside(inside, place.room.scene.grid).all()
    assert not body_inside(beside, place.room.scene.grid).any()


def test_the_corpus(source: Path, folder: Path, tmp_path: Path) -> None:
    house = House(folder, 3, layouts=6)
    summaries = [prepare_rooms(source, house, tmp_path / w, int(w), clips=3) for w in ("1", "2")]
    one, two = (open_corpus(tmp_path / w) for w in ("1", "2"))
    assert one.index == two.index and torch.equal(one.ego.rotations, two.ego.rotations)
    assert sum(summaries[0].clips.values()) == len(one.clips) > 8
    splits = house.splits()
    singles = {clip.name: clip.split for clip in open_corpus(source).clips}
    for clip in one.clips:
        scene = one.scene_of(clip)
        assert scene is not None and clip.split == splits[clip.scene] == singles[clip.ego]
        assert not body_inside(one.motion_of(clip), scene.grid).any()
    assert {row[0] for row in summaries[0].rejected} <= set(splits)
    other = prepare_rooms(source, House(folder, 4, layouts=2), tmp_path / "other", 1, clips=2)
    assert sum(other.clips.values()) <= 4


def pairs(path: Path) -> Path:
    """One pair that fits into a room, one that is too far apart, and one to train on."""

    def beside(distance: float) -> Motion:
        turned = waving(30).moved(yaw_matrix(torch.tensor(np.pi)), torch.zeros(3))
        return turned.moved(torch.eye(3), torch.tensor([distance, 0.0, 0.0]))

    entries = [
        entry("near", hanging(30), split="test", partner=beside(1.0)),
        entry("far", hanging(30), split="test", partner=beside(30.0)),
        entry("train", hanging(30), split="train", partner=beside(1.0)),
    ]  # fmt: skip
    write_corpus(path, "duet", entries)
    return path


def first_pair(corpus: Corpus) -> torch.Tensor:
    clip = corpus.clips[0]
    return (corpus.motion_of(clip).joints() - corpus.partner_of(clip).joints()).norm(dim=-1)


def test_duets_in_rooms(folder: Path, tmp_path: Path) -> None:
    source = pairs(tmp_path / "pairs")
    house = House(folder, 0, layouts=40)
    summary = prepare_hybrid(source, house, tmp_path / "hybrid", 1)
    corpus = open_corpus(tmp_path / "hybrid")
    (clip,) = corpus.clips
    assert (clip.name, clip.split, clip.source) == ("near", "test", "duet in rooms")
    assert [row[0] for row in summary.rejected] == ["far"]
    scene = corpus.scene_of(clip)
    assert scene is not None and house.splits()[clip.scene] == "test"
    for motion in (corpus.motion_of(clip), corpus.partner_of(clip)):
        assert not body_inside(motion, scene.grid).any()
    before = first_pair(open_corpus(source))
    assert float((first_pair(corpus) - before).abs().max()) < 1e-3, "they keep their distance"


def test_commands(
    source: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--scenes", str(folder), "--workers", "1"]
    rooms = ["prepare", "rooms", "--source", str(source), "--out", str(tmp_path / "r"), *given]
    assert main([*rooms, "--layouts", "4", "--clips", "2"]) == 0
    printed = capsys.readouterr().out
    assert "go-to" in printed and "hours" in printed
    with pytest.raises(UserError, match="--clips at least 1"):
        main([*rooms, "--clips", "0"])
    with pytest.raises(UserError, match="is a corpus of single persons"):
        main(["prepare", "duet-in-rooms", "--source", str(source), "--out", "x", *given])
    with pytest.raises(UserError, match="is a corpus of pairs"):
        paired = pairs(tmp_path / "pairs")
        main(["prepare", "rooms", "--source", str(paired), "--out", str(tmp_path / "x"), *given])
    with pytest.raises(UserError, match="There is no furniture library"):
        nowhere = ["--scenes", str(tmp_path), "--workers", "1"]
        main(["prepare", "rooms", "--source", str(source), "--out", str(tmp_path / "x"), *nowhere])
