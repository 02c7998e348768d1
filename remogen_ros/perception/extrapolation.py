"""Where a person goes on to after the newest observation: as the trunk did just before.

Walking is steady for a fifth of a second, arms are not: a joint's own velocity, of two observations
that jitter, leads it farther astray than staying would.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.perception.detections import NANOSECONDS

_TRUNK = np.array(
    [
        JOINT_INDEX[name]
        for name in (
            *("pelvis", "left_hip", "right_hip", "spine1", "spine2", "spine3", "neck"),
            *("left_shoulder", "right_shoulder"),
        )
    ]
)

SHORTEST_S, LONGEST_S = 0.09, 0.31
"""Between the two observations that a velocity is taken from, seconds: a shorter time makes much of
jitter (a tenth of a second may be a little less), a longer one is past."""

FASTEST = 3.0
"""Of a person over the floor, m/s: a run; what is faster is a jump of the tracker."""


def floor_velocity(
    stamps_ns: NDArray[np.int64], positions: NDArray[np.float64], observed: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(2,) m/s over the floor at the newest observation; zero where it cannot be told.

    Args:
        stamps_ns: (N,) ascending, N at least 1.
        positions: (N, 22, 3) metres.
        observed: (N, 22) whether they are.
    """
    newest = stamps_ns[-1]
    before = newest - round(SHORTEST_S * NANOSECONDS)
    row = int(np.searchsorted(stamps_ns, before, side="right")) - 1
    if row < 0 or newest - stamps_ns[row] > LONGEST_S * NANOSECONDS:
        return np.zeros(2)
    both = _TRUNK[observed[-1, _TRUNK] & observed[row, _TRUNK]]
    if len(both) == 0:
        return np.zeros(2)
    way = (positions[-1, both, :2] - positions[row, both, :2]).mean(0)
    velocity: NDArray[np.float64] = way * NANOSECONDS / (newest - stamps_ns[row])
    return velocity * min(1.0, FASTEST / max(float(np.linalg.norm(velocity)), FASTEST))
