"""Inter-X: who acts, both forms on disk, frame rates, and people who keep their places."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from remogen_ros.cli.data import main
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.datasets.inter_x import find_inter_x
from remogen_ros.data.recordings import Take
from remogen_ros.errors import UserError
from test.data.datasets.smpl_files import walking

SECOND_ACTS, FIRST_ACTS = "G001T000A000R000", "G001T000A000R001"
WRONG = "G013T002A005R001"
PROCESSED = "G002T000A000R000"


def people(frames: int, rate: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """P1 stands at the origin; P2, 1 m to its left (x), walks along z."""
    pose, standing = walking(frames, rate, speed=0.0)
    _, going = walking(frames, rate)
    return [(pose, standing), (pose, going + [1.0, 0.0, 0.0])]


def write_raw(folder: Path, name: str, frames: int, rate: float, skeleton: int) -> None:
    path = folder / "motions" / name
    path.mkdir(parents=True)
    for person, (pose, translation) in zip(("P1", "P2"), people(frames, rate), strict=True):
        hands = np.zeros((frames, 15, 3))
        np.savez(
            path / f"{person}.npz",
            root_orient=pose[:, 0], pose_body=pose[:, 1:], pose_lhand=hands, pose_rhand=hands,
            trans=translation, betas=np.zeros((1, 10)), gender=np.array("neutral"),
        )  # fmt: skip
    (folder / "skeletons" / name).mkdir(parents=True)
    np.save(folder / "skeletons" / name / "P1.npy", np.zeros((skeleton, 64, 3), np.float32))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, rate in ((SECOND_ACTS, 120.0), (FIRST_ACTS, 120.0), (WRONG, 40.0)):
        write_raw(tmp_path, name, int(3 * rate), rate, skeleton=360)
    processed = tmp_path / "processed_data" / "motions"
    processed.mkdir(parents=True)
    both = np.zeros((90, 56, 6))
    for side, (pose, translation) in enumerate(people(90, 30.0)):
        both[:, :22, 3 * side : 3 * side + 3] = pose
        both[:, 55, 3 * side : 3 * side + 3] = translation
    with h5py.File(processed / "test.h5", "w") as file:
        file[PROCESSED] = both
    splits = {"train": [SECOND_ACTS, FIRST_ACTS], "val": [WRONG], "test": [PROCESSED]}
    (tmp_path / "splits").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts_processed").mkdir()
    for split, names in splits.items():
        (tmp_path / "splits" / f"{split}.txt").write_text("\n".join(names))
        for name in names:
            texts = "\n".join(f"they meet, {i}" for i in range(3))
            (tmp_path / "texts" / f"{name}.txt").write_text(texts)
    (tmp_path / "texts" / f"{PROCESSED}.txt").unlink()
    (tmp_path / "texts_processed" / f"{PROCESSED}.txt").write_text(
        "they meet#they/PRON meet/VERB#0.0#0.0\n"
    )
    order = {SECOND_ACTS: 0, FIRST_ACTS: 1, WRONG: 0, PROCESSED: np.int64(1)}
    (tmp_path / "annots").mkdir()
    (tmp_path / "annots" / "interaction_order.pkl").write_bytes(pickle.dumps(order))
    return tmp_path


def take_of(folder: Path, name: str) -> Take:
    (pair,) = (pair for pair in find_inter_x(folder) if pair.name == name)
    (take,) = pair.takes()
    return take


def walks(motion) -> bool:
    return float((motion.root_positions[-1] - motion.root_positions[0]).norm()) > 1.0


@pytest.mark.parametrize(
    ("name", "first_acts"),
    [(SECOND_ACTS, False), (FIRST_ACTS, True), (WRONG, True), (PROCESSED, True)],
)
def test_the_ego_is_who_reacts(folder: Path, name: str, first_acts: bool) -> None:
    """P2 is the one who walks."""
    take = take_of(folder, name)
    assert take.partner is not None
    assert (walks(take.motion), walks(take.partner)) == (first_acts, not first_acts)


@pytest.mark.parametrize("name", [FIRST_ACTS, PROCESSED])
def test_they_share_one_world_and_one_floor(folder: Path, name: str) -> None:
    """P2 is to P1's left: a metre along y, once the world is ours (z up, x where they face)."""
    take = take_of(folder, name)
    assert take.partner is not None
    apart = (take.motion.root_positions - take.partner.root_positions)[0].numpy()
    assert apart == pytest.approx([0.0, np.linalg.norm(apart), 0.0], abs=1e-5)
    assert 0.95 < np.linalg.norm(apart) < 1.15
    assert take.motion.joints()[..., 2].min() > 0.0


