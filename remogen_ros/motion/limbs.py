"""Two-bone inverse kinematics, as arms and legs share it: bend the hinge, then swing the limb."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from remogen_ros.motion.rotations import matrix_from_axis_angle


def bent(
    joint: Tensor,
    hinge: Tensor,
    upper: Tensor,
    lower: Tensor,
    distance: Tensor,
    same_side: bool = False,
) -> Tensor:
    """A knee or an elbow turned about its hinge until the ends of its two bones are so far apart.

    Args:
        joint: (..., 3, 3) rotation of the joint within the upper bone.
        hinge: (..., 3) unit axis in the frame of the upper bone; turning about it folds the limb.
        upper: (..., 3) from the root of the limb to the joint, in that same frame, metres.
        lower: (..., 3) from the joint to the end of the limb, in the frame of the joint, metres.
        distance: (...) from the root to the end of the limb, within its reach, metres.
        same_side: keep to the side to which the joint bends now, be it the wrong one, rather than
            to the side that folds the limb.

    Returns:
        (..., 3, 3) rotation of the joint.
    """
    own = (joint @ lower[..., None])[..., 0]
    squares = upper.square().sum(-1) + own.square().sum(-1)
    wanted = (distance.square() - squares) / 2
    # Turned by t, the product of the bones is along + even cos t + odd sin t (Rodrigues).
    along = (upper * hinge).sum(-1) * (own * hinge).sum(-1)
    even = (upper * own).sum(-1) - along
    odd = (upper * torch.linalg.cross(hinge.expand_as(own), own)).sum(-1)
    size = (even.square() + odd.square()).sqrt().clamp_min(1e-9)
    straight, fold = torch.atan2(odd, even), ((wanted - along) / size).clamp(-1, 1).acos()
    turn = straight + fold
    if same_side:
        turn, other = _wrapped(turn), _wrapped(straight - fold)
        turn = torch.where(turn.abs() <= other.abs(), turn, other)
    return matrix_from_axis_angle(hinge * turn[..., None]) @ joint


def _wrapped(angle: Tensor) -> Tensor:
    return torch.remainder(angle + math.pi, 2 * math.pi) - math.pi


def shortest_turn(start: Tensor, end: Tensor) -> Tensor:
    """(..., 3, 3) the smallest rotation that turns one direction (..., 3) into another."""
    axis = torch.linalg.cross(start, end)
    size = axis.norm(dim=-1, keepdim=True)
    angle = torch.atan2(size, (start * end).sum(-1, keepdim=True))
    return matrix_from_axis_angle(axis / size.clamp_min(1e-9) * angle)
