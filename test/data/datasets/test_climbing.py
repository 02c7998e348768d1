"""Climbing sequences: where joints and boxes go, and files that are unfit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from remogen_ros.cli.data import main
from remogen_ros.cues.occupancy import OCCUPIED
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.datasets.climbing import JOINTS, ClimbingSequence, find_climbing
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import FOOT_HEIGHT, JOINT_INDEX
from test.data.bodies import hanging
from test.data.mesh_files import box, write_obj

THEIRS = {"Spine": "spine1", "Spine1": "spine3", "Neck": "neck", "Head": "head"} | {
    f"{side}{theirs}": f"{side.lower()}_{ours}"
    for side in ("Left", "Right")
    for theirs, ours in (
        ("Shoulder", "collar"), ("Arm", "shoulder"), ("ForeArm", "elbow"), ("Hand", "wrist"),
        ("UpLeg", "hip"), ("Leg", "knee"), ("Foot", "ankle"), ("ToeBase", "foot"),
    )
}  # fmt: skip
SOLES = 0.024
BOX = 0.5
SIZE = 0.8
FRAMES = 240


def on_a_box() -> Motion:
    """Arms hanging, one foot before the other, to the left of a box's middle, facing x."""
    motion = hanging(FRAMES)
    return Motion(motion.root_positions + motion.root_positions.new_tensor([1.0, 0.3, BOX]),
                  motion.rotations)  # fmt: skip


def write_sequence(folder: Path, number: int) -> Path:
    """The motion as someone of 80 % of our size would do it, whose ankles are a little high."""
    name = f"mocap_climb_seq_{number}"
    ours = on_a_box().joints().double().numpy() + [0.0, 0.0, SOLES]
    positions = np.zeros((FRAMES, 53, 3), np.float32)
    for place, joint in enumerate(JOINTS):
        if joint in THEIRS:
            positions[:, place] = ours[:, JOINT_INDEX[THEIRS[joint]]] * SIZE
    (folder / name).mkdir(parents=True)
    path = folder / name / f"{name}_joint_positions_f0-{FRAMES - 1}.npy"
    np.save(path, positions)
    write_obj(
        path.with_name("multi_boxes.obj"),
        box((0.0, -0.5 * SIZE, 0.0), (2.0 * SIZE, 0.8 * SIZE, BOX * SIZE)),
    )
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(5):
        write_sequence(tmp_path / "climb", number)
    return tmp_path / "climb"


def first(folder: Path) -> ClimbingSequence:
    return find_climbing(folder)[0]


def test_their_53_joints() -> None:
    assert len(JOINTS) == 53
    assert [JOINTS[i] for i in (0, 5, 23, 24, 43, 47, 50, 52)] == [
        "Hips", "LeftShoulder", "LeftPinky3", "RightShoulder", "LeftUpLeg", "RightUpLeg",
        "RightToeBase", "RightFootMod",
    ]  # fmt: skip


def test_the_motion_comes_back(folder: Path) -> None:
    (take,) = first(folder).takes()
    assert take.times[-1] == pytest.approx((FRAMES - 1) / 120)
    assert take.scene == "mocap_climb_seq_0"
    assert "a person climbs onto boxes" in take.texts
    np.testing.assert_allclose(take.motion.joints(), on_a_box().joints(), atol=2e-3)


def test_boxes_grow_as_the_person_does(folder: Path) -> None:
    sequence = first(folder)
    assert sequence.scale() == pytest.approx(1 / SIZE, rel=1e-5)
    boxes = sequence.boxes()
    np.testing.assert_allclose(boxes.vertices.max(0), [2.0, 0.8, BOX], atol=1e-5)
    (take,) = sequence.takes()
    soles = take.motion.joints()[:, JOINT_INDEX["left_foot"], 2] - FOOT_HEIGHT
    np.testing.assert_allclose(soles, BOX, atol=1e-4)
    grid = sequence.scene().grid
    under = take.motion.root_positions[:1] * grid.corner.new_tensor([1.0, 1.0, 0.0])
    inside, above = (under + under.new_tensor([0.0, 0.0, z]) for z in (BOX - 0.05, BOX + 0.05))
    assert (grid.state_at(inside) == OCCUPIED).all()
    assert not (grid.state_at(above) == OCCUPIED).any()


def test_a_hand_near_a_box_stays_where_it_was(folder: Path) -> None:
    """Of shorter, bent arms: near the box the wrist is exact, far from all boxes the pose is."""
    path = first(folder).path
    positions = np.load(path)
    shoulder, elbow, hand = (JOINTS.index(f"Left{part}") for part in ("Arm", "ForeArm", "Hand"))
    positions[:, elbow] = positions[:, shoulder] - [0.0, 0.0, 0.2]
    positions[:, hand] = positions[:, elbow] + [0.15, 0.0, -0.1]
    np.save(path, positions)
    (far,) = first(folder).takes()
    mesh = path.with_name("multi_boxes.obj")
    x, y, z = positions[0, hand]
    write_obj(mesh, box((x - 0.1, y - 0.1, z - 0.3), (x + 0.1, y + 0.1, z - 0.1)))
    (near,) = first(folder).takes()
    recorded = positions[:, hand] / SIZE - [0.0, 0.0, SOLES]
    wrists = [take.motion.joints()[:, JOINT_INDEX["left_wrist"]].numpy() for take in (far, near)]
    apart = [np.linalg.norm(wrist - recorded, axis=-1) for wrist in wrists]
    assert apart[0].min() > 0.05
    assert apart[1].max() < 1e-3


def test_splits_and_labels(folder: Path) -> None:
    found = find_climbing(folder)
    assert [sequence.content for sequence in found] == ["climb"] * 4 + ["climb-ramp"]
    assert sorted(sequence.split for sequence in found) == [
        "test",
        "train",
        "train",
        "train",
        "val",
    ]


def test_prepared_as_a_user_does(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    arguments = ["--source", str(folder), "--out", str(out), "--workers", "1", "--phases", "1"]
    assert main(["prepare", "climbing", *arguments]) == 0
    corpus = open_corpus(out)
    assert corpus.index.kind == "single"
    assert {clip.scene for clip in corpus.clips} == {f"mocap_climb_seq_{i}" for i in range(5)}
    assert {clip.count for clip in corpus.clips} == {20}
    assert corpus.scene_of(corpus.clips[0]) is not None


def test_unfit_files(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no mocap_climb_seq"):
        find_climbing(tmp_path / "nowhere")
    sequence = first(folder)
    np.save(sequence.path, np.zeros((5, 52, 3)))
    with pytest.raises(UserError, match=r"needs the shape \(any, 53, 3\), but has \(5, 52, 3\)"):
        sequence.takes()
    np.save(sequence.path, np.zeros((0, 53, 3)))
    with pytest.raises(UserError, match="has no frames"):
        sequence.takes()
    np.save(sequence.path, np.full((5, 53, 3), np.nan))
    with pytest.raises(UserError, match="not finite"):
        sequence.takes()
    np.save(sequence.path, np.zeros((5, 53, 3)))
    with pytest.raises(UserError, match="are nobody's"):
        sequence.takes()
    sequence.path.write_bytes(sequence.path.read_bytes()[:200])
    with pytest.raises(UserError, match="is damaged"):
        sequence.takes()
    sequence.mesh_path.unlink()
    with pytest.raises(UserError, match=r"no .*multi_boxes\.obj beside mocap_climb_seq_0"):
        find_climbing(folder)
