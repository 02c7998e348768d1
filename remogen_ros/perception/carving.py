"""Which points of a cloud belong to bodies, so that nobody is taken for furniture."""

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
    """A body in a cloud: capsules of one radius.

    Attributes:
        segments: (S, 2, 3) metres, the middles of the capsules, in the frame of the cloud.
        radius: points this near to them belong to the body, metres.
    """

    segments: NDArray[np.floating]
    radius: float

    @staticmethod
    def of_person(joints: NDArray[np.floating], radius: float) -> Body:
        """A person with these joints (22, 3), NaN where unknown."""
        return Body(body_segments(joints), radius)

    def has(self, points: NDArray[np.floating]) -> NDArray[np.bool_]:
        """(N,) whether each of the points (N, 3) belongs to the body."""
        on_body = np.zeros(len(points), bool)
        if len(self.segments) == 0:
            return on_body
        low = self.segments.min((0, 1)) - self.radius
        high = self.segments.max((0, 1)) + self.radius
        near = np.flatnonzero(((points >= low) & (points <= high)).all(-1))
        start, along = self.segments[:, 0], self.segments[:, 1] - self.segments[:, 0]
        offset = points[near, None] - start
        length = np.maximum((along**2).sum(-1), 1e-12)
        fraction = np.clip((offset * along).sum(-1) / length, 0.0, 1.0)
        gap = offset - fraction[..., None] * along
        on_body[near] = ((gap**2).sum(-1) <= self.radius**2).any(-1)
        return on_body


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
