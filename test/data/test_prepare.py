"""The whole way from files to a corpus, as a user goes it."""

from __future__ import annotations

import lzma
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch

from remogen_ros.cli.data import main
from remogen_ros.data.clips import ten_hertz
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.sources import find_recordings, unpack_archives
from remogen_ros.errors import UserError
from test.data.bodies import deepmimic_row, walking, write_bvh, write_deepmimic

SINGLE = ("prepare", "single", "--workers", "1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two DeepMimic walks, one of them too short; one BVH of an unknown skeleton."""
    folder = tmp_path / "raw"
    folder.mkdir()
    for name, seconds in (("walk", 4.0), ("jog", 0.5)):
        rows = [
            deepmimic_row(duration=[0.05], position=[x, 0.9, 0.0])
            for x in np.arange(0, seconds, 0.05)
        ]
        write_deepmimic(folder / f"humanoid3d_{name}.txt", rows)
    write_bvh(folder / "odd.bvh", [[0.0] * 9] * 30)
    return folder


def test_prepare_list_and_inspect(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "corpus")
    assert main([*SINGLE, "--source", str(folder), "--out", out]) == 0
    printed = capsys.readouterr().out
    assert "2 rejected" in printed and "humanoid3d_jog" in printed and "odd" in printed
    corpus = open_corpus(Path(out))
    assert {clip.name for clip in corpus.clips} == {"humanoid3d_walk"}
    clip = corpus.clips[0]
    assert (clip.source, clip.licence, clip.content) == ("deepmimic", "MIT", "walk")
    roots = corpus.motion_of(clip).root_positions
    speeds = roots.diff(dim=0)[:, 0] * 10
    assert speeds.numpy() == pytest.approx(np.full(len(speeds), 1.004), abs=0.01)
    assert main(["list", out]) == 0
    assert "walk" in capsys.readouterr().out
    assert main(["inspect", out, "humanoid3d_walk"]) == 0
    assert "a person walks forward" in capsys.readouterr().out
    with pytest.raises(UserError, match="no clip 'nobody'"):
        main(["inspect", out, "nobody"])


def test_list_tells_what_can_be_prepared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    printed = capsys.readouterr().out
    for name in ("single", "humanml3d", "inter-x", "lingo", "egobody", "duet", "rooms"):
        assert name in printed
    assert "Pairs: Inter-X" in printed


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--source", "{}/nothing"], "There is no folder"),
        (["--source", "{}"], "holds no Bandai-Namco, CMU or DeepMimic recording"),
        (["--source", "{}", "--phases", "0"], "--phases must be at least 1"),
    ],
)
def test_bad_arguments(tmp_path: Path, arguments: list[str], why: str) -> None:
    given = [argument.format(tmp_path) for argument in arguments]
    with pytest.raises(UserError, match=why):
        main([*SINGLE, "--out", str(tmp_path / "c"), *given])


def test_nothing_usable(tmp_path: Path) -> None:
    write_bvh(tmp_path / "odd.bvh", [[0.0] * 9] * 30)
    with pytest.raises(UserError, match="None of the recordings could be used"):
        main([*SINGLE, "--source", str(tmp_path), "--out", str(tmp_path / "c")])


def test_recordings_are_known_by_their_names(tmp_path: Path) -> None:
    for name in (
        "dataset-1_walk-turn-left_not-confident_001.bvh",
        "01_01.bvh.xz",
        "humanoid3d_long_walk2.txt",
        "humanoid3d_zombie_walk.txt",
        "notes.txt",
    ):
        (tmp_path / name).touch()
    found = {r.name: (r.source, r.content, r.style) for r in find_recordings(tmp_path)}
    assert found == {
        "dataset-1_walk-turn-left_not-confident_001": (
            "bandai_namco", "walk-turn-left", "not-confident",
        ),
        "01_01": ("cmu", "playground", ""),
        "humanoid3d_long_walk2": ("deepmimic", "walk", ""),
        "humanoid3d_zombie_walk": ("deepmimic", "zombie-walk", ""),
    }  # fmt: skip


def test_each_label_of_each_dataset_is_split_on_its_own(tmp_path: Path) -> None:
    """Also when half of the files are in another folder, and some in both."""
    names = [f"dataset-1_{content}_old_{n:03}.bvh" for content in ("walk", "call") for n in (1, 2)]
    names += [f"humanoid3d_walk{n}.txt" for n in (1, 2, 3)]
    folders = [tmp_path / "one", tmp_path / "two"]
    for number, folder in enumerate(folders):
        folder.mkdir()
        for name in names[number:]:
            (folder / name).touch()
    found = find_recordings(*folders)
    splits: dict[tuple[str, str], list[str]] = {}
    for recording in found:
        splits.setdefault((recording.source, recording.content), []).append(recording.split)
    assert {key: sorted(row) for key, row in splits.items()} == {
        ("bandai_namco", "call"): ["test", "train"],
        ("bandai_namco", "walk"): ["test", "train"],
        ("deepmimic", "walk"): ["test", "train", "val"],
    }
    assert [(r.name, r.split) for r in find_recordings(*folders[::-1])] == [
        (r.name, r.split) for r in found
    ]


def test_archives_are_unpacked(folder: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    packed.mkdir()
    with tarfile.open(packed / "all.tar.xz", "w:xz") as archive:
        archive.add(folder, "any/where")
    assert unpack_archives(packed, tmp_path / "unpacked") == 1
    names = [r.name for r in find_recordings(tmp_path / "unpacked")]
    assert names == [r.name for r in find_recordings(folder)] != []


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "half.tar.xz").write_bytes(lzma.compress(b"x" * 5000)[:40])
    with pytest.raises(UserError, match=r"half\.tar\.xz is damaged"):
        unpack_archives(tmp_path, tmp_path / "unpacked")


def test_several_processes_make_the_same_corpus(folder: Path, tmp_path: Path) -> None:
    for workers in ("1", "2"):
        out = str(tmp_path / workers)
        main([*SINGLE[:2], "--source", str(folder), "--out", out, "--workers", workers])
    one, two = (open_corpus(tmp_path / workers) for workers in ("1", "2"))
    assert one.index == two.index
    assert torch.equal(one.ego.rotations, two.ego.rotations)


def test_phases_start_a_little_later_each() -> None:
    """30 frames a second at 3 m/s: frames 0, 1 and 2 begin the three samplings."""
    motion = walking(61)
    samplings = list(ten_hertz(motion, np.arange(61) / 30, 3))
    assert [len(s) for s in samplings] == [21, 20, 20]
    starts = [float(s.root_positions[0, 0]) for s in samplings]
    assert starts == pytest.approx([0.0, 0.1, 0.2], abs=1e-5)
    assert float(samplings[0].root_positions[1, 0]) == pytest.approx(0.3, abs=1e-5)


def test_samplings_too_short_for_a_primitive_are_left_out() -> None:
    """1.0 s gives 11 frames from the first frame, but only 10 from the second."""
    assert [len(s) for s in ten_hertz(walking(31), np.arange(31) / 30, 3)] == [11]
