"""Where a robot's body parts should be for one pose of the ego: the ego's limbs at its own size.

In the ego's T-pose every target is exactly where the robot's own T-pose has it. From there each
limb moves as the ego's does, as many times longer as the robot's limb is; the root goes where the
ego's goes, and the feet step where the ego's step, so that the robot meets people and things where
the ego does. What its shorter legs then lack the pelvis gives, by sinking.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.ego_pose import EgoPose
from remogen_ros.embodiment.robot_description import FEET
from remogen_ros.embodiment.robot_footing import Feet
from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, PARENTS

Array = NDArray[np.float64]

_STRAIGHTEST = 0.985
"""Of the length of a leg, how far it stretches: straighter, the knee would snap."""

_SHORTEST_DROP = 0.5
"""Of the same, how low a pelvis sinks at most for a foot that is out of reach."""


@dataclass(frozen=True)
class Targets:
    """Of the robot's N targets, in the order of `RobotModel.targets`.

    Attributes:
        positions: (N, 3) metres, in the fixed frame.
        rotations: (N, 3, 3) of the bodies.
    """

    positions: Array
    rotations: Array


@dataclass(frozen=True)
class _Limb:
    """From one target to the next below it.

    Attributes:
        end, start: indices of targets.
        ego_end, ego_start: indices of joints.
        scale: robot's limb over the ego's.
        rest: (3,) what the scaled limb of the ego lacks in the T-pose, in the frame of its start.
    """

    end: int
    start: int
    ego_end: int
    ego_start: int
    scale: float
    rest: Array


class Retargeting:
    """Scales of one robot's limbs, worked out once.

    Attributes:
        height_scale: robot's pelvis over the ego's, both standing upright.
    """

    def __init__(self, robot: RobotModel) -> None:
        self._robot = robot
        self._place = {joint: index for index, joint in enumerate(robot.targets)}
        self._ego = [JOINT_INDEX[joint] for joint in robot.targets]
        self.height_scale = float(robot.t_pose[2]) / ADULT.pelvis_height
        self._limbs = [
            _limb(robot, self._place, joint)
            for joint in robot.targets
            if joint not in ("pelvis", *FEET)
        ]
        self._feet = [self._place[foot] for foot in FEET]
        self._points = [np.array(robot.description.targets[foot].point) for foot in FEET]
        self._hips = [self._place.get(f"{side}_hip") for side in ("left", "right")]
        self._ankles = [
            robot.rest_positions[foot] - robot.rest_rotations[foot] @ point
            for foot, point in zip(self._feet, self._points, strict=True)
        ]

    def targets(self, pose: EgoPose, feet: Feet) -> Targets:
        """The targets of one pose.

        Args:
            pose: of the ego.
            feet: of the same pose.
        """
        rest = self._robot.rest_rotations
        rotations = pose.rotations[self._ego] @ rest
        positions = np.zeros((len(self._ego), 3))
        positions[0] = pose.positions[0] * (1.0, 1.0, self.height_scale)
        for side, foot in enumerate(self._feet):
            rotations[foot] = feet.rotations[side] @ rest[foot]
            positions[foot] = self._on_floor(feet, side, rotations[foot])
        positions[0, 2] = min(
            positions[0, 2], *(self._reachable(side, positions, rotations) for side in (0, 1))
        )
        for limb in self._limbs:
            span = pose.positions[limb.ego_end] - pose.positions[limb.ego_start]
            lacking = pose.rotations[limb.ego_start] @ limb.rest
            positions[limb.end] = positions[limb.start] + limb.scale * span + lacking
        return Targets(positions, rotations)

    def _on_floor(self, feet: Feet, side: int, rotation: Array) -> Array:
        """(3,) of a foot's point, so that no part of the sole is below the floor."""
        sole = (self._robot.soles[side] - self._points[side]) @ rotation[2]
        ball = feet.balls[side].copy()
        lowest = ball[2] + float(sole.min())
        if feet.stand[side] or lowest < 0.0:
            ball[2] -= lowest
        return ball

    def _reachable(self, side: int, positions: Array, rotations: Array) -> float:
        """How high the pelvis may be for this foot, metres."""
        hip, foot = self._hips[side], self._feet[side]
        if hip is None:
            return np.inf
        leg = _STRAIGHTEST * float(
            np.linalg.norm(self._robot.rest_positions[hip] - self._ankles[side])
        )
        pelvis_turn = rotations[0] @ self._robot.rest_rotations[0].T
        to_hip = pelvis_turn @ (self._robot.rest_positions[hip] - self._robot.rest_positions[0])
        ankle = positions[foot] - rotations[foot] @ self._points[side]
        over = (positions[0] + to_hip - ankle)[:2]
        drop = np.sqrt(max(leg**2 - float(over @ over), (_SHORTEST_DROP * leg) ** 2))
        return float(ankle[2] + drop - to_hip[2])


def _limb(robot: RobotModel, place: dict[str, int], joint: str) -> _Limb:
    ego_end = JOINT_INDEX[joint]
    starts = [start for start in _ancestors(ego_end) if start in {JOINT_INDEX[t] for t in place}]
    ego_start = starts[0]
    end, start = place[joint], [JOINT_INDEX[t] for t in robot.targets].index(ego_start)
    own = robot.rest_positions[end] - robot.rest_positions[start]
    egos = (ADULT.rest_joints[ego_end] - ADULT.rest_joints[ego_start]).astype(np.float64)
    given = robot.description.targets[joint].scale
    scale = float(np.linalg.norm(own) / np.linalg.norm(egos)) if given is None else given
    return _Limb(end, start, ego_end, ego_start, scale, own - scale * egos)


def _ancestors(joint: int) -> list[int]:
    """The joints above, nearest first."""
    found = []
    while PARENTS[joint] >= 0:
        joint = PARENTS[joint]
        found.append(joint)
    return found
