"""A user's own BVH files: their skeleton is described by a joint map."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from remogen_ros.cli.data import main
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.datasets.bvh_folder import find_bvh
from remogen_ros.data.joint_maps import read_joint_map
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import ADULT, JOINT_NAMES, PARENTS


def hierarchy(joint: int = 0, depth: int = 0) -> str:
    """Our own skeleton as BVH, centimetres and z up; joint names with a prefix, as exporters do."""
    offset = " ".join(f"{100 * value:.4f}" for value in ADULT.offsets[joint])
    channels = "3 Zrotation Yrotation Xrotation"
    if joint == 0:
        channels = "6 Xposition Yposition Zposition Zrotation Yrotation Xrotation"
    children = [hierarchy(child, depth + 1) for child, p in enumerate(PARENTS) if p == joint]
    inside = "\n".join(children) or "End Site\n{\nOFFSET 0 0 1\n}"
    kind = "JOINT" if depth else "ROOT"
    return f"{kind} my:{JOINT_NAMES[joint]}\n{{\nOFFSET {offset}\nCHANNELS {channels}\n{inside}\n}}"


def write_stroll(path: Path, seconds: float = 3.0) -> None:
    """The T-pose gliding along x at 1 m/s, turned by 90 degrees about z, at 50 Hz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = int(seconds * 50)
    height = 100 * ADULT.pelvis_height
    rows = "\n".join(
        " ".join(map(str, [2.0 * i, 0.0, height, 90.0, *[0.0] * 65])) for i in range(count)
    )
    path.write_text(f"HIERARCHY\n{hierarchy()}\nMOTION\nFrames: {count}\nFrame Time: 0.02\n{rows}")


@pytest.fixture
def joint_map(tmp_path: Path) -> Path:
    axes = ["+x", "+y", "+z"]
    joints = {name: {"source": f"my:{name}", "axes": axes} for name in JOINT_NAMES}
    path = tmp_path / "map.yaml"
    path.write_text(yaml.safe_dump({"world": axes, "joints": joints}))
    return path


def test_prepared_as_a_user_does(tmp_path: Path, joint_map: Path) -> None:
    folder, out = tmp_path / "bvh", tmp_path / "corpus"
    write_stroll(folder / "day 1" / "stroll.bvh")
    (folder / "day 1" / "stroll.txt").write_text("someone strolls\n\nsomeone wanders\n")
    write_stroll(folder / "plain.bvh")
    arguments = ["--source", str(folder), "--out", str(out), "--workers", "1", "--phases", "1"]
    given = [*arguments, "--joint-map", str(joint_map), "--licence", "mine"]
    assert main(["prepare", "bvh", *given]) == 0
    corpus = open_corpus(out)
    assert [clip.name for clip in corpus.clips] == ["day 1/stroll", "plain"]
    clip = corpus.clips[0]
    assert (clip.licence, clip.count) == ("mine", 30)
    texts = [corpus.texts[i] for i in clip.texts]
    assert texts == ["someone strolls", "someone wanders"]
    motion = corpus.motion_of(clip)
    steps = motion.root_positions.diff(dim=0)
    assert steps[:, 0].numpy() == pytest.approx(0.1, abs=1e-4), "metres"
    assert float(motion.rotations[0, 0, 1, 0]) == pytest.approx(1.0, abs=1e-4), "it faces y"
    assert float(motion.root_positions[0, 2]) == pytest.approx(ADULT.pelvis_height, abs=1e-3)


def test_a_folder_without_files(tmp_path: Path, joint_map: Path) -> None:
    with pytest.raises(UserError, match=r"holds no \.bvh"):
        find_bvh(tmp_path, read_joint_map(joint_map), "")


def test_captions_that_are_empty(tmp_path: Path, joint_map: Path) -> None:
    write_stroll(tmp_path / "a.bvh")
    (tmp_path / "a.txt").write_text("\n")
    (recording,) = find_bvh(tmp_path, read_joint_map(joint_map), "")
    with pytest.raises(UserError, match=r"a\.txt has no caption"):
        recording.takes()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("world: [+x, +y", "cannot be read"),
        ("world: [+x, +y, +w]\njoints: {}", r"no joint map: world\.2"),
        ("just words", "is no joint map: the file"),
    ],
)
def test_joint_maps_that_are_none(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=why):
        read_joint_map(path)
    with pytest.raises(UserError, match="There is no joint map"):
        read_joint_map(tmp_path / "nothing.yaml")


def test_a_joint_that_the_files_lack(tmp_path: Path, joint_map: Path) -> None:
    write_stroll(tmp_path / "a.bvh")
    text = (tmp_path / "a.bvh").read_text().replace("my:left_knee", "my:knee_left")
    (tmp_path / "a.bvh").write_text(text)
    (recording,) = find_bvh(tmp_path, read_joint_map(joint_map), "")
    with pytest.raises(UserError, match="no joint 'my:left_knee'"):
        recording.takes()
