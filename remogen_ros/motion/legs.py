"""Legs bent so that the feet are where they are wanted: two-bone inverse kinematics."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.kinematics import global_rotations, skeleton_offsets
from remogen_ros.motion.limbs import bent, shortest_turn
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import ADULT, joint_pair

_HIPS, _KNEES, _ANKLES, _BALLS = (joint_pair(part) for part in ("hip", "knee", "ankle", "foot"))
_THIGH = float(ADULT.bone_lengths[_KNEES][0])
_SHANK = float(ADULT.bone_lengths[_ANKLES][0])
LEG_LENGTH = _THIGH + _SHANK
"""Metres from hip to ankle of a straight leg."""

_SHORTEST = abs(_THIGH - _SHANK) + 0.05
_LONGEST = 0.9995 * LEG_LENGTH
"""Metres from hip to ankle to which a leg folds and stretches: straighter, the knee would snap."""


@dataclass(frozen=True)
class Feet:
    """Both feet, left then right.

    Attributes:
        ankles: (..., T, 2, 3) positions, metres.
        turns: (..., T, 2, 3, 3) orientations in the world.
    """

    ankles: Tensor
    turns: Tensor

    @staticmethod
    def of(motion: Motion) -> Feet:
        """The feet of (..., T) poses."""
        turns = global_rotations(motion.rotations)[..., _ANKLES, :, :]
        return Feet(motion.joints()[..., _ANKLES, :], turns)

    def put_where(self, joints: Tensor) -> Feet:
        """These feet, carried and turned to where the ankles and balls of (..., T, 22, 3) are."""
        ankles = joints[..., _ANKLES, :]
        soles = (self.turns @ skeleton_offsets(ADULT, ankles)[_BALLS, :, None])[..., 0]
        turn = shortest_turn(soles, joints[..., _BALLS, :] - ankles)
        return Feet(ankles, turn @ self.turns)

    def moved_as(self, others: Feet) -> Feet:
        """These feet (1,), moving from where they are as (T,) others do; none sinks lower."""
        ankles = self.ankles + others.ankles - others.ankles[:1]
        ankles[..., 2] = torch.maximum(ankles[..., 2], self.ankles[..., 2])
        return Feet(ankles, others.turns @ others.turns[:1].transpose(-1, -2) @ self.turns)

    def held(self, before: int, after: int) -> Feet:
        """The same, with the first frame held for `before` frames more, the last for `after`."""
        place = torch.arange(-before, len(self.ankles) + after).clamp(0, len(self.ankles) - 1)
        return Feet(self.ankles[place], self.turns[place])


def standing_on(motion: Motion, feet: Feet, same_side: bool = False) -> Motion:
    """The motion (..., T) with its feet where they are wanted, as far as the legs reach.

    Knees bend about their own hinge, forward, or with `same_side` as they do; whole legs swing as
    little as that leaves to do: feet that are in their places already change nothing.
    """
    turned = global_rotations(motion.rotations)
    hips = motion.joints()[..., _HIPS, :]
    reach = feet.ankles - hips
    thigh = skeleton_offsets(ADULT, reach)[_KNEES].expand_as(reach)
    shank = skeleton_offsets(ADULT, reach)[_ANKLES].expand_as(reach)
    knees = motion.rotations[..., _KNEES, :, :]
    own = (thigh + (knees @ shank[..., None])[..., 0]).norm(dim=-1)
    longest = own.clamp_min(_LONGEST) if same_side else own.new_full((), _LONGEST)
    distance = reach.norm(dim=-1).clamp_min(_SHORTEST).minimum(longest)
    knees = bent(knees, knees[..., 1], thigh, shank, distance, same_side)
    thighs = turned[..., _HIPS, :, :]
    span = thighs @ (thigh[..., None] + knees @ shank[..., None])
    thighs = shortest_turn(span[..., 0], reach) @ thighs
    rotations = motion.rotations.clone()
    rotations[..., _HIPS, :, :] = turned[..., :1, :, :].transpose(-1, -2) @ thighs
    rotations[..., _KNEES, :, :] = knees
    rotations[..., _ANKLES, :, :] = (thighs @ knees).transpose(-1, -2) @ feet.turns
    return Motion(motion.root_positions, rotations)
