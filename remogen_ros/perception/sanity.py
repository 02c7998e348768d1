"""What a body cannot be like: signs of wrong axes, or of left and right changed over."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.perception.detections import SkeletonDetection

IN_A_ROW = 10
"""An oddity is told when it was there so many times in a row: people do bend and turn."""

CAPACITY = 64
"""Bodies that are remembered; the one seen longest ago gives way."""

_SHORTEST_FOOT_M = 0.05
"""A foot that is shorter on the floor plan points up or down, and says nothing of the heading."""

_ALONG = 0.8
_LEVEL = 0.5
"""Of the way from pelvis to head: its least share along an axis to go that way, and its greatest
upwards to be level."""

_PELVIS, _HEAD = JOINT_INDEX["pelvis"], JOINT_INDEX["head"]


def oddities(positions: NDArray[np.float64], told: NDArray[np.float64] | None = None) -> list[str]:
    """What is wrong with a body, as the ends of sentences.

    Args:
        positions: (22, 3) metres in a frame whose z is up, NaN where not observed. What is not
            observed (a comparison with NaN) is never odd.
        told: (22, 3) the same as the tracker gave them; None: likewise.
    """
    found = []
    if _lies_with_y_up(positions, positions if told is None else told):
        found.append(
            "lies with its head along y, as who stands does where y is up: if that is so, set "
            "tracker_axes to y_up"
        )
    elif positions[_HEAD, 2] < positions[_PELVIS, 2]:
        found.append(
            "has its head below its pelvis: the axes of its frame, or the transform to the fixed "
            "frame (z up), may be wrong"
        )
    hips, shoulders = _leftwards(positions, "hip"), _leftwards(positions, "shoulder")
    if hips @ shoulders < 0:
        found.append("has its hips the other way round than its shoulders: check the joint map")
    # z up, x along the hips to the left: whoever stands looks along their cross product.
    feet = [_foot(positions, side) for side in ("left", "right")]
    if not found and all(_heading(hips) @ foot < 0 for foot in feet):
        found.append("has both feet pointing backwards: left and right may be changed over")
    return found


class BodyChecks:
    """Looks every body over, and tells each oddity of each once."""

    def __init__(self) -> None:
        self._rows: OrderedDict[str, dict[str, int]] = OrderedDict()

    def news(
        self, detection: SkeletonDetection, told: SkeletonDetection | None = None
    ) -> list[str]:
        """Sentences about a body in the fixed frame that have not been said before.

        Args:
            detection: in the fixed frame.
            told: as it came from the tracker; None: likewise.
        """
        rows = self._rows.setdefault(detection.body_id, {})
        self._rows.move_to_end(detection.body_id)
        if len(self._rows) > CAPACITY:
            self._rows.popitem(last=False)
        found = oddities(detection.positions, None if told is None else told.positions)
        for oddity in rows:
            if oddity not in found and rows[oddity] < IN_A_ROW:
                rows[oddity] = 0
        sentences = []
        for oddity in found:
            rows[oddity] = rows.get(oddity, 0) + 1
            if rows[oddity] == IN_A_ROW:
                sentences.append(f"body {detection.body_id!r} {oddity}")
        return sentences


def _lies_with_y_up(positions: NDArray[np.float64], told: NDArray[np.float64]) -> bool:
    up, told_up = (body[_HEAD] - body[_PELVIS] for body in (positions, told))
    level = abs(up[2]) <= _LEVEL * np.linalg.norm(up)
    return bool(level and told_up[1] > _ALONG * np.linalg.norm(told_up))


def _leftwards(positions: NDArray[np.float64], part: str) -> NDArray[np.float64]:
    """(2,) from the right joint of a pair to the left one, on the floor plan."""
    left, right = JOINT_INDEX[f"left_{part}"], JOINT_INDEX[f"right_{part}"]
    return positions[left, :2] - positions[right, :2]


def _heading(leftwards: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) a quarter turn to the right of what points to the left."""
    return np.array((leftwards[1], -leftwards[0]))


def _foot(positions: NDArray[np.float64], side: str) -> NDArray[np.float64]:
    """(2,) from ankle to ball on the floor plan, NaN if too short."""
    ankle, ball = JOINT_INDEX[f"{side}_ankle"], JOINT_INDEX[f"{side}_foot"]
    foot = positions[ball, :2] - positions[ankle, :2]
    return foot if np.linalg.norm(foot) >= _SHORTEST_FOOT_M else np.full(2, np.nan)
