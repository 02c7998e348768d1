"""A humanoid robot as the body that follows the ego."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.ego_pose import EgoPose
from remogen_ros.embodiment.embodying import (
    EmbodiedTick,
    JointLimits,
    JointSample,
    Pose,
    path_to_rest,
)
from remogen_ros.embodiment.robot_ik import RobotIk, RobotState
from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.embodiment.root_paths import RootPose, root_path
from remogen_ros.motion.poses import FRAME_RATE

HORIZON_ITERATIONS = 2
"""Of the solver for each pose to come: it is solved again, and better, when its tick comes."""


class RobotEmbodiment:
    """Turns generated poses into a robot's joints, within its limits.

    Keeps the robot's state of the last tick; call `reset` when the generator is reset.

    Args:
        robot: that follows the ego.
        period: seconds from one tick to the next.

    Attributes:
        interventions: ticks since this object was made, by what inverse kinematics gave up in them
            or in the poses to come; see `robot_ik`.
    """

    may_jump = False

    def __init__(self, robot: RobotModel, period: float = 1.0 / FRAME_RATE) -> None:
        self.robot = robot
        self._ik = RobotIk(robot, period)
        self._period = period
        self._state: RobotState | None = None
        self.interventions: Counter[str] = Counter(dict.fromkeys(self._ik.given_up, 0))
        self._seen = mujoco.MjData(robot.mujoco)
        self._seen.qpos[:] = robot.stand

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Of the robot's joints, in the order of its file."""
        return tuple(self.robot.description.joints)

    @property
    def joint_orders(self) -> Mapping[str, tuple[str, ...]]:
        """Those of the consumers in the robot's file."""
        return {name: tuple(order) for name, order in self.robot.description.consumers.items()}

    @property
    def root_frame(self) -> str:
        """The body of the model that follows the ego's pelvis."""
        return self.robot.description.targets["pelvis"].body

    @property
    def links(self) -> tuple[str, ...]:
        """The bodies of the model, by whose names URDFs of the robot call its links."""
        model = self.robot.mujoco
        return tuple(model.body(body).name for body in range(1, model.nbody))

    @property
    def limits(self) -> JointLimits:
        """Of the model and the robot's file."""
        robot = self.robot
        return JointLimits(robot.lower, robot.upper, robot.command_velocity, robot.acceleration)

    def reset(self) -> None:
        """Forget the last tick: the next one starts at rest, wherever it must."""
        self._state = None

    def tick(self, pose: Pose, horizon: Sequence[Pose]) -> EmbodiedTick:
        """See `Embodiment`."""
        before = self._ik.given_up.copy()
        now, *later = (EgoPose.of(p.root_position, p.joint_rotations) for p in (pose, *horizon))
        last = self._state
        state = self._ik.first(now) if last is None else self._ik.next(last, now)
        self._state = coming = state
        joints = self.robot.qpos
        path = np.zeros((len(later), len(joints)))
        roots = []
        for index, ego in enumerate(later):
            coming = self._ik.next(coming, ego, HORIZON_ITERATIONS)
            path[index] = coming.qpos[joints]
            roots.append(_root(coming))
        self.interventions.update((self._ik.given_up - before).keys())
        sample = JointSample(state.qpos[joints], state.velocities)
        return EmbodiedTick(
            sample,
            path_to_rest(sample, path, self._period, self.robot.lower, self.robot.upper),
            *_root(state),
            root_path(None if last is None else _root(last), _root(state), roots, self._period),
        )

    def segments(self, tick: EmbodiedTick) -> NDArray[np.float64]:
        """From each link to its parent, and to the middle of each of its shapes (head, hands)."""
        model, data = self.robot.mujoco, self._seen
        data.qpos[:3] = tick.root_position
        data.qpos[3:7] = tick.root_rotation[[3, 0, 1, 2]]
        data.qpos[self.robot.qpos] = tick.joints.positions
        mujoco.mj_kinematics(model, data)
        links = np.arange(2, model.nbody)
        bones = np.stack((data.xpos[links], data.xpos[model.body_parentid[links]]), axis=1)
        shapes = np.flatnonzero(model.geom_bodyid > 0)
        ends = np.stack((data.xpos[model.geom_bodyid[shapes]], data.geom_xpos[shapes]), axis=1)
        return np.concatenate((bones, ends))


def _root(state: RobotState) -> RootPose:
    return state.qpos[:3].copy(), state.qpos[[4, 5, 6, 3]]
