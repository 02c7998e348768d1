"""Which points of a cloud belong to people, so that a body is not taken for furniture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remogen_ros.motion.skeleton import JOINT_INDEX, PARENTS

_REACH_BEYOND = (("neck", "head", 2.0), ("left_elbow", "left_wrist", 0.8),
                 ("right_elbow", "right_wrist", 0.8), ("left_ankle", "left_foot", 0.7),
                 ("right_ankle", "right_foot", 0.7))  # fmt: skip
"""The skeleton ends at the base of the skull, the wrists and the balls of the feet; crown,
fingers and toes lie about this multiple of the last bone further on."""

_BASES = np.array([JOINT_INDEX[base] for base, _, _ in _REACH_BEYOND])
_ENDS = np.array([JOINT_INDEX[end] for _, end, _ in _REACH_BEYOND])
_STRETCH = np.array([[multiple] for _, _, multiple in _REACH_BEYOND])
_CHILDREN = np.arange(1, len(PARENTS))
_PARENTS = np.array(PARENTS[1:])


@dataclass(frozen=True)
class Body:
    """A body in a cloud.

    Attributes:
        joints: (22, 3) metres, in the frame of the cloud; NaN where unknown.
        radius: points this near to its bones belong to it, metres.
    """

    joints: NDArray[np.floating]
    radius: float

    def has(self, points: NDArray[np.floating]) -> NDArray[np.bool_]:
        """(N,) whether each of the points (N, 3) belongs to the body."""
        return points_on_body(points, self.joints, self.radius)


def body_segments(joints: NDArray[np.floating]) -> NDArray[np.float64]:
    """The line segments along which a body lies.

    Args:
        joints: (22, 3) metres; NaN where unknown.

    Returns:
        (S, 2, 3) end points of the bones whose two joints are known, and of what lies beyond the
        last joints (crown, fingers, toes).
    """
    j = np.asarray(joints, np.float64)
    bones = np.stack((j[_PARENTS], j[_CHILDREN]), axis=1)
    beyond = np.stack((j[_ENDS], j[_ENDS] + _STRETCH * (j[_ENDS] - j[_BASES])), axis=1)
    segments = np.concatenate((bones, beyond))
    return segments[np.isfinite(segments).all((1, 2))]


def points_on_body(
    points: NDArray[np.floating], joints: NDArray[np.floating], radius: float
) -> NDArray[np.bool_]:
    """Whether each point is within `radius` of a body.

    Args:
        points: (N, 3) metres.
        joints: (22, 3) metres, in the same frame; NaN where unknown.
        radius: metres.

    Returns:
        (N,) bool.
    """
    on_body = np.zeros(len(points), bool)
    segments = body_segments(joints)
    if len(segments) == 0:
        return on_body
    low, high = segments.min((0, 1)) - radius, segments.max((0, 1)) + radius
    near = np.flatnonzero(((points >= low) & (points <= high)).all(-1))
    start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    offset = points[near, None] - start
    length = np.maximum((along**2).sum(-1), 1e-12)
    fraction = np.clip((offset * along).sum(-1) / length, 0.0, 1.0)
    gap = offset - fraction[..., None] * along
    on_body[near] = ((gap**2).sum(-1) <= radius**2).any(-1)
    return on_body
