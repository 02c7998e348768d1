"""Feet that stand stay where they stand.

A generated foot that bears weight still creeps by millimetres a frame, which an eye sees at once.
While its ball is low and slow, the shown foot does not move over the floor at all, and the leg
bends as that needs; once it steps, what has gathered fades within a few frames. The pelvis is never
moved.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.skeleton import FOOT_HEIGHT, JOINT_INDEX

_BALLS = [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]]
_LOW = FOOT_HEIGHT + 0.03
"""Height of the ball of a foot below which it can stand, metres."""

_SLOW = 0.4
"""Speed of the ball over the floor up to which a low foot stands, m/s."""

_FURTHEST = 0.10
"""Metres that a foot is shown off where it was generated at most; then it is dragged along."""

_FADING = 0.5
"""Share of that which is left a frame later, once a foot does not stand."""


@dataclass(frozen=True)
class Footing:
    """Where the feet of egos were generated and shown in the frame before.

    Attributes:
        balls: (B, 2, 3) generated balls of the feet in the world, metres.
        off: (B, 2, 2) how far over the floor from there the feet are shown, metres.
    """

    balls: Tensor
    off: Tensor

    @staticmethod
    def of(generated: Motion) -> Footing:
        """After a first pose (B, 1), which is shown as it is."""
        balls = generated.joints()[:, 0, _BALLS]
        return Footing(balls, torch.zeros_like(balls[..., :2]))

    def shown(self, generated: Motion) -> tuple[Motion, Footing]:
        """The next pose (B, 1) with its standing feet where they were shown before."""
        balls = generated.joints()[:, 0, _BALLS]
        moved = (balls - self.balls)[..., :2]
        kept = self.off - moved
        kept = kept * (_FURTHEST / kept.norm(dim=-1, keepdim=True).clamp_min(_FURTHEST))
        stands = (balls[..., 2] < _LOW) & (moved.norm(dim=-1) * FRAME_RATE < _SLOW)
        off = torch.where(stands[..., None], kept, _FADING * self.off)
        feet = Feet.of(generated)
        ankles = feet.ankles + torch.nn.functional.pad(off, (0, 1))[:, None]
        return standing_on(generated, Feet(ankles, feet.turns)), Footing(balls, off)
