"""Inverse kinematics of a robot, tick by tick, by differential IK as a quadratic programme (mink).

The state between two ticks is a value: the same state, pose and robot give the same next state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import mink
import mujoco
import numpy as np
from mink.tasks import BaseTask
from numpy.typing import NDArray

from remogen_ros.embodiment.ego_pose import EgoPose
from remogen_ros.embodiment.robot_collisions import collision_limit
from remogen_ros.embodiment.robot_footing import Feet, first_feet, next_feet
from remogen_ros.embodiment.robot_limits import TickLimit
from remogen_ros.embodiment.robot_model import ROOT_QPOS, RobotModel, lowest_sole
from remogen_ros.embodiment.robot_targets import Retargeting, Targets
from remogen_ros.motion.poses import FRAME_RATE

Array = NDArray[np.float64]

FIRST_ITERATIONS = 60
"""From the stance to the first pose, which may be far off."""

ITERATIONS = 5
"""From one tick to the next, at most."""

_SETTLED = 1e-3
"""Radians or metres an iteration, below which a pose is found."""

NOT_AVOIDED, WITHOUT_SOLUTION = "self_collision_not_avoided", "ik_without_solution"
"""What is given up where a step of the solver has no solution: keeping parts apart; the step."""

_DAMPING = 1e-4
_SOLVER = "daqp"


@dataclass(frozen=True)
class RobotState:
    """A robot at one tick.

    Attributes:
        qpos: (nq,) configuration: root position, metres, and quaternion wxyz, then the joints.
        velocities: (J,) of the joints over the step that led here, rad/s; zero on the first tick.
        feet: that were aimed at.
    """

    qpos: Array
    velocities: Array
    feet: Feet


class RobotIk:
    """Poses a robot as the ego.

    Args:
        robot: to pose.
        period: seconds from one tick to the next.

    Attributes:
        given_up: steps of the solver since this object was made, by what was given up in them.
    """

    def __init__(self, robot: RobotModel, period: float = 1.0 / FRAME_RATE) -> None:
        self.robot = robot
        self.given_up = Counter({NOT_AVOIDED: 0, WITHOUT_SOLUTION: 0})
        self.retargeting = Retargeting(robot)
        self._period = period
        self._data = mujoco.MjData(robot.mujoco)
        self._configuration = mink.Configuration(robot.mujoco)
        self._limit = TickLimit(robot)
        self._apart = collision_limit(robot)
        self._frames = _frame_tasks(robot)
        cost = robot.description.posture
        self._stance = mink.PostureTask(robot.mujoco, cost=cost)
        self._stance.set_target(robot.stand)
        self._still = mink.PostureTask(robot.mujoco, cost=robot.description.effort)

    def first(self, pose: EgoPose) -> RobotState:
        """The robot at the first tick, wherever its joints must be for it."""
        feet = first_feet(pose, self.retargeting.height_scale)
        targets = self.retargeting.targets(pose, feet)
        qpos = self.solve(targets, self._placed(targets), None, FIRST_ITERATIONS)
        return RobotState(self._above_floor(qpos), np.zeros(len(self.robot.qpos)), feet)

    def next(self, last: RobotState, pose: EgoPose, iterations: int = ITERATIONS) -> RobotState:
        """The robot at the next tick, within its limits.

        Args:
            last: the robot one period before.
            pose: of the ego.
            iterations: of the solver, at most.
        """
        feet = next_feet(last.feet, pose, self.retargeting.height_scale, self._period)
        targets = self.retargeting.targets(pose, feet)
        qpos = self.solve(targets, last.qpos, last.velocities, iterations)
        joints = self.robot.qpos
        velocities = (qpos[joints] - last.qpos[joints]) / self._period
        return RobotState(self._above_floor(qpos), velocities, feet)

    def solve(
        self, targets: Targets, start: Array, velocities: Array | None, iterations: int
    ) -> Array:
        """The configuration nearest to the targets.

        Args:
            targets: of the robot's body parts.
            start: (nq,) configuration to start from.
            velocities: (J,) of the joints at the start, rad/s; None: nothing but the joints'
                ranges limits the way from there.
            iterations: at most.

        Returns:
            (nq,) joints exactly within their limits.
        """
        joints = self.robot.qpos
        self._limit.begin(start[joints], velocities, self._period)
        for place, task in self._frames:
            pose = mink.SE3.from_rotation_and_translation(
                mink.SO3.from_matrix(targets.rotations[place]), targets.positions[place]
            )
            task.set_target(pose)
        self._still.set_target(start)
        tasks = [task for _, task in self._frames] + [self._stance]
        if velocities is not None:
            tasks.append(self._still)
        self._configuration.update(start)
        for _ in range(iterations):
            step = self._step(tasks)
            self._configuration.integrate_inplace(step, 1.0)
            if np.abs(step).max() < _SETTLED:
                break
        qpos = self._configuration.q.copy()
        qpos[joints] = self._limit.within(qpos[joints])
        return qpos

    def _step(self, tasks: Sequence[BaseTask]) -> Array:
        """(nv,) one step of the solver."""
        # Parts that are too near already and joints that cannot turn fast enough: limits come
        # first.
        attempts = [self._apart, []] if self._apart else [[]]
        for apart in attempts:
            try:
                step = mink.solve_ik(
                    self._configuration, tasks, 1.0, _SOLVER, _DAMPING, limits=[self._limit, *apart]
                )
            except mink.NoSolutionFound:
                continue
            self.given_up[NOT_AVOIDED] += apart is not attempts[0]
            return step
        self.given_up[WITHOUT_SOLUTION] += 1
        return np.zeros(self.robot.mujoco.nv)

    def _placed(self, targets: Targets) -> Array:
        """(nq,) the stance, with the root where the targets want it."""
        qpos = self.robot.stand.copy()
        qpos[:3] = targets.positions[0]
        mujoco.mju_mat2Quat(qpos[3:ROOT_QPOS], targets.rotations[0].reshape(-1))
        return qpos

    def _above_floor(self, qpos: Array) -> Array:
        """Lifted as far as it takes for no sole to be below the floor."""
        lowest = lowest_sole(self.robot.mujoco, self._data, qpos, self.robot.soles)
        qpos[2] -= min(lowest, 0.0)
        return qpos


def _frame_tasks(robot: RobotModel) -> list[tuple[int, mink.FrameTask]]:
    """Index of each target that weighs something, and its task."""
    tasks = []
    for place, joint in enumerate(robot.targets):
        target = robot.description.targets[joint]
        if target.position > 0.0 or target.orientation > 0.0:
            task = mink.FrameTask(joint, "site", target.position, target.orientation)
            tasks.append((place, task))
    return tasks
