"""The 263 features of HumanML3D: joints recovered from them, to evaluate what others generate.

Columns: [0] root yaw velocity (half the angle a frame), [1:3] root velocity over the floor in the
root's frame, [3] root height, [4:67] the other 21 joints relative to the root over the floor,
[67:193] rotations (not used: they have known faults), [193:259] velocities, [259:263] contacts.
20 Hz, y up, facing z.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_COUNT

WIDTH = 263
_JOINTS = slice(4, 4 + 3 * (JOINT_COUNT - 1))


def recover_joints(features: NDArray[np.float64]) -> NDArray[np.float32]:
    """(T, 263) features, not normalised -> (T, 22, 3) joints, metres, z up, first facing x.

    Raises:
        UserError: another shape, or a number that is not finite.
    """
    if features.ndim != 2 or features.shape[1] != WIDTH:
        raise UserError(f"HumanML3D features need the shape (T, {WIDTH}), not {features.shape}.")
    if not np.isfinite(features).all():
        raise UserError("The HumanML3D features hold a number that is not finite.")
    # Velocities lead from their own frame to the next one.
    turned = 2 * np.concatenate(([0.0], np.cumsum(features[:-1, 0])))
    to_world = Rotation.from_rotvec(np.outer(-turned, (0.0, 1.0, 0.0)))
    steps = np.zeros((len(features), 3))
    steps[1:, [0, 2]] = features[:-1, 1:3]
    roots = np.cumsum(to_world.apply(steps), axis=0)
    relative = features[:, _JOINTS].reshape(len(features), -1, 3)
    matrices = to_world.as_matrix()
    joints = relative @ matrices.swapaxes(-1, -2) + roots[:, None]
    roots[:, 1] = features[:, 3]
    whole = np.concatenate((roots[:, None], joints), axis=1)
    return np.asarray(whole[..., [2, 0, 1]], np.float32)
