"""Poses of the SMPL family (SMPL, SMPL-H, SMPL-X): their first 22 joints are ours, in our order.

The licensed body models are not needed: rotations are taken over, and bones of the mean neutral
body stand for the rest. What a body's own shape (betas) would move is a constant of a few
centimetres, which is the same in every frame.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.data.joint_maps import JointMap, load_joint_map
from remogen_ros.data.source_motion import SourceMotion
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_COUNT, JOINT_NAMES, PARENTS

REST_JOINTS = np.array(
    [
        (-0.002, -0.223, 0.028), (0.068, -0.315, 0.021), (-0.070, -0.314, 0.024),
        (-0.004, -0.114, 0.002), (0.102, -0.690, 0.017), (-0.108, -0.696, 0.015),
        (0.001, 0.021, 0.003), (0.088, -1.088, -0.027), (-0.092, -1.095, -0.027),
        (0.003, 0.074, 0.028), (0.115, -1.144, 0.093), (-0.117, -1.143, 0.096),
        (0.000, 0.288, -0.015), (0.082, 0.196, -0.006), (-0.079, 0.193, -0.011),
        (0.005, 0.353, 0.037), (0.172, 0.226, -0.015), (-0.175, 0.225, -0.020),
        (0.432, 0.213, -0.042), (-0.429, 0.212, -0.041), (0.681, 0.222, -0.044),
        (-0.684, 0.220, -0.047),
    ]
)  # fmt: skip
"""(22, 3) joints of SMPL's mean neutral body in its T-pose, metres, y up, facing z."""

SMPLX_REST_JOINTS = np.array(
    [
        (0.003, -0.351, 0.012), (0.061, -0.444, -0.014), (-0.060, -0.455, -0.009),
        (0.000, -0.242, -0.016), (0.116, -0.823, -0.023), (-0.104, -0.818, -0.026),
        (0.010, -0.110, -0.022), (0.073, -1.226, -0.055), (-0.089, -1.228, -0.046),
        (-0.002, -0.057, 0.007), (0.120, -1.284, 0.063), (-0.128, -1.287, 0.073),
        (-0.014, 0.108, -0.025), (0.045, 0.028, 0.000), (-0.049, 0.027, -0.007),
        (0.011, 0.268, -0.004), (0.164, 0.085, -0.016), (-0.152, 0.080, -0.019),
        (0.418, 0.013, -0.058), (-0.423, 0.044, -0.046), (0.670, 0.036, -0.061),
        (-0.672, 0.039, -0.061),
    ]
)  # fmt: skip
"""The same of SMPL-X, whose origin is in the chest: where `trans` counts from matters when a room
says where the floor is."""

_Z_UP = ("+x", "+y", "+z")

Up = Literal["y", "z"]


@cache
def smpl_joint_map(up: Up) -> JointMap:
    """How SMPL's joints correspond to ours, in a world in which that axis points up."""
    joint_map = load_joint_map("smpl")
    return joint_map if up == "y" else joint_map.model_copy(update={"world": _Z_UP})


def smpl_motion(
    pose: NDArray[np.float64],
    translation: NDArray[np.float64],
    times: NDArray[np.float64],
    rest_joints: NDArray[np.float64] = REST_JOINTS,
) -> SourceMotion:
    """Frames of SMPL parameters as a motion of one body, the mean one if nothing else is known.

    Args:
        pose: (T, 22, 3) axis-angle; the root's orientation, then the body's joints.
        translation: (T, 3) `trans` of the model, metres.
        times: (T,) seconds.
        rest_joints: (22, 3) of the body in its T-pose, where `trans` is zero.

    Raises:
        UserError: shapes that do not fit together, or numbers that are not finite.
    """
    frames = len(times)
    if pose.shape != (frames, JOINT_COUNT, 3) or translation.shape != (frames, 3):
        raise UserError(
            f"SMPL poses need (T, {JOINT_COUNT}, 3) rotations and (T, 3) translations of the same "
            f"T, not {pose.shape} and {translation.shape}."
        )
    if not (np.isfinite(pose).all() and np.isfinite(translation).all()):
        raise UserError("The SMPL parameters hold a number that is not finite.")
    offsets = rest_joints - rest_joints[[max(parent, 0) for parent in PARENTS]]
    translations = np.broadcast_to(offsets, (frames, *offsets.shape)).copy()
    translations[:, 0] = translation + rest_joints[0]
    rotations = Rotation.from_rotvec(pose.reshape(-1, 3)).as_matrix()
    return SourceMotion(
        JOINT_NAMES, PARENTS, offsets, translations, rotations.reshape(frames, -1, 3, 3), times
    )
