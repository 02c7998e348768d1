"""What no body can do: knees that bend forward, arms that are wrung, left where right should be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.motion.skeleton import JOINT_INDEX

Array = NDArray[np.float64]

SIDES = ("left", "right")

OVERSTRETCHED_KNEE = -5.0
"""Degrees of flexion: knees that are locked go a little beyond straight."""

_WRUNG_FOREARM, _WRUNG_WRIST = 110.0, 90.0
"""Degrees about the bone. A forearm turns by 80 to 90 either way from where the thumb is up, and
zero angles have the hand within 20 of that. Skeletons put this turn into the elbow, the wrist, or
both: the first limit is that of their sum."""


def knee_flexion(rotations: Array) -> Array:
    """How far the shank is folded back against the thigh, (T, 2) degrees, left and right.

    Args:
        rotations: (T, 22, 3, 3) relative to the parent.
    """
    knees = rotations[:, [JOINT_INDEX[f"{side}_knee"] for side in SIDES]]
    shanks = -knees[..., 2]
    return np.degrees(np.arctan2(-shanks[..., 0], -shanks[..., 2]))


def arm_twist(rotations: Array, part: str) -> Array:
    """How far a joint turns about the bone that it moves, (T, 2) degrees, left and right.

    Args:
        rotations: (T, 22, 3, 3) relative to the parent.
        part: "elbow" or "wrist".
    """
    joints = rotations[:, [JOINT_INDEX[f"{side}_{part}"] for side in SIDES]]
    turns = Rotation.from_matrix(joints.reshape(-1, 3, 3)).as_quat().reshape(-1, 2, 4)
    # Every turn is a swing of the bone, which lies along y in the T-pose, and a turn about it.
    twist = np.degrees(2 * np.arctan2(turns[..., 1], turns[..., 3]))
    return (twist + 180.0) % 360.0 - 180.0


def wrung(rotations: Array) -> NDArray[np.bool_]:
    """(T,) whether an elbow or a wrist is turned about its bone farther than arms go."""
    elbow, wrist = arm_twist(rotations, "elbow"), arm_twist(rotations, "wrist")
    beyond = (np.abs(elbow + wrist) > _WRUNG_FOREARM) | (np.abs(wrist) > _WRUNG_WRIST)
    return np.asarray(beyond.any(1))


def feet_face_backward(joints: Array) -> NDArray[np.bool_]:
    """(T,) whether the feet point behind the shanks, seen from the hips: the sides are exchanged.

    Args:
        joints: (T, 22, 3) metres, z up.
    """

    def place(side: str, part: str) -> Array:
        return joints[:, JOINT_INDEX[f"{side}_{part}"]]

    leftwards = place("left", "hip") - place("right", "hip")
    forward = np.zeros(len(joints))
    for side in SIDES:
        ahead = np.cross(leftwards, place(side, "knee") - place(side, "ankle"))
        forward += ((place(side, "foot") - place(side, "ankle")) * ahead).sum(-1)
    return forward < 0
