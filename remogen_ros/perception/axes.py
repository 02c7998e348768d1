"""Trackers whose y is up, turned to where REP-103 has it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from remogen_ros.perception.detections import SkeletonDetection

AxesName = Literal["z_up", "y_up"]
AXES_NAMES: tuple[str, ...] = get_args(AxesName)
"""What the parameter `tracker_axes` may be."""

FROM_Y_UP: NDArray[np.float64] = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""Axes of motion capture (x left, y up, z forward) to those of REP-103 (x forward, y left, z
up)."""


def upright(detection: SkeletonDetection, axes: AxesName) -> SkeletonDetection:
    """A body as its tracker gave it, with z up: itself, or turned about the origin of its frame."""
    if axes == "z_up":
        return detection
    return replace(detection, positions=detection.positions @ FROM_Y_UP.T)
