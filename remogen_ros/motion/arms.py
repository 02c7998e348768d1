"""Arms that reach with the palm: two-bone inverse kinematics, and the limits of an arm.

The body has no hands; a palm is a point beyond the wrist along the hand. While an arm reaches, its
wrist straightens, so that forearm and hand are one bone; the elbow bends about its own hinge, and
the whole arm swings as little as that leaves to do.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from remogen_ros.motion.kinematics import forward_kinematics, global_rotations
from remogen_ros.motion.limbs import bent, shortest_turn
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import slerp
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, joint_pair

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")

PALM = 0.085
"""Metres from the wrist to the middle of the palm: half a hand (0.108 of stature, Winter)."""

_ELBOWS, _WRISTS = joint_pair("elbow"), joint_pair("wrist")

MOST_BENT = math.radians(150.0)
"""How far an elbow folds (AAOS, "Joint Motion", 1965)."""

FURTHEST_BACK = math.radians(60.0)
FURTHEST_ACROSS = math.radians(60.0)
"""How far an upper arm goes behind the chest, and across to the other side of it (AAOS)."""

STRAIGHTEST = 0.97
"""Share of its length to which a reaching arm stretches: people lean rather than lock an elbow."""

_UPPER_ARM = float(ADULT.bone_lengths[JOINT_INDEX["left_elbow"]])
_FOREARM = float(ADULT.bone_lengths[JOINT_INDEX["left_wrist"]])

REACH = STRAIGHTEST * (_UPPER_ARM + _FOREARM + PALM)
"""Metres from the shoulder to the palm of an arm that reaches as far as it goes."""

_CLOSEST = 1.02 * math.sqrt(
    _UPPER_ARM**2
    + (_FOREARM + PALM) ** 2
    + 2 * _UPPER_ARM * (_FOREARM + PALM) * math.cos(MOST_BENT)
)
_CHAIN = ("collar", "shoulder", "elbow", "wrist")
_OWN_AXIS = 0.2
"""Sine of the bend (about 12 degrees) from which a bent elbow shows the axis it bends about."""


def palms(motion: Motion, side: Side) -> Tensor:
    """(T, 3) where the palm of one hand is, metres."""
    wrist = JOINT_INDEX[f"{side}_wrist"]
    turned = global_rotations(motion.rotations)[:, wrist]
    return motion.joints()[:, wrist] + _turned(turned, _outward(turned, side, PALM))


def palms_of_joints(joints: Tensor) -> Tensor:
    """(..., 22, 3) -> (..., 2, 3) left and right, as arms that reach have them: in line with the
    forearm."""
    wrists = joints[..., _WRISTS, :]
    forearms = torch.nn.functional.normalize(wrists - joints[..., _ELBOWS, :], dim=-1)
    return wrists + PALM * forearms


def shoulders(motion: Motion, side: Side) -> Tensor:
    """(T, 3) where one shoulder is, metres."""
    return motion.joints()[:, JOINT_INDEX[f"{side}_shoulder"]]


def reaching(motion: Motion, side: Side, targets: Tensor, share: Tensor) -> Motion:
    """The motion (T,) with the palm of one hand on its way to its targets, as far as it reaches.

    Args:
        motion: (T,).
        side: whose hand reaches.
        targets: (T, 3) metres.
        share: (T,) of the way from where the palm is anyway (0) to the target (1). At 0 the pose
            stays as it is.
    """
    collar, shoulder, elbow, wrist = (JOINT_INDEX[f"{side}_{part}"] for part in _CHAIN)
    rotations = motion.rotations.clone()
    rotations[:, wrist] = slerp(rotations[:, wrist], torch.eye(3).expand(len(motion), 3, 3), share)
    turned = global_rotations(rotations)
    root = forward_kinematics(rotations, motion.root_positions)[:, shoulder]
    upper = _outward(rotations, side, _UPPER_ARM)
    hand = _turned(rotations[:, wrist], _outward(rotations, side, PALM))
    lower = _outward(rotations, side, _FOREARM) + hand
    arm = turned[:, shoulder]
    own = _turned(arm, upper + _turned(rotations[:, elbow], lower))
    reach = torch.lerp(own, targets - root, share[:, None])
    # Who does not reach yet may stretch or fold the arm further than a reaching one does.
    free = own.norm(dim=-1)
    longest = torch.lerp(free.clamp_min(REACH), free.new_tensor(REACH), share)
    shortest = torch.lerp(free.clamp_max(_CLOSEST), free.new_tensor(_CLOSEST), share)
    distance = reach.norm(dim=-1).clamp(shortest, longest)
    bones = rotations[:, elbow]
    bones = bent(bones, _hinge(bones, lower, side), upper, lower, distance)
    span = _turned(arm, upper + _turned(bones, lower))
    arm = shortest_turn(span, reach) @ arm
    moves = (share > 0)[:, None, None]
    arm = turned[:, collar].mT @ arm
    rotations[:, shoulder] = torch.where(moves, arm, rotations[:, shoulder])
    rotations[:, elbow] = torch.where(moves, bones, rotations[:, elbow])
    return Motion(motion.root_positions, rotations)


def elbow_bend(motion: Motion, side: Side) -> Tensor:
    """(T,) how far an elbow is folded, radians; 0 is straight."""
    forearm = motion.rotations[:, JOINT_INDEX[f"{side}_elbow"], :, 1]
    cosine = forearm[..., 1].clamp(-1, 1)
    return cosine.acos()


def beyond_limits(motion: Motion, side: Side) -> Tensor:
    """(T,) radians by which an arm exceeds the worst of its limits; 0 or less is within them.

    The elbow folds to MOST_BENT; the upper arm goes FURTHEST_BACK behind the plane of the chest and
    FURTHEST_ACROSS past the plane between left and right.
    """
    chest, arm = JOINT_INDEX["spine3"], JOINT_INDEX[f"{side}_shoulder"]
    turned = global_rotations(motion.rotations)
    upper = _turned(turned[:, chest].mT @ turned[:, arm], _outward(turned, side, 1.0))
    forward, left, _ = upper.clamp(-1, 1).unbind(-1)
    outward = left if side == "left" else -left
    excess = (
        elbow_bend(motion, side) - MOST_BENT,
        -forward.asin() - FURTHEST_BACK,
        -outward.asin() - FURTHEST_ACROSS,
    )
    return torch.stack(excess).amax(0)


def _outward(like: Tensor, side: Side, length: float) -> Tensor:
    """(T, 3) along the bones of a resting arm, whose frames all lie as the T-pose does."""
    sign = 1.0 if side == "left" else -1.0
    return like.new_tensor((0.0, sign * length, 0.0)).expand(len(like), 3)


def _turned(rotations: Tensor, vectors: Tensor) -> Tensor:
    """(T, 3, 3), (T, 3) -> (T, 3)."""
    return (rotations @ vectors[..., None])[..., 0]


def _hinge(elbow: Tensor, lower: Tensor, side: Side) -> Tensor:
    """(T, 3) axis about which an elbow bends: its own, or forward where it is all but straight."""
    outward = _outward(lower, side, 1.0)
    forearm = torch.nn.functional.normalize(_turned(elbow, lower), dim=-1)
    own = torch.linalg.cross(outward, forearm)
    forward = lower.new_tensor((0.0, 0.0, -1.0 if side == "left" else 1.0))
    trust = (own.norm(dim=-1, keepdim=True) / _OWN_AXIS).clamp(0, 1)
    own = torch.nn.functional.normalize(own, dim=-1, eps=1e-9)
    return torch.nn.functional.normalize(trust * own + (1 - trust) * forward, dim=-1)
