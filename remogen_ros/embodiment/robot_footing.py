"""A robot's feet: on the floor where the ego's are, and still while the ego stands on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.ego_pose import EgoPose
from remogen_ros.embodiment.robot_description import FEET
from remogen_ros.motion.skeleton import FOOT_HEIGHT, JOINT_INDEX

Array = NDArray[np.float64]

_BALLS = [JOINT_INDEX[foot] for foot in FEET]
_ANKLES = [JOINT_INDEX[f"{side}_ankle"] for side in ("left", "right")]

_LOW = FOOT_HEIGHT + 0.03
"""Height of the ego's ball of the foot below which the foot can stand, metres."""

_SLOW = 0.4
"""Speed of that ball over the floor up to which a low foot stands, m/s."""

_FURTHEST = 0.05
"""Metres that a standing foot is kept from where the ego's is at most; then it is dragged along."""

_STEPPING, _KICKING = 0.05, 0.30
"""Heights of the ego's ball over the floor, metres: below the first a foot is where the ego's is,
above the second as far from the pelvis as the robot's own legs are shorter, between them between.
"""

_LEVEL = np.deg2rad(8.0)
"""A standing foot that is pitched less lies flat on the floor; one pitched more, by the rest."""


@dataclass(frozen=True)
class Feet:
    """Both feet of one pose, left then right.

    Attributes:
        balls: (2, 3) of the feet on the floor or above it, metres; z is 0 on the floor.
        rotations: (2, 3, 3) of the feet; the identity when flat on the floor and facing x.
        stand: (2,) whether the ego stands on them.
        ego_balls: (2, 3) where the ego's are, metres.
    """

    balls: Array
    rotations: Array
    stand: NDArray[np.bool_]
    ego_balls: Array


def first_feet(pose: EgoPose, height_scale: float) -> Feet:
    """The feet of a first pose.

    Args:
        pose: of the ego.
        height_scale: robot's leg over the ego's.
    """
    ego = pose.positions[_BALLS]
    stand = ego[:, 2] < _LOW
    rotations = _level(pose.rotations[_ANKLES], stand)
    return Feet(_over_floor(pose, height_scale), rotations, stand, ego)


def next_feet(last: Feet, pose: EgoPose, height_scale: float, period: float) -> Feet:
    """The feet of the next pose: those that stood and stand do not slide.

    Args:
        last: the feet one period before.
        pose: of the ego.
        height_scale: as in `first_feet`.
        period: seconds.
    """
    ego = pose.positions[_BALLS]
    speed = np.linalg.norm((ego - last.ego_balls)[:, :2], axis=1) / period
    stand = (ego[:, 2] < _LOW) & (speed < _SLOW)
    balls = _over_floor(pose, height_scale)
    for foot in np.flatnonzero(stand & last.stand):
        kept = last.balls[foot, :2] - balls[foot, :2]
        kept *= _FURTHEST / max(_FURTHEST, float(np.linalg.norm(kept)))
        balls[foot, :2] += kept
    return Feet(balls, _level(pose.rotations[_ANKLES], stand), stand, ego)


def _over_floor(pose: EgoPose, height_scale: float) -> Array:
    """(2, 3) The robot's steps are as long as the ego's, so that it gets where the ego gets."""
    balls = pose.positions[_BALLS].copy()
    height = np.maximum(balls[:, 2] - FOOT_HEIGHT, 0.0)
    lifted = np.clip((height - _STEPPING) / (_KICKING - _STEPPING), 0.0, 1.0)[:, None]
    reach = balls[:, :2] - pose.positions[0, :2]
    balls[:, :2] -= lifted * (1.0 - min(height_scale, 1.0)) * reach
    balls[:, 2] = height_scale * height
    return balls


def _level(rotations: Array, stand: NDArray[np.bool_]) -> Array:
    """Standing feet without roll, and without small pitch."""
    levelled = rotations.copy()
    for foot in np.flatnonzero(stand):
        forward = rotations[foot, :, 0]
        yaw = np.arctan2(forward[1], forward[0])
        pitch = np.arcsin(np.clip(-forward[2], -1.0, 1.0))
        pitch = np.sign(pitch) * max(abs(pitch) - _LEVEL, 0.0)
        cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
        levelled[foot] = [[cy * cp, -sy, cy * sp], [sy * cp, cy, sy * sp], [-sp, 0.0, cp]]
    return levelled
