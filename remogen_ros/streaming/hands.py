"""Hands that would meet do meet.

A generated hand that reaches for another's comes within a hand's breadth of it, and an eye sees at
once that they miss. While a palm of the ego and one of a partner are near each other and both reach
out, the shown arm goes the rest of the way (two-bone inverse kinematics), and lets go as gradually.
Arms that hang or swing are left alone, and so is the rest of the body.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.arms import SIDES, palms_of_joints, reaching
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import joint_pair

_NEAR, _FAR = 0.10, 0.25
"""Gaps between two palms, metres: from the first on down they are meant to meet; from the second on
they have nothing to do with each other."""

_HANGS, _REACHES = 0.20, 0.35
"""Metres over the floor from a shoulder to its palm: of an arm that hangs, and one that reaches."""

_PACE = 0.34
"""By how much of the way an arm goes further, or less far, than a frame before."""

_SHOULDERS, _ELBOWS, _WRISTS = (joint_pair(part) for part in ("shoulder", "elbow", "wrist"))


@dataclass(frozen=True)
class Hands:
    """How far the hands of egos were shown on the way to a partner's.

    Attributes:
        share: (B, 2) left and right, 0 as generated to 1 on the other's palm.
    """

    share: Tensor

    @staticmethod
    def apart(egos: int) -> Hands:
        """Of so many egos who touch nobody."""
        return Hands(torch.zeros(egos, 2))

    def shown(self, generated: Motion, partners: Tensor, seen: Tensor) -> tuple[Motion, Hands]:
        """The next pose (B, 1) with its hands on those that they would meet.

        Args:
            generated: as it came.
            partners: (B, P, 22, 3) newest joints of others, in the same world, metres.
            seen: (B, P, 22) bool, which of them are known.
        """
        if not partners.shape[1]:
            return generated, Hands.apart(len(self.share))
        joints = generated.joints()[:, 0]
        own, theirs = palms_of_joints(joints), palms_of_joints(partners).flatten(1, 2)
        known = seen[..., _SHOULDERS] & seen[..., _ELBOWS] & seen[..., _WRISTS]
        out = (_reached(partners) * known).flatten(1)
        gaps = torch.cdist(own, theirs)
        wish = ((_FAR - gaps) / (_FAR - _NEAR)).clamp(0, 1) * out[:, None]
        wish, which = (wish * _reached(joints)[..., None]).max(-1)
        share = self.share + (wish - self.share).clamp(-_PACE, _PACE)
        if not bool((share > 0).any()):
            return generated, Hands(share)
        # Who lets go of everybody keeps to whom is nearest meanwhile, for at most so far.
        which = torch.where(wish > 0, which, gaps.argmin(-1))
        away = torch.gather(theirs, 1, which[..., None].expand(-1, -1, 3)) - own
        away = away * (_FAR / away.norm(dim=-1, keepdim=True).clamp_min(_FAR))
        pose = Motion(generated.root_positions[:, 0], generated.rotations[:, 0])
        for number, side in enumerate(SIDES):
            target = (own + away)[:, number]
            pose = reaching(pose, side, target, share[:, number])
        return Motion(pose.root_positions[:, None], pose.rotations[:, None]), Hands(share)


def _reached(joints: Tensor) -> Tensor:
    """(..., 22, 3) -> (..., 2) from 0, an arm that hangs, to 1, one that reaches out."""
    away = (palms_of_joints(joints) - joints[..., _SHOULDERS, :])[..., :2].norm(dim=-1)
    return ((away - _HANGS) / (_REACHES - _HANGS)).clamp(0, 1)
