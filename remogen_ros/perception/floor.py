"""Where the floor is in a cloud, and whether that is z = 0: else the camera's TF is wrong."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

MOST_TILT_DEG, MOST_HEIGHT_M = 3.0, 0.05
"""What a floor may be off before it is said."""

MENDED = 0.8
"""A floor that was off is right again when it is off by no more than this part of it."""

MOMENTS = 3
"""The middle of so many measurements counts."""

_REACH_M = 1.0
"""A floor lies within this of z = 0, at the places where it is seen."""

_MOST_POINTS = 1500
_THICKNESS_M = 0.04
_ITERATIONS = 100
_PLANES = 3
"""So many of the largest planes are looked at: walls may be larger than the floor."""

_LEVEL = math.cos(math.radians(25.0))
"""What is tilted more is no floor, however wrong the transform."""

_PATCH_M, _LEAST_AREA = 0.2, 2.0
"""A floor covers at least this area, counted in patches, m^2: more than a table."""

_BELOW_M, _MOST_BELOW = 0.12, 0.05
"""Below a floor there is nothing: at most this share of the points."""


@dataclass(frozen=True)
class Floor:
    """The floor as a cloud shows it.

    Attributes:
        tilt_deg: from the level, degrees.
        height: over z = 0 in the middle of what is seen of it, metres.
    """

    tilt_deg: float
    height: float

    def is_off(self, part: float = 1.0) -> bool:
        """Whether it is farther from z = 0 than may be, or than a part of that."""
        return self.tilt_deg > part * MOST_TILT_DEG or abs(self.height) > part * MOST_HEIGHT_M


def find_floor(points: NDArray[np.floating]) -> Floor | None:
    """The lowest large and nearly level plane.

    Args:
        points: (N, 3) metres in the fixed frame.

    Returns:
        None where no floor can be told.
    """
    low = points[np.abs(points[:, 2]) < _REACH_M]
    rest = low[:: -(-len(low) // _MOST_POINTS) or 1].astype(np.float64)
    everything, lowest, found = rest, math.inf, None
    o3d.utility.random.seed(0)
    for _ in range(_PLANES):
        if len(rest) < 100:
            break
        cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(rest))
        plane, inliers = cloud.segment_plane(_THICKNESS_M, 3, _ITERATIONS)
        normal = np.array(plane[:3]) * math.copysign(1.0, plane[2])
        if not inliers:
            break
        surface = rest[inliers]
        rest = np.delete(rest, inliers, axis=0)
        middle = surface.mean(0)
        if normal[2] < _LEVEL or _area(surface) < _LEAST_AREA or middle[2] > lowest:
            continue
        if np.mean((everything - middle) @ normal < -_BELOW_M) > _MOST_BELOW:
            continue
        lowest = float(middle[2])
        found = Floor(math.degrees(math.acos(min(normal[2], 1.0))), lowest)
    return found


def _area(surface: NDArray[np.float64]) -> float:
    patches = np.unique(np.floor(surface[:, :2] / _PATCH_M), axis=0)
    return len(patches) * _PATCH_M**2


class FloorWatch:
    """Says when the floor is off, and when it is right again. One thread."""

    def __init__(self) -> None:
        self._seen: deque[Floor] = deque(maxlen=MOMENTS)
        self.floor: Floor | None = None
        """The middle of the last measurements; None before there are enough."""
        self.problem = ""
        """What is wrong and what to do, in one sentence; empty if nothing is known to be."""

    def see(self, points: NDArray[np.floating]) -> None:
        """Measure the floor in one more cloud (N, 3), metres in the fixed frame."""
        floor = find_floor(points)
        if floor is None:
            return
        self._seen.append(floor)
        if len(self._seen) < MOMENTS:
            return
        tilts, heights = zip(*((f.tilt_deg, f.height) for f in self._seen), strict=True)
        middle = Floor(float(np.median(tilts)), float(np.median(heights)))
        self.floor = middle
        if not middle.is_off(MENDED if self.problem else 1.0):
            self.problem = ""
            return
        where = "above" if middle.height > 0 else "below"
        self.problem = (
            f"the floor is tilted by {middle.tilt_deg:.1f} degrees and lies "
            f"{abs(middle.height):.2f} m {where} z = 0; mend the transform of the camera"
        )

    def reset(self) -> None:
        """Begin anew."""
        self._seen.clear()
        self.floor, self.problem = None, ""
