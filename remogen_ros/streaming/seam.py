"""Segments are joined without a jolt.

Where a segment begins, joints change their velocity more than they do inside of one, and an eye
sees a beat of 0.8 s. So a part of that change is taken out of the first frame and given back over
the next ones (inertialization: Bollo, "Inertialization: High-Performance Animation Transitions in
'Gears of War'", GDC 2018). That is a matter of millimetres. Feet stay where they were generated.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import Motion, concatenate
from remogen_ros.motion.rotations import matrix_from_axis_angle, turn_vector

_TAKEN = 0.6
"""Share of the change of velocity that is taken out of the first frame."""

_FADING = (1.0, 1.0, 0.7, 0.4, 0.1)
"""How much of what was taken is still missing, frame by frame: level at first, for else the next
frame would jolt instead."""


@dataclass(frozen=True)
class Seam:
    """How far off a segment is shown at its first frame.

    Attributes:
        root: (B, 3) metres.
        turns: (B, 22, 3) rotation vectors, radians, of each joint in its own frame.
    """

    root: Tensor
    turns: Tensor

    @staticmethod
    def between(recent: Motion, first: Motion) -> Seam:
        """Where a segment's first pose (B, 1) follows on the newest poses (B, T), two or more."""
        roots, rotations = recent.root_positions[:, -2:], recent.rotations[:, -2:]
        going_on = 2 * roots[:, 1] - roots[:, 0]
        turning_on = rotations[:, 1] @ rotations[:, 0].transpose(-1, -2) @ rotations[:, 1]
        off = first.rotations[:, 0].transpose(-1, -2) @ turning_on
        return Seam(_TAKEN * (going_on - first.root_positions[:, 0]), _TAKEN * turn_vector(off))

    def shown(self, poses: Motion, place: int) -> Motion:
        """Poses (B, K) of the segment from frame `place` on, as they are shown."""
        left = _FADING[place : place + len(poses)]
        if not left:
            return poses
        share = self.root.new_tensor(left)
        eased, rest = poses.frames(0, len(left)), poses.frames(len(left))
        roots = eased.root_positions + share[:, None] * self.root[:, None]
        turns = matrix_from_axis_angle(share[:, None, None] * self.turns[:, None])
        eased = standing_on(Motion(roots, eased.rotations @ turns), Feet.of(eased))
        return concatenate([eased, rest])
