"""What hands tell without a clip: someone who really stands beckons, points or talks.

Hands go by minimum-jerk paths; arms follow by inverse kinematics. Such motion is composed, and
only partners and reaching hands have it.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from remogen_ros.data.composing.joining import placed, there_and_back
from remogen_ros.data.composing.material import Material
from remogen_ros.data.composing.tracks import Track
from remogen_ros.motion.arms import SIDES, Side, reaching, shoulders
from remogen_ros.motion.poses import FRAME_RATE, Motion

_REACH, _BACK = 6, 7
"""Frames until the hand is there, and back again."""

_POINTING = 0.6
"""Metres from the shoulder to a pointing hand."""


def beckon(material: Material, begins: int, random: np.random.Generator) -> Track:
    """Hold a hand up in front and draw it in, two to four times."""
    times = int(random.integers(2, 5))
    still, leaves = _still(material, begins, round(times * 0.7 * FRAME_RATE), random)
    side = SIDES[int(random.integers(2))]
    out = 1.0 if side == "left" else -1.0
    phase = (torch.arange(len(still)) - begins - _REACH).clamp_min(0) / (0.7 * FRAME_RATE)
    drawn = (1 - torch.cos(2 * math.pi * phase)) / 2
    far, near = torch.tensor([0.48, 0.06 * out, -0.05]), torch.tensor([0.24, 0.04 * out, 0.06])
    targets = shoulders(still, side) + torch.lerp(far, near, drawn[:, None])
    return Track(_signed(still, side, targets, begins, leaves), begins)


def point(
    material: Material, begins: int, side: Side, yaw: float, random: np.random.Generator
) -> Track:
    """Point with the arm of one side, `yaw` radians to the left of where the body faces."""
    still, leaves = _still(material, begins, int(random.integers(14, 22)), random)
    up = float(random.uniform(-0.15, 0.15))
    way = torch.tensor([math.cos(yaw), math.sin(yaw), up])
    targets = shoulders(still, side) + _POINTING * way / way.norm()
    return Track(_signed(still, side, targets, begins, leaves), begins)


def talk(material: Material, begins: int, random: np.random.Generator) -> Track:
    """Speak with both hands: they rise before the body, and beat."""
    still, leaves = _still(material, begins, int(random.integers(22, 32)), random)
    for side in SIDES:
        out = 1.0 if side == "left" else -1.0
        base = shoulders(still, side) + torch.tensor([0.30, -0.04 * out, -0.30])
        beats = _beats(len(still), random) * torch.tensor([0.05, 0.06, 0.09])
        still = _signed(still, side, base + beats, begins, leaves)
    return Track(still, begins)


def _still(
    material: Material, begins: int, holds: int, random: np.random.Generator
) -> tuple[Motion, int]:
    """Someone who stands facing along x, and the frame at which the hand withdraws."""
    leaves = begins + _REACH + holds
    still = material.hold(material.rest(random), leaves + _BACK + 4, random)
    return placed(still, 0, (0.0, 0.0), 0.0), leaves


def _signed(still: Motion, side: Side, targets: Tensor, begins: int, leaves: int) -> Motion:
    share = there_and_back(len(still), begins, begins + _REACH, leaves, leaves + _BACK)
    return reaching(still, side, targets, share)


def _beats(frames: int, random: np.random.Generator) -> Tensor:
    """(frames, 3) smooth to and fro of about one beat in 0.8 s, within -1 and 1."""
    knots = torch.from_numpy(random.uniform(-1, 1, (frames // 4 + 3, 3))).float()
    place = torch.arange(frames) / 4
    fraction = (1 - torch.cos(math.pi * (place % 1))) / 2
    before = place.long()
    return torch.lerp(knots[before], knots[before + 1], fraction[:, None])