def test_processing_that_shifts_people_apart_in_height_is_undone(folder: Path) -> None:
    """It puts each onto its own lowest joint; a toe that dips moves a whole person up."""
    path = folder / "processed_data" / "motions" / "test.h5"
    with h5py.File(path, "r+") as file:
        file[PROCESSED][:, 55, 4] += 0.04
    take = take_of(folder, PROCESSED)
    assert take.partner is not None
    heights = [motion.root_positions[:, 2] for motion in (take.motion, take.partner)]
    assert heights[0].numpy() == pytest.approx(heights[1].numpy(), abs=1e-4)


def test_the_clip_that_is_too_short_is_left_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = "G021T003A016R007"
    write_raw(folder, short, 30, 120.0, skeleton=30)
    (folder / "splits" / "val.txt").write_text(short)
    (folder / "texts" / f"{short}.txt").write_text("they meet")
    order = {SECOND_ACTS: 0, FIRST_ACTS: 1, PROCESSED: 1, short: 1}
    (folder / "annots" / "interaction_order.pkl").write_bytes(pickle.dumps(order))
    out = folder / "corpus"
    arguments = ["--source", str(folder), "--out", str(out), "--workers", "1", "--phases", "1"]
    assert main(["prepare", "inter-x", *arguments]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "1 rejected" in printed and f"{short} is only 0.24 s long." in printed
    assert short not in {clip.name for clip in open_corpus(out).clips}


def test_lists_without_a_last_newline_lose_nothing(folder: Path) -> None:
    """The dataset's all.txt, which is not needed, has none; neither may the others."""
    (folder / "splits" / "all.txt").write_text("G099T099A099R099")
    assert {pair.name for pair in find_inter_x(folder)} == {
        SECOND_ACTS,
        FIRST_ACTS,
        WRONG,
        PROCESSED,
    }
    (folder / "splits" / "val.txt").write_text(f"{WRONG}\r\n\n")
    assert [pair.name for pair in find_inter_x(folder)].count(WRONG) == 1


def test_frame_rates_are_told_by_the_skeleton(folder: Path) -> None:
    assert take_of(folder, FIRST_ACTS).times[-1] == pytest.approx(3.0, abs=0.01)
    assert take_of(folder, WRONG).times[-1] == pytest.approx(3.0, abs=0.03), "40 Hz"
    np.save(folder / "skeletons" / WRONG / "P1.npy", np.zeros((600, 64, 3)))
    with pytest.raises(UserError, match="frame rate is unknown"):
        take_of(folder, WRONG)


def test_captions(folder: Path) -> None:
    assert take_of(folder, FIRST_ACTS).texts == tuple(f"they meet, {i}" for i in range(3))
    assert take_of(folder, PROCESSED).texts == ("they meet",)


def test_prepared_as_a_user_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "splits" / "val.txt").write_text(f"{WRONG}\nG099T000A000R000")
    out = folder / "corpus"
    arguments = ["--source", str(folder), "--out", str(out), "--workers", "1", "--phases", "1"]
    assert main(["prepare", "inter-x", *arguments]) == 0
    assert "1 rejected" in capsys.readouterr().out
    corpus = open_corpus(out)
    assert corpus.index.kind == "duet"
    assert {clip.name for clip in corpus.clips} == {SECOND_ACTS, FIRST_ACTS, WRONG, PROCESSED}
    assert {clip.count for clip in corpus.clips} == {30}


def damaged_order(folder: Path) -> None:
    (folder / "annots" / "interaction_order.pkl").write_bytes(b"\x80")


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (damaged_order, "was truncated"),
        (lambda f: (f / "splits" / "val.txt").unlink(), "no file .*val.txt"),
        (lambda f: [(f / n).rename(f / f"no {n}") for n in ("motions", "processed_data")], "neit"),
    ],
)
def test_a_damaged_layout(folder: Path, damage, why: str) -> None:
    damage(folder)
    with pytest.raises(UserError, match=why):
        find_inter_x(folder)


def test_damaged_pairs(folder: Path) -> None:
    path = folder / "motions" / FIRST_ACTS / "P2.npz"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(UserError, match=r"P2\.npz is damaged"):
        take_of(folder, FIRST_ACTS)
    (folder / "texts" / f"{SECOND_ACTS}.txt").write_text("\n \n")
    with pytest.raises(UserError, match="has no caption"):
        take_of(folder, SECOND_ACTS)
    path = folder / "processed_data" / "motions" / "test.h5"
    with h5py.File(path, "w") as file:
        file[PROCESSED] = np.zeros((90, 55, 6))
    with pytest.raises(UserError, match=r"shape \(T, 56, 6\), not \(90, 55, 6\)"):
        take_of(folder, PROCESSED)
    path.write_bytes(b"nothing")
    with pytest.raises(UserError, match="cannot be read"):
        take_of(folder, PROCESSED)
