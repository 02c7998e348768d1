"""EgoBody: two people and their room in one world on one floor, gaps, splits, damaged files."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from remogen_ros.cli.data import main
from remogen_ros.cues.occupancy import FREE, OCCUPIED, UNSEEN
from remogen_ros.data.clips import ten_hertz
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.datasets.egobody import egobody_scenes, find_egobody
from remogen_ros.data.datasets.egobody_rooms import mean_body_scale, read_calibration, read_room
from remogen_ros.data.recordings import Take
from remogen_ros.errors import UserError
from test.data.datasets.egobody_folder import (
    FIRST,
    FLOOR,
    LAST,
    SCENE,
    TEST,
    TRAIN,
    VAL,
    WEARER,
    calibration,
    frame_path,
    scan,
    write_egobody,
)

SCALE = mean_body_scale()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_egobody(tmp_path / "egobody")


def takes_of(folder: Path, name: str = TRAIN) -> tuple[Take, ...]:
    (recording,) = (r for r in find_egobody(folder) if r.name == name)
    return recording.takes()


def ours(place: np.ndarray) -> np.ndarray:
    """A place in the scan (y up) in the room's frame, as large as people have become."""
    x, y, z = place
    return np.array([z, x, y - FLOOR]) * SCALE


@pytest.mark.parametrize("name", [TRAIN, VAL])
def test_both_people_are_where_the_calibration_puts_them(folder: Path, name: str) -> None:
    """The ego wears the camera and stands; the interactee, 1.5 m ahead, walks on."""
    (take,) = takes_of(folder, name)
    assert take.partner is not None and take.scene == SCENE and take.part == ""
    assert all(take.texts)
    for motion, place in (
        (take.motion, WEARER),
        (take.partner, WEARER + (0.0, 0.0, 1.5 + (LAST - FIRST) / 30)),
    ):
        there = motion.root_positions[-1].numpy()
        assert there[:2] == pytest.approx(ours(place)[:2], abs=0.03)
        assert there[2] == pytest.approx(ours(place)[2], abs=0.1)
        soles = motion.joints()[..., 2].amin(dim=1)
        assert soles.min() > 0.0 and soles.max() < 0.05, "they stand on one floor"
    ahead = (take.partner.root_positions - take.motion.root_positions)[0]
    assert ahead.numpy() == pytest.approx([1.5 * SCALE, 0.0, 0.0], abs=0.01)
    facing = take.motion.rotations[0, 0] @ torch.tensor([1.0, 0.0, 0.0])
    assert facing.numpy() == pytest.approx([1.0, 0.0, 0.0], abs=0.05)


def test_splits_are_official(folder: Path) -> None:
    splits = {recording.name: recording.split for recording in find_egobody(folder)}
    assert splits[TRAIN] == "train" and splits[VAL] == "val" and splits[TEST] == "test"
    with pytest.raises(UserError, match=r"no row of recording_9_S09_S09_01, which a split names"):
        takes_of(folder, "recording_9_S09_S09_01")


def test_the_room_stands_where_people_would_bump_into_it(folder: Path) -> None:
    (scene,) = egobody_scenes(folder)
    assert scene.name == SCENE and scene.grid.outside == UNSEEN
    inside, mirrored = (
        torch.from_numpy(ours(np.array((x, FLOOR + 0.35, -1.75)))).float() for x in (1.5, -1.5)
    )
    assert scene.grid.state_at(inside) == OCCUPIED
    assert scene.grid.state_at(mirrored) != OCCUPIED
    cells = int((scene.grid.cells == OCCUPIED).sum())
    assert cells < 12 * 7 * 8 * 1.5, "the box, but not the floor"
    assert (scene.grid.cells == FREE).any()


def test_any_axis_may_be_up(tmp_path: Path) -> None:
    """The same room with z up: the calibration tells."""
    path = tmp_path / "room.obj"
    path.write_text(scan("z"))
    camera = calibration()
    camera[:3] = camera[[2, 0, 1]]
    room = read_room(path, [camera])
    assert room.upright[2] == pytest.approx([0.0, 0.0, 1.0, -FLOOR], abs=1e-6)
    assert np.linalg.det(room.upright) == pytest.approx(1.0)


def test_short_gaps_are_bridged_by_time(tmp_path: Path) -> None:
    (take,) = takes_of(write_egobody(tmp_path / "e", missing=tuple(range(120, 127))))
    assert len(take.times) == LAST - FIRST + 1 - 7
    assert take.partner is not None
    (sampled,) = ten_hertz(take.partner, take.times, 1)
    steps = sampled.root_positions.diff(dim=0).norm(dim=-1).numpy()
    assert steps == pytest.approx(0.1 * SCALE, abs=2e-3), "it walks on at the same speed"


def test_long_gaps_part_stretches_and_short_stretches_are_left_out(tmp_path: Path) -> None:
    """From 100 to 139, from 152 to 190, and ten frames between 140 and 152 but for two."""
    missing = tuple(frame for frame in range(140, 152))
    first, second = takes_of(write_egobody(tmp_path / "e", missing))
    assert (first.part, second.part) == ("100-139", "152-190")
    assert second.times[0] == 0.0 and second.times[-1] == pytest.approx(38 / 30)
    assert second.partner is not None
    gone = second.partner.root_positions[0] - first.motion.root_positions[0]
    assert float(gone[0]) == pytest.approx((1.5 + 52 / 30) * SCALE, abs=0.02)
    (only,) = takes_of(write_egobody(tmp_path / "f", tuple(range(110, 130))))
    assert only.part == "" and only.times[-1] == pytest.approx(2.0)
    with pytest.raises(UserError, match="has no 1 s without a gap"):
        takes_of(write_egobody(tmp_path / "g", tuple(range(115, 180))))


