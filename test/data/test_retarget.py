"""Retargeting: rest poses of every shape become our T-pose, and left stays left."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from remogen_ros.data.floor import floor_height, stand_on_floor
from remogen_ros.data.joint_maps import JointMap, load_joint_map
from remogen_ros.data.retarget import axes_matrix, retarget, retarget_together
from remogen_ros.data.source_motion import SourceMotion
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import (
    ADULT,
    ANKLE_HEIGHT,
    FOOT_HEIGHT,
    JOINT_INDEX,
    JOINT_NAMES,
    PARENTS,
)
from test.data.bodies import turn

MAPS = ("bandai_namco", "cmu", "cmu_boxing", "deepmimic")

OURS = JointMap.model_validate(
    {
        "world": ("+x", "+y", "+z"),
        "joints": {name: {"source": name, "axes": ("+x", "+y", "+z")} for name in JOINT_NAMES},
    }
)


def source(
    rotations: np.ndarray, offsets: np.ndarray = ADULT.offsets, height: float | None = None
) -> SourceMotion:
    """Our own skeleton as if it were a dataset's; rotations (T, 22, 3, 3)."""
    frames = len(rotations)
    translations = np.broadcast_to(offsets.astype(np.float64), (frames, 22, 3)).copy()
    translations[:, 0, 2] = ADULT.pelvis_height if height is None else height
    return SourceMotion(
        JOINT_NAMES, PARENTS, offsets.astype(np.float64), translations, rotations,
        np.arange(frames) / 30,
    )  # fmt: skip


def still(frames: int = 4) -> np.ndarray:
    return np.broadcast_to(np.eye(3), (frames, 22, 3, 3)).copy()


def test_the_same_skeleton_at_rest_stays_at_rest() -> None:
    motion = retarget(source(still()), OURS)
    np.testing.assert_allclose(motion.rotations.numpy(), still(), atol=1e-6)
    np.testing.assert_allclose(motion.root_positions[:, 2], ADULT.pelvis_height, atol=1e-5)


def test_poses_of_the_same_skeleton_are_kept() -> None:
    rotations = still()
    rotations[:, JOINT_INDEX["left_shoulder"]] = turn("x", 70)
    rotations[:, JOINT_INDEX["right_knee"]] = turn("y", 40)
    rotations[:, JOINT_INDEX["pelvis"]] = turn("z", 100)
    motion = retarget(source(rotations), OURS)
    np.testing.assert_allclose(motion.rotations.numpy(), rotations, atol=1e-6)


