"""Where the ego's joints are and how they are turned, one pose at a time, in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.motion.skeleton import ADULT, JOINT_COUNT, PARENTS, Skeleton


@dataclass(frozen=True)
class EgoPose:
    """One pose in the fixed frame, z up, floor at z = 0.

    Attributes:
        positions: (22, 3) joints, metres.
        rotations: (22, 3, 3) of the joints; the identity in the T-pose that faces x.
    """

    positions: NDArray[np.float64]
    rotations: NDArray[np.float64]

    @staticmethod
    def of(
        root_position: NDArray[np.floating],
        joint_rotations: NDArray[np.floating],
        skeleton: Skeleton = ADULT,
    ) -> EgoPose:
        """From what the generator gives.

        Args:
            root_position: (3,) pelvis, metres.
            joint_rotations: (22, 4) parent-relative unit quaternions xyzw, row 0 the pelvis in the
                fixed frame.
            skeleton: whose bone offsets to use.

        Raises:
            ValueError: wrong shape, or a value that is not finite.
        """
        if root_position.shape != (3,) or joint_rotations.shape != (JOINT_COUNT, 4):
            raise ValueError(
                "a pose needs a root position (3,) and joint rotations (22, 4), not "
                f"{root_position.shape} and {joint_rotations.shape}"
            )
        if not (np.isfinite(root_position).all() and np.isfinite(joint_rotations).all()):
            raise ValueError("root position and joint rotations must be finite")
        turns = Rotation.from_quat(joint_rotations.astype(np.float64)).as_matrix()
        positions = np.zeros((JOINT_COUNT, 3))
        positions[0] = root_position
        for joint, parent in enumerate(PARENTS[1:], start=1):
            turns[joint] = turns[parent] @ turns[joint]
            positions[joint] = positions[parent] + turns[parent] @ skeleton.offsets[joint]
        return EgoPose(positions, turns)