def test_prepared_as_a_user_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "corpus"
    arguments = ["--source", str(folder), "--out", str(out), "--workers", "1", "--phases", "1"]
    assert main(["prepare", "egobody", *arguments]) == 0
    assert "1 rejected" in capsys.readouterr().out
    corpus = open_corpus(out)
    assert corpus.index.kind == "duet"
    assert {(clip.name, clip.split) for clip in corpus.clips} == {
        (TRAIN, "train"),
        (VAL, "val"),
        (TEST, "test"),
    }
    assert list(corpus.scenes) == [SCENE]


class _Harmful:
    def __reduce__(self) -> tuple:
        return (print, ("this must never be printed",))


def test_damaged_frames(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = frame_path(folder, "interactee", "train", TRAIN, 1, FIRST + 5)
    whole = pickle.loads(path.read_bytes())
    for content, why in (
        (pickle.dumps(_Harmful()), "not a pickle of plain values: it refers to builtins.print"),
        (pickle.dumps(whole | {"transl": torch.zeros(1, 3)}), "it refers to torch"),
        (path.read_bytes()[:300], "frame_00105/000.pkl"),
        (pickle.dumps([1, 2]), "holds no table of parameters"),
        (pickle.dumps({k: v for k, v in whole.items() if k != "transl"}), "holds no 'transl'"),
        (pickle.dumps(whole | {"body_pose": np.zeros((1, 69))}), r"`body_pose` .* needs 63 numb"),
        (pickle.dumps(whole | {"transl": np.full((1, 3), np.nan)}), "not finite"),
    ):
        path.write_bytes(content)
        with pytest.raises(UserError, match=why):
            takes_of(folder)
    assert "printed" not in capsys.readouterr().out


def test_damaged_recordings(folder: Path) -> None:
    results = frame_path(folder, "camera_wearer", "val", VAL, 1, FIRST).parents[1]
    results.rename(results.with_name("gone"))
    with pytest.raises(UserError, match=r"no folder .*smplx_camera_wearer_val.*results"):
        takes_of(folder, VAL)
    for path in frame_path(folder, "interactee", "train", TRAIN, 1, FIRST).parents[1].iterdir():
        (path / "000.pkl").unlink()
    with pytest.raises(UserError, match="no frames in which both people are there"):
        takes_of(folder, TRAIN)
    kinect = folder / "calibrations" / TEST / "cal_trans" / "kinect12_to_world" / f"{SCENE}.json"
    kinect.unlink()
    with pytest.raises(UserError, match=rf"no file .*{SCENE}\.json"):
        takes_of(folder, TEST)
    wrong = calibration()
    wrong[1, 3] += 2.0
    kinect.write_text(json.dumps({"trans": wrong.tolist()}))
    with pytest.raises(UserError, match="scan and calibration do not belong together"):
        takes_of(folder, TEST)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("nothing", "is no calibration"),
        ('{"trans": 3}', r"needs a \(4, 4\) transform"),
        ('{"other": 3}', "is no calibration: KeyError"),
        (json.dumps({"trans": (2 * np.eye(4)).tolist()}), r"needs a \(4, 4\) transform"),
        (json.dumps({"trans": np.diag([2.0, 2, 2, 1]).tolist()}), "a rigid transform"),
        (json.dumps({"trans": np.diag([1.0, 1, -1, 1]).tolist()}), "a rigid transform"),
    ],
)
def test_damaged_calibrations(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(content)
    with pytest.raises(UserError, match=why):
        read_calibration(path)


def test_scans_that_show_no_floor_or_no_up(tmp_path: Path) -> None:
    path = tmp_path / "room.obj"
    path.write_text(scan())
    above, below, askew = calibration(), calibration(), np.eye(4)
    below[1, 3] = FLOOR - 1.0
    askew[:3, :3] = np.array([[2, 1, -2], [-1, -2, -2], [-2, 2, -1]]) / 3.0
    with pytest.raises(UserError, match="has no floor below the Kinect"):
        read_room(path, [below])
    with pytest.raises(UserError, match="do not agree on which axis"):
        read_room(path, [above, askew])


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda f: (f / "data_info_release.csv").unlink(), r"no file .*data_info_release\.csv"),
        (lambda f: (f / "data_splits.csv").write_text("train,val\n"), "no column 'test'"),
        (lambda f: (f / "data_info_release.csv").write_text("a,b\n"), "no column 'body_idx_fpv'"),
        (
            lambda f: (f / "data_info_release.csv").write_text(
                "recording_name,scene_name,start_frame,end_frame,body_idx_fpv\na,b,1,2,3 male\n"
            ),
            "Line 2 of .* is not a recording",
        ),
        (lambda f: (f / "scene_mesh").rename(f / "gone"), r"mesh .*seminar_x\.obj cannot be read"),
    ],
)
def test_a_damaged_layout(folder: Path, damage, why: str) -> None:
    damage(folder)
    with pytest.raises(UserError, match=why):
        find_egobody(folder)
