from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.motion.skeleton import (
    ADULT,
    JOINT_INDEX,
    JOINT_NAMES,
    MIRRORED_JOINTS,
    PARENTS,
    STATURE,
    Skeleton,
    joint_pair,
)


def test_rest_pose_stands_in_rep103_axes() -> None:
    rest = ADULT.rest_joints
    left_wrist, right_wrist = rest[JOINT_INDEX["left_wrist"]], rest[JOINT_INDEX["right_wrist"]]
    assert left_wrist[1] > 0.6 and right_wrist[1] < -0.6
    assert rest[JOINT_INDEX["head"], 2] > 0.5
    assert rest[JOINT_INDEX["left_foot"], 0] > rest[JOINT_INDEX["left_ankle"], 0]


def test_stature_and_leg_lengths_are_the_tabulated_fractions() -> None:
    assert ADULT.bone_lengths[JOINT_INDEX["left_knee"]] == pytest.approx(0.245 * STATURE, abs=1e-6)
    assert ADULT.bone_lengths[JOINT_INDEX["right_ankle"]] == pytest.approx(
        0.246 * STATURE, abs=1e-6
    )
    head = ADULT.pelvis_height + ADULT.rest_joints[JOINT_INDEX["head"], 2]
    assert 1.5 < head < STATURE


def test_every_joint_follows_its_parent() -> None:
    assert all(parent < joint for joint, parent in enumerate(PARENTS))


def test_mirroring_pairs_left_with_right() -> None:
    assert JOINT_NAMES[MIRRORED_JOINTS[JOINT_INDEX["left_knee"]]] == "right_knee"
    assert MIRRORED_JOINTS[JOINT_INDEX["spine2"]] == JOINT_INDEX["spine2"]
    assert tuple(MIRRORED_JOINTS[m] for m in MIRRORED_JOINTS) == tuple(range(22))


def test_offsets_of_a_wrong_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(22, 3\)"):
        Skeleton(np.zeros((21, 3), np.float32))


def test_scaling_scales_every_bone() -> None:
    np.testing.assert_allclose(ADULT.scaled(0.5).bone_lengths, ADULT.bone_lengths / 2, atol=1e-6)


def test_a_pair_of_joints_is_left_then_right() -> None:
    assert JOINT_NAMES[joint_pair("wrist")] == ("left_wrist", "right_wrist")
    with pytest.raises(KeyError):
        joint_pair("spine1")
