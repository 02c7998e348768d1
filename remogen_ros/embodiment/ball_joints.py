"""A ball joint as three hinges: parent-relative rotations to 63 angles and back.

Each ball joint is three revolute joints about its own x, y and z axes, chained intrinsically in
an order that keeps gimbal lock (the middle axis at +-90 degrees) out of what people do:

* spine, neck, head and legs, whose bones run along z: y, x, z - flexion, lateral bending or
  abduction, axial twist - the joint coordinate system of Grood and Suntay (1983) that the
  International Society of Biomechanics recommends for knees and hips (Wu et al., 2002);
* elbows, whose bones run along y in the T-pose: z, x, y - flexion, carrying angle, pronation;
* collars, shoulders and wrists: x, z, y - elevation, forward swing, axial twist. Gimbal lock is
  an arm stretched straight ahead or back; over 150 random clips of everyday motion (Bandai-Namco
  Research Motiondataset) the middle axis stayed within 72 degrees, and every other order came
  nearer to lock.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.motion.skeleton import JOINT_COUNT, JOINT_NAMES

BALL_JOINT_COUNT = JOINT_COUNT - 1
"""Every body joint but the pelvis, whose rotation is the root orientation."""

AXES = "xyz"

MIDDLE_LIMIT = np.deg2rad(135.0)
"""Range of a middle axis, radians either way. Beyond 90 degrees it is used only to carry a motion
through gimbal lock without a jump."""

OUTER_LIMIT = 2.0 * np.pi
"""Range of a first or last axis, radians either way, so that passing +-180 degrees is no jump."""

_LOCKED = 1e-6
"""Cosine of the middle angle below which the first angle is free, and is left where it was."""


def axis_order(joint_name: str) -> str:
    """The three axes of a ball joint from parent to child, such as "yxz"."""
    part = joint_name.removeprefix("left_").removeprefix("right_")
    return {"elbow": "zxy", "collar": "xzy", "shoulder": "xzy", "wrist": "xzy"}.get(part, "yxz")


_ORDER = np.array([[AXES.index(a) for a in axis_order(name)] for name in JOINT_NAMES[1:]])
_JOINT = np.arange(BALL_JOINT_COUNT)
_FIRST, _MIDDLE, _LAST = _ORDER.T
# +1 where the axes follow each other as x, y, z do, -1 where they run the other way round.
_PARITY = np.where((_MIDDLE - _FIRST) % 3 == 1, 1.0, -1.0)
_CHAIN_TO_XYZ = np.argsort(_ORDER, axis=1)


def angle_limits() -> NDArray[np.float64]:
    """(63,) how far each hinge turns either way, radians: joint after joint, x, y, z."""
    limits = np.full((BALL_JOINT_COUNT, 3), OUTER_LIMIT)
    limits[_JOINT, _MIDDLE] = MIDDLE_LIMIT
    return limits.reshape(-1)


def rotations_from_angles(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angles (..., 21, 3) about x, y, z in radians -> parent-relative quaternions (..., 21, 4)."""
    vectors = np.zeros((*angles.shape, 3))
    vectors[..., range(3), range(3)] = angles
    chain = vectors[..., _JOINT[:, None], _ORDER, :]
    first, middle, last = (Rotation.from_rotvec(chain[..., k, :].reshape(-1, 3)) for k in range(3))
    return (first * middle * last).as_quat().reshape(*angles.shape[:-1], 4)


def angles_from_rotations(
    quaternions: NDArray[np.floating], near: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """The hinge angles of consecutive poses, each nearest to those of the pose before.

    Every rotation has two triples of angles, each up to whole turns of the outer two; the nearest
    one whose middle angle is within `MIDDLE_LIMIT` is taken.

    Args:
        quaternions: (T, 21, 4) parent-relative unit quaternions xyzw.
        near: (21, 3) the angles before the first pose; None for the triples of smallest angles.

    Returns:
        (T, 21, 3) radians about x, y, z. Not bounded by `OUTER_LIMIT`: whole turns add up.
    """
    frames = len(quaternions)
    rotations = Rotation.from_quat(quaternions.reshape(-1, 4).astype(np.float64))
    matrices = rotations.as_matrix().reshape(frames, BALL_JOINT_COUNT, 3, 3)
    angles = np.zeros((frames, BALL_JOINT_COUNT, 3))
    last = np.zeros((BALL_JOINT_COUNT, 3)) if near is None else near[_JOINT[:, None], _ORDER]
    for frame, matrix in enumerate(matrices):
        last = _nearest_triple(matrix, last)
        angles[frame] = last
    return angles[:, _JOINT[:, None], _CHAIN_TO_XYZ]


def within_outer_limit(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 21, 3) with whole turns taken off whatever lies beyond `OUTER_LIMIT`."""
    return np.where(np.abs(angles) > OUTER_LIMIT, wrapped(angles), angles)


def wrapped(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same angles within +-180 degrees."""
    return (angles + np.pi) % (2.0 * np.pi) - np.pi


def _nearest_triple(matrix: NDArray[np.float64], near: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angles (21, 3) in chain order of rotations (21, 3, 3), nearest to `near` (21, 3)."""

    def entry(row: NDArray[np.int_], column: NDArray[np.int_]) -> NDArray[np.float64]:
        return matrix[_JOINT, row, column]

    cosine = np.hypot(entry(_FIRST, _FIRST), entry(_FIRST, _MIDDLE))
    middle = np.arctan2(_PARITY * entry(_FIRST, _LAST), cosine)
    first = np.arctan2(-_PARITY * entry(_MIDDLE, _LAST), entry(_LAST, _LAST))
    first = np.where(cosine < _LOCKED, near[:, 0], first)
    # The last angle from the rotation that the first leaves over: exact even near gimbal lock.
    sine, cosine = _PARITY * np.sin(first), np.cos(first)
    last = np.arctan2(
        _PARITY * (cosine * entry(_MIDDLE, _FIRST) + sine * entry(_LAST, _FIRST)),
        cosine * entry(_MIDDLE, _MIDDLE) + sine * entry(_LAST, _MIDDLE),
    )
    plain = np.stack((first, middle, last), axis=-1)
    other = np.stack((first + np.pi, np.copysign(np.pi, middle) - middle, last + np.pi), axis=-1)
    for triple in (plain, other):
        triple[:, ::2] = near[:, ::2] + wrapped(triple[:, ::2] - near[:, ::2])
    nearer = ((other - near) ** 2).sum(-1) < ((plain - near) ** 2).sum(-1)
    allowed = np.abs(other[:, 1]) <= MIDDLE_LIMIT
    return np.where((nearer & allowed)[:, None], other, plain)
