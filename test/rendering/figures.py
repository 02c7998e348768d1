"""Bodies that stand where tests of pictures want them."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from remogen_ros.motion.skeleton import ADULT


def standing(x: float = 0.0, y: float = 0.0, yaw: float = 0.0) -> np.ndarray:
    """(22, 3) a T-pose on the floor, turned by `yaw` degrees."""
    turned = Rotation.from_euler("z", yaw, degrees=True).apply(ADULT.rest_joints)
    return turned + (x, y, ADULT.pelvis_height)
