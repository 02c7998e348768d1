"""Legs bent so that the feet are where they are wanted: two-bone inverse kinematics."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.kinematics import forward_kinematics, global_rotations
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import matrix_from_axis_angle
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX

_SIDES = ("left", "right")
_HIPS, _KNEES, _ANKLES = (
    [JOINT_INDEX[f"{side}_{part}"] for side in _SIDES] for part in ("hip", "knee", "ankle")
)
_THIGH = float(ADULT.bone_lengths[_KNEES[0]])
_SHANK = float(ADULT.bone_lengths[_ANKLES[0]])
_STRAIGHTEST = 0.9995
"""Share of its length to which a leg stretches at most: beyond, the knee would snap."""


@dataclass(frozen=True)
class Feet:
    """Both feet, left then right.

    Attributes:
        ankles: (T, 2, 3) positions, metres.
        turns: (T, 2, 3, 3) orientations in the world.
    """

    ankles: Tensor
    turns: Tensor

    @staticmethod
    def of(motion: Motion) -> Feet:
        """The feet of (T,) poses."""
        return Feet(motion.joints()[:, _ANKLES], global_rotations(motion.rotations)[:, _ANKLES])

    def moved_as(self, others: Feet) -> Feet:
        """These feet (1,), moving from where they are as (T,) others do; none sinks lower."""
        ankles = self.ankles + others.ankles - others.ankles[:1]
        ankles[..., 2] = torch.maximum(ankles[..., 2], self.ankles[..., 2])
        return Feet(ankles, others.turns @ others.turns[:1].mT @ self.turns)

    def held(self, before: int, after: int) -> Feet:
        """The same, with the first frame held for `before` frames more, the last for `after`."""
        place = torch.arange(-before, len(self.ankles) + after).clamp(0, len(self.ankles) - 1)
        return Feet(self.ankles[place], self.turns[place])


def standing_on(motion: Motion, feet: Feet) -> Motion:
    """The motion (T,) with its feet where they are wanted, as far as the legs reach.

    Knees bend forward about their own hinge, and whole legs swing as little as that leaves to do:
    feet that are in their places already change nothing.
    """
    turned = global_rotations(motion.rotations)
    hips = forward_kinematics(motion.rotations, motion.root_positions)[:, _HIPS]
    reach = feet.ankles - hips
    knees = _bent(motion.rotations[:, _KNEES], reach.norm(dim=-1))
    down = reach.new_tensor((0.0, 0.0, -1.0))
    thighs = turned[:, _HIPS]
    span = thighs @ (_THIGH * down + _SHANK * (knees @ down))[..., None]
    thighs = _shortest_turn(span[..., 0], reach) @ thighs
    rotations = motion.rotations.clone()
    rotations[:, _HIPS] = turned[:, :1].mT @ thighs
    rotations[:, _KNEES] = knees
    rotations[:, _ANKLES] = (thighs @ knees).mT @ feet.turns
    return Motion(motion.root_positions, rotations)


def _bent(knees: Tensor, distance: Tensor) -> Tensor:
    """Knee rotations (..., 3, 3), bent about their own y until hip and ankle are so far apart."""
    shortest, longest = abs(_THIGH - _SHANK) + 0.05, _STRAIGHTEST * (_THIGH + _SHANK)
    squared = distance.clamp(shortest, longest).square()
    cosine = (squared - _THIGH**2 - _SHANK**2) / (2 * _THIGH * _SHANK)
    # Bent by t, the z axis of the shank is knees[2, 0] sin t + knees[2, 2] cos t along the thigh.
    sine_part, cosine_part = knees[..., 2, 0], knees[..., 2, 2]
    size = torch.hypot(sine_part, cosine_part)
    turn = torch.zeros_like(knees[..., 0])
    turn[..., 1] = torch.atan2(sine_part, cosine_part) + (cosine / size).clamp(-1, 1).acos()
    return knees @ matrix_from_axis_angle(turn)


def _shortest_turn(start: Tensor, end: Tensor) -> Tensor:
    """(..., 3, 3) the smallest rotation that turns one direction (..., 3) into another."""
    axis = torch.linalg.cross(start, end)
    size = axis.norm(dim=-1, keepdim=True)
    angle = torch.atan2(size, (start * end).sum(-1, keepdim=True))
    return matrix_from_axis_angle(axis / size.clamp_min(1e-9) * angle)
