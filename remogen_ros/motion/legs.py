"""Legs bent so that the feet are where they are wanted: two-bone inverse kinematics."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.kinematics import forward_kinematics, global_rotations
from remogen_ros.motion.limbs import bent, shortest_turn
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX

_SIDES = ("left", "right")
_HIPS, _KNEES, _ANKLES = (
    [JOINT_INDEX[f"{side}_{part}"] for side in _SIDES] for part in ("hip", "knee", "ankle")
)
_THIGH = float(ADULT.bone_lengths[_KNEES[0]])
_SHANK = float(ADULT.bone_lengths[_ANKLES[0]])
_SHORTEST = abs(_THIGH - _SHANK) + 0.05
_LONGEST = 0.9995 * (_THIGH + _SHANK)
"""Metres from hip to ankle to which a leg folds and stretches: straighter, the knee would snap."""


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
    down = reach.new_tensor((0.0, 0.0, -1.0)).expand_as(reach)
    thigh, shank = _THIGH * down, _SHANK * down
    knees = motion.rotations[:, _KNEES]
    distance = reach.norm(dim=-1).clamp(_SHORTEST, _LONGEST)
    knees = bent(knees, knees[..., 1], thigh, shank, distance)
    thighs = turned[:, _HIPS]
    span = thighs @ (thigh[..., None] + knees @ shank[..., None])
    thighs = shortest_turn(span[..., 0], reach) @ thighs
    rotations = motion.rotations.clone()
    rotations[:, _HIPS] = turned[:, :1].mT @ thighs
    rotations[:, _KNEES] = knees
    rotations[:, _ANKLES] = (thighs @ knees).mT @ feet.turns
    return Motion(motion.root_positions, rotations)
