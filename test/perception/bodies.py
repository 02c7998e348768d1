"""The standard adult on the joints of other trackers: where each would see its joints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX
from remogen_ros.perception.joint_mapping import JointMap

STANDING: NDArray[np.float64] = ADULT.rest_joints.astype(np.float64) + (0, 0, ADULT.pelvis_height)
"""(22, 3) metres: a T-pose on the floor that faces +x."""


def on_tracker(joint_map: JointMap, body: NDArray[np.float64] = STANDING) -> NDArray[np.float64]:
    """A body on a tracker's joints.

    The joints that the map uses are placed so that it gives the body back as nearly as possible
    (least squares); those that it does not use stand aside, so that using them would show.

    Args:
        joint_map: of the tracker, with S joints.
        body: (22, 3) metres.

    Returns:
        (S, 3) metres.
    """
    given = joint_map.weights.any(axis=1)
    positions = np.linalg.lstsq(joint_map.weights[given], body[given], rcond=None)[0]
    positions[~joint_map.weights.any(axis=0)] = (50.0, -50.0, 50.0)
    return positions


def joint(positions: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """(3,) of one SMPL joint."""
    return positions[JOINT_INDEX[name]]