@pytest.mark.parametrize("factor", [0.01, 1.0, 17.7])
def test_units_do_not_matter(factor: float) -> None:
    clip = source(still(), ADULT.offsets * factor, height=3.0 * factor)
    clip.translations[:, 0, 0] = np.arange(4) * factor
    roots = retarget(clip, OURS).root_positions
    np.testing.assert_allclose(roots[:, 0], np.arange(4), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(roots[:, 2], ADULT.pelvis_height, atol=1e-4)


def test_y_up_worlds_are_turned() -> None:
    """A body that moves along its z, its own forward, moves along our x."""
    axes = ("+z", "+x", "+y")
    joints = {name: {"source": name, "axes": axes} for name in JOINT_NAMES}
    joint_map = JointMap.model_validate({"world": axes, "joints": joints})
    clip = source(still(), ADULT.offsets @ axes_matrix(axes).T)
    clip.translations[:, 0] = [[0, 1, 0], [0, 1, 1], [0, 1, 2], [0, 1, 3]]
    motion = retarget(clip, joint_map)
    np.testing.assert_allclose(motion.rotations.numpy(), still(), atol=1e-6)
    np.testing.assert_allclose(
        motion.root_positions[:, :2], [[0, 0], [1, 0], [2, 0], [3, 0]], atol=1e-5
    )


def test_a_spread_rest_pose_is_straightened() -> None:
    """Legs that are spread at zero angles: standing straight takes angles there, none here."""
    offsets = ADULT.offsets.copy()
    spread = turn("x", 20)  # turns the left leg outwards: -z goes to +y
    for part in ("knee", "ankle"):
        offsets[JOINT_INDEX[f"left_{part}"]] = spread @ offsets[JOINT_INDEX[f"left_{part}"]]
    joints = OURS.model_dump()
    joints["joints"]["left_hip"]["bone"] = "left_knee"
    joints["joints"]["left_knee"]["bone"] = "left_ankle"
    rotations = still()
    rotations[:, JOINT_INDEX["left_hip"]] = spread.T
    rotations[:, JOINT_INDEX["left_ankle"]] = spread
    motion = retarget(source(rotations, offsets), JointMap.model_validate(joints))
    np.testing.assert_allclose(motion.rotations.numpy(), still(), atol=1e-6)


def test_left_is_not_right() -> None:
    rotations = still()
    rotations[:, JOINT_INDEX["left_shoulder"]] = turn("x", 90)  # the left arm goes straight up
    joints = retarget(source(rotations), OURS).joints()[0]
    assert joints[JOINT_INDEX["left_wrist"], 2] > joints[JOINT_INDEX["head"], 2]
    assert joints[JOINT_INDEX["left_wrist"], 1] > 0 > joints[JOINT_INDEX["right_wrist"], 1]


@pytest.mark.parametrize("name", MAPS)
def test_joint_maps_do_not_cross_sides(name: str) -> None:
    for joint, origin in load_joint_map(name).joints.items():
        side = joint.split("_")[0]
        words = (origin.source or "").lower()
        right = words.startswith("r") or words.endswith("_r")
        left = words.startswith("left") or words.startswith("lhip") or words.endswith("_l")
        if side in ("left", "right") and origin.source != "chest":
            assert (left, right and not left) == (side == "left", side == "right"), joint


@pytest.mark.parametrize("name", MAPS)
def test_joint_maps_mirror(name: str) -> None:
    """The axes of left and right joints agree in what points to the left, or both are turned."""
    joints = load_joint_map(name).joints
    for joint in joints:
        if joint.startswith("left_"):
            other = joints["right_" + joint.removeprefix("left_")]
            assert (joints[joint].bone is None) == (other.bone is None), joint
            assert joints[joint].rest_direction == other.rest_direction, joint


def test_a_missing_joint_is_named() -> None:
    with pytest.raises(UserError, match="no joint 'Ab'"):
        retarget(source(still()), load_joint_map("cmu_boxing"))


@pytest.mark.parametrize(
    "change",
    [
        {"source": "Hips", "axes": ("+x", "+y", "-z")},  # left-handed
        {"source": "Hips", "axes": ("+x", "+x", "+z")},
        {"source": "Hips", "axes": ("x", "y", "z")},
        {"source": "Hips"},
        {},
        {"source": "Hips", "axes": ("+x", "+y", "+z"), "between": ("head", "neck")},
    ],
)
def test_bad_joint_maps_are_refused(change: dict) -> None:
    joints = {name: {"source": name, "axes": ("+x", "+y", "+z")} for name in JOINT_NAMES}
    with pytest.raises(ValueError, match=r"joints\.pelvis"):
        JointMap.model_validate(
            {"world": ("+x", "+y", "+z"), "joints": joints | {"pelvis": change}}
        )


def test_a_jump_is_not_pulled_down() -> None:
    """Standing for two seconds, then half a second 40 cm up in the air."""
    rotations = still(75)
    roots = np.zeros((75, 3))
    roots[:, 2] = 5.0
    roots[60:, 2] += 0.4
    (motion,) = stand_on_floor([(roots, rotations)], np.arange(75) / 30)
    np.testing.assert_allclose(motion.root_positions[:60, 2], ADULT.pelvis_height, atol=1e-5)
    np.testing.assert_allclose(motion.root_positions[60:, 2], ADULT.pelvis_height + 0.4, atol=1e-5)
    assert abs(floor_height([motion], np.arange(75) / 30)) < 1e-5


def test_a_known_floor_is_not_sought_under_feet() -> None:
    """Somebody stands on a box of 0.4 m throughout; a second one is 3 cm off for its shape."""
    roots = np.zeros((30, 3))
    roots[:, 2] = ADULT.pelvis_height + 1.0
    bodies = [(roots + [0, 0, 0.4], still(30)), (roots + [0, 1, 0.03], still(30))]
    times = np.arange(30) / 30
    up, beside = stand_on_floor(bodies, times, floor=1.0)
    np.testing.assert_allclose(up.root_positions[:, 2], ADULT.pelvis_height + 0.4, atol=1e-5)
    np.testing.assert_allclose(beside.root_positions[:, 2], ADULT.pelvis_height + 0.03, atol=1e-5)
    up, beside = stand_on_floor(bodies, times, floor=1.0, reach=0.1)
    np.testing.assert_allclose(up.root_positions[:, 2], ADULT.pelvis_height + 0.4, atol=1e-5)
    np.testing.assert_allclose(beside.root_positions[:, 2], ADULT.pelvis_height, atol=1e-5)


def test_a_known_floor_is_in_the_unit_of_the_source() -> None:
    clip = source(still(), ADULT.offsets * 100, height=100 * ADULT.pelvis_height + 50)
    (motion,) = retarget_together([clip], OURS, floor=20.0)
    np.testing.assert_allclose(motion.root_positions[:, 2], ADULT.pelvis_height + 0.3, atol=1e-4)


def test_toes_do_not_sink_in_when_the_heel_rises() -> None:
    """A foot pitched down by 60 degrees at the ankle is held up by the floor; legs stay."""
    rotations = still(30)
    rotations[28:, JOINT_INDEX["left_ankle"]] = turn("y", 60)
    rotations[28:, JOINT_INDEX["left_foot"]] = turn("y", 60)
    roots = np.zeros((30, 3))
    (motion,) = stand_on_floor([(roots, rotations)], np.arange(30) / 30)
    joints = motion.joints()[-1]
    assert joints[JOINT_INDEX["left_foot"], 2] == pytest.approx(FOOT_HEIGHT, abs=1e-5)
    assert joints[JOINT_INDEX["left_ankle"], 2] == pytest.approx(ANKLE_HEIGHT, abs=1e-5)
    legs = [JOINT_INDEX[name] for name in ("left_hip", "left_knee", "right_ankle")]
    assert torch.allclose(motion.rotations[-1, legs], torch.eye(3), atol=1e-6)
