"""What a guard is given: an ego with poses to come, upright unless a test says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remogen_ros.motion.skeleton import JOINT_INDEX

HEIGHT = 0.93
ELBOW = JOINT_INDEX["left_elbow"]


@dataclass(frozen=True)
class Frame:
    root_position: NDArray[np.float32]
    joint_rotations: NDArray[np.float32]
    joint_positions: NDArray[np.float32]
    horizon_root_positions: NDArray[np.float32]
    horizon_joint_rotations: NDArray[np.float32]
