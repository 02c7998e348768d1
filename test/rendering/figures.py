"""Bodies that stand where tests of pictures want them, and a port to show them on."""

from __future__ import annotations

import socket

import numpy as np
from scipy.spatial.transform import Rotation

from remogen_ros.motion.skeleton import ADULT


def standing(x: float = 0.0, y: float = 0.0, yaw: float = 0.0) -> np.ndarray:
    """(22, 3) a T-pose on the floor, turned by `yaw` degrees."""
    turned = Rotation.from_euler("z", yaw, degrees=True).apply(ADULT.rest_joints)
    return turned + (x, y, ADULT.pelvis_height)


def free_port() -> int:
    """A port of this machine that nobody serves on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
