"""The 22 SMPL body joints and the bone offsets of a standard 1.70 m adult.

Bone lengths are fractions of stature after Drillis and Contini (1966), as tabulated in Winter,
"Biomechanics and Motor Control of Human Movement", so that no SMPL model file is needed.
The rest pose is a T-pose that faces +x with the arms along y and z up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

JOINT_NAMES: tuple[str, ...] = (
    "pelvis",
    "left_hip",
    "right_hip",
    "spine1",
    "left_knee",
    "right_knee",
    "spine2",
    "left_ankle",
    "right_ankle",
    "spine3",
    "left_foot",
    "right_foot",
    "neck",
    "left_collar",
    "right_collar",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
)
JOINT_COUNT = len(JOINT_NAMES)
JOINT_INDEX: dict[str, int] = {name: index for index, name in enumerate(JOINT_NAMES)}

PARENTS: tuple[int, ...] = (
    -1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19,
)  # fmt: skip


def _mirrored_name(name: str) -> str:
    if name.startswith("left_"):
        return "right_" + name.removeprefix("left_")
    if name.startswith("right_"):
        return "left_" + name.removeprefix("right_")
    return name


MIRRORED_JOINTS: tuple[int, ...] = tuple(JOINT_INDEX[_mirrored_name(n)] for n in JOINT_NAMES)
"""Index of each joint's left/right counterpart."""

FOOT_JOINTS: tuple[int, ...] = tuple(
    JOINT_INDEX[n] for n in ("left_ankle", "left_foot", "right_ankle", "right_foot")
)


def joint_pair(part: str) -> slice:
    """The left and the right joint of a kind, which SMPL numbers one after the other.

    A slice, since an index by a list has to travel to a GPU each time.
    """
    left, right = JOINT_INDEX[f"left_{part}"], JOINT_INDEX[f"right_{part}"]
    if right != left + 1:
        raise ValueError(f"left_{part} and right_{part} do not follow each other")
    return slice(left, right + 1)


STATURE = 1.70
"""Standing height of the standard adult, metres."""

ANKLE_HEIGHT = 0.039 * STATURE
"""Height of the ankle joint above the sole, metres."""

FOOT_HEIGHT = 0.016
"""Height of the ball-of-foot joint above the sole, metres."""

_THIGH = 0.245 * STATURE
_SHANK = 0.246 * STATURE
_UPPER_ARM = 0.186 * STATURE
_FOREARM = 0.146 * STATURE

_CENTRE_OFFSETS: dict[str, tuple[float, float, float]] = {
    "pelvis": (0.0, 0.0, 0.0),
    "spine1": (0.0, 0.0, 0.10),
    "spine2": (0.0, 0.0, 0.13),
    "spine3": (0.0, 0.0, 0.06),
    "neck": (0.0, 0.0, 0.20),
    "head": (0.02, 0.0, 0.10),
}
_LEFT_OFFSETS: dict[str, tuple[float, float, float]] = {
    "hip": (0.0, 0.085, -0.075),
    "knee": (0.0, 0.0, -_THIGH),
    "ankle": (0.0, 0.0, -_SHANK),
    "foot": (0.13, 0.0, FOOT_HEIGHT - ANKLE_HEIGHT),
    "collar": (0.0, 0.06, 0.12),
    "shoulder": (0.0, 0.12, 0.005),
    "elbow": (0.0, _UPPER_ARM, 0.0),
    "wrist": (0.0, _FOREARM, 0.0),
}


def _rest_offset(name: str) -> tuple[float, float, float]:
    side, _, part = name.partition("_")
    if side not in ("left", "right"):
        return _CENTRE_OFFSETS[name]
    x, y, z = _LEFT_OFFSETS[part]
    return (x, y if side == "left" else -y, z)


@dataclass(frozen=True)
class Skeleton:
    """Bone offsets of one body, each joint in its parent's rest frame.

    Attributes:
        offsets: (22, 3) metres; row 0 (the pelvis) is zero.
    """

    offsets: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.offsets.shape != (JOINT_COUNT, 3):
            raise ValueError(f"offsets must have shape (22, 3), not {self.offsets.shape}")

    @cached_property
    def bone_lengths(self) -> NDArray[np.float32]:
        """(22,) metres, zero for the pelvis."""
        return np.linalg.norm(self.offsets, axis=-1).astype(np.float32)

    @cached_property
    def rest_joints(self) -> NDArray[np.float32]:
        """(22, 3) joint positions of the T-pose with the pelvis at the origin."""
        joints = np.zeros((JOINT_COUNT, 3), np.float32)
        for joint, parent in enumerate(PARENTS[1:], start=1):
            joints[joint] = joints[parent] + self.offsets[joint]
        return joints

    @cached_property
    def pelvis_height(self) -> float:
        """Height of the pelvis above the soles in the rest pose, metres."""
        return float(ANKLE_HEIGHT - self.rest_joints[JOINT_INDEX["left_ankle"], 2])

    def scaled(self, factor: float) -> Skeleton:
        """The same proportions at another stature."""
        return Skeleton((self.offsets * factor).astype(np.float32))


ADULT = Skeleton(np.array([_rest_offset(name) for name in JOINT_NAMES], np.float32))
"""The standard adult on which every motion of this project is expressed."""
