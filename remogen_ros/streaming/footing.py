"""Feet that stand stay where they stand.

A generated foot that bears weight still creeps by millimetres a frame, which an eye sees at once.
While its ball is low and slow, the shown foot does not move over the floor at all, and the leg
bends as that needs; once it steps, what has gathered fades within a few frames.

Where both feet creep alike, and go on creeping, it is the body that glides: a model cannot make up
its mind whether to walk. So the whole body is drawn back to where both of its feet stand.

And whoever stands leans no further than one could without falling: the pelvis is brought over the
feet, until the body's mass is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import pad

from remogen_ros.motion.balance import centre_of_mass
from remogen_ros.motion.legs import LEG_LENGTH, Feet, standing_on
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.skeleton import FOOT_HEIGHT, joint_pair

_HIPS, _ANKLES, _BALLS = (joint_pair(part) for part in ("hip", "ankle", "foot"))
_LOW = FOOT_HEIGHT + 0.03
"""Height of the ball of a foot below which it can stand, metres."""

_SLOW = 0.4
"""Speed of the ball over the floor up to which a low foot stands, m/s."""

_FURTHEST = 0.10
"""Metres that a foot is shown off where it was generated at most; then it is dragged along."""

_DRAWN = 0.3
"""Share of the way back to where both feet stand that the body is drawn in a frame."""

_BALANCED = 0.08
"""Metres over the floor, from the middle of both feet, within which the mass of who stands is."""

_CARRIED = 0.8
"""Share of the mass that moves with the pelvis over standing feet."""

_STRAIGHT = (0.8, 0.9)
"""Shares of a leg from hip to ankle: beyond the latter one stands on it, below the former not."""

_SETTLED = 5
"""Frames from which on who has both feet on the floor stands, and does not step or dance."""

_RIGHTED = 0.15
"""Share of the way into balance, or back out of it, that the pelvis is brought in a frame."""

_NOTHING = 1e-9

_FADING = 0.5
"""Share of that which is left a frame later, once a foot does not stand."""


@dataclass(frozen=True)
class Footing:
    """Where the feet of egos were generated and shown in the frame before.

    Attributes:
        balls: (B, 2, 3) generated balls of the feet in the world, metres.
        off: (B, 2, 2) how far over the floor from there the feet are shown, metres.
        righted: (B, 2) how far over the floor the pelvis is shown from where it would be, metres.
        stood: (B,) frames for which both feet have stood.
    """

    balls: Tensor
    off: Tensor
    righted: Tensor
    stood: Tensor

    @staticmethod
    def of(generated: Motion) -> Footing:
        """After the first of some poses (B, F), which is shown as it is."""
        balls = generated.joints()[:, 0, _BALLS]
        off = torch.zeros_like(balls[..., :2])
        return Footing(balls, off, off[:, 0], off.new_zeros(len(off)))

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
        feet = Feet(feet.ankles + pad(off, (0, 1)), feet.turns)
        settled = torch.stack([footing.stood for footing in footings[1:]], dim=1) >= _SETTLED
        wanted = _beyond_balance(kept.joints(), off) * (settled / -_CARRIED)[..., None]
        righted = [self.righted]
        for over in wanted.unbind(1):
            righted.append(righted[-1].lerp(over, _RIGHTED))
        poses = standing_on(_brought(kept, torch.stack(righted[1:], dim=1), feet), feet)
        return poses, back[:, 0], replace(footings[1], righted=righted[1])

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
        off = torch.where(stands[..., None], kept, _FADING * self.off)
        stood = torch.where(stands.all(dim=-1), self.stood + 1.0, 0.0)
        return Footing(balls, off, self.righted, stood)


def _beyond_balance(joints: Tensor, off: Tensor) -> Tensor:
    """(B, F, 2) how far over the floor the mass of bodies is out of balance, metres.

    Args:
        joints: (B, F, 22, 3), whose feet are shown (B, F, 2, 2) off.
    """
    feet = (joints[..., _ANKLES, :2] + joints[..., _BALLS, :2]) / 2.0 + off
    middle = feet.mean(dim=-2)
    away = centre_of_mass(joints)[..., :2] - middle
    distance = away.norm(dim=-1, keepdim=True).clamp_min(_NOTHING)
    legs = (joints[..., _HIPS, :] - joints[..., _ANKLES, :]).norm(dim=-1).mean(dim=-1) / LEG_LENGTH
    begin, end = _STRAIGHT
    stands = ((legs - begin) / (end - begin)).clamp(0.0, 1.0)[..., None]
    return stands * away * (1.0 - _BALANCED / distance).clamp_min(0.0)


def _brought(motion: Motion, over: Tensor, feet: Feet) -> Motion:
    """The motion (B, F), its pelvis (B, F, 2) further over, as far from the ankles as before."""
    from_ankles = motion.root_positions - feet.ankles.mean(dim=-2)
    flat, height = from_ankles[..., :2], from_ankles[..., 2]
    squared = from_ankles.square().sum(-1) - (flat + over).square().sum(-1)
    raised = squared.clamp_min(0.0).sqrt() - height
    # Whose feet are above the pelvis was not standing, and is on the way out of it at most.
    raised = torch.where(height > 0.0, raised, 0.0)
    return motion.shifted(torch.cat((over, raised[..., None]), dim=-1))
