"""What no body can do is noticed, on either side."""

from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.data.anatomy import arm_twist, feet_face_backward, knee_flexion, wrung
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, MIRRORED_JOINTS
from test.data.bodies import turn


def still() -> np.ndarray:
    return np.broadcast_to(np.eye(3), (1, 22, 3, 3)).copy()


@pytest.mark.parametrize(("side", "place"), [("left", 0), ("right", 1)])
def test_knees_fold_backwards(side: str, place: int) -> None:
    rotations = still()
    for angle in (70, -20):  # about y, +z goes to +x, and so the shank, -z, goes backwards
        rotations[:, JOINT_INDEX[f"{side}_knee"]] = turn("y", angle)
        flexion = knee_flexion(rotations)[0]
        assert flexion[place] == pytest.approx(angle, abs=1e-4)
        assert flexion[1 - place] == pytest.approx(0, abs=1e-4)


def test_a_bent_elbow_is_not_twisted() -> None:
    rotations = still()
    rotations[:, JOINT_INDEX["left_elbow"]] = turn("z", -130) @ turn("y", 30)
    assert arm_twist(rotations, "elbow")[0] == pytest.approx([30, 0], abs=1e-4)
    assert not wrung(rotations).any()


@pytest.mark.parametrize(
    ("elbow", "wrist", "is_wrung"),
    [(80, 20, False), (80, 40, True), (0, 80, False), (-60, 95, True)],
)
def test_wrung_arms(elbow: float, wrist: float, is_wrung: bool) -> None:
    rotations = still()
    rotations[:, JOINT_INDEX["right_elbow"]] = turn("y", elbow)
    rotations[:, JOINT_INDEX["right_wrist"]] = turn("y", wrist)
    assert wrung(rotations).tolist() == [is_wrung]


def test_exchanged_sides_have_their_feet_behind() -> None:
    joints = ADULT.rest_joints.astype(np.float64)[None]
    assert not feet_face_backward(joints).any()
    assert not feet_face_backward(joints @ turn("z", 130).T @ turn("x", 80).T).any()
    assert feet_face_backward(joints[:, list(MIRRORED_JOINTS)]).all()
