"""Feet that stand stay where they stand.

A generated foot that bears weight still creeps by millimetres a frame, which an eye sees at once.
While its ball is low and slow, the shown foot does not move over the floor at all, and the leg
bends as that needs; once it steps, what has gathered fades within a few frames.

Where both feet creep alike, and go on creeping, it is the body that glides: a model cannot make up
its mind whether to walk. So the whole body is drawn back to where both of its feet stand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import pad

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

_DRAWN = 0.3
"""Share of the way back to where both feet stand that the body is drawn in a frame."""

_NOTHING = 1e-9

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
        """After the first of some poses (B, F), which is shown as it is."""
        balls = generated.joints()[:, 0, _BALLS]
        return Footing(balls, torch.zeros_like(balls[..., :2]))

    def shown(self, generated: Motion) -> tuple[Motion, Tensor, Footing]:
        """The next poses (B, F) with their standing feet where they were shown before.

        Returns:
            The poses; (B, 3) metres by which the body was drawn back at the first of them, as all
            that follows must be; and the footing after the first: the others are a forecast.
        """
        generated = replace(generated, known_joints=generated.joints())
        footings, drawn = [self], [torch.zeros_like(self.off[:, 0])]
        for balls in generated.joints()[:, :, _BALLS].unbind(1):
            drawn.append(drawn[-1] + _DRAWN * footings[-1]._alike())
            footings.append(footings[-1]._next(balls + pad(drawn[-1], (0, 1))[:, None]))
        off = torch.stack([footing.off for footing in footings[1:]], dim=1)
        back = pad(torch.stack(drawn[1:], dim=1), (0, 1))
        kept = generated.shifted(back)
        feet = Feet.of(kept)
        poses = standing_on(kept, Feet(feet.ankles + pad(off, (0, 1)), feet.turns))
        return poses, back[:, 0], footings[1]

    def _alike(self) -> Tensor:
        """(B, 2) how far off both feet are shown: the lesser of the two, along the other."""
        left, right = self.off.unbind(1)
        sizes = self.off.norm(dim=-1)
        lesser = torch.where((sizes[:, 0] < sizes[:, 1])[:, None], left, right)
        cosine = (left * right).sum(-1) / sizes.prod(-1).clamp_min(_NOTHING)
        return lesser * cosine.clamp_min(0.0)[:, None]

    def _next(self, balls: Tensor) -> Footing:
        """A frame later, with the balls generated at (B, 2, 3)."""
        moved = (balls - self.balls)[..., :2]
        kept = self.off - moved
        kept = kept * (_FURTHEST / kept.norm(dim=-1, keepdim=True).clamp_min(_FURTHEST))
        stands = (balls[..., 2] < _LOW) & (moved.norm(dim=-1) * FRAME_RATE < _SLOW)
        return Footing(balls, torch.where(stands[..., None], kept, _FADING * self.off))
