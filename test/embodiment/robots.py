"""Robots, and poses of the ego, that the tests of robots start from."""

from __future__ import annotations

from functools import cache

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.ego_pose import EgoPose
from remogen_ros.embodiment.embodying import Pose
from remogen_ros.embodiment.robot_ik import RobotIk, RobotState
from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import matrix_to_quaternion
from remogen_ros.motion.skeleton import ADULT, JOINT_COUNT, JOINT_INDEX

ROBOTS = ("unitree_g1", "unitree_h1")


@cache
def ik_of(name: str) -> RobotIk:
    return RobotIk(RobotModel.load(name))


def posed(heading: float = 0.0, height: float = 0.0, **turns: tuple[float, float, float]) -> Pose:
    """The T-pose on the floor, turned, with joints turned by Euler angles xyz, in degrees."""
    rotations = np.tile([0.0, 0.0, 0.0, 1.0], (JOINT_COUNT, 1))
    rotations[0] = Rotation.from_euler("z", heading, degrees=True).as_quat()
    for joint, angles in turns.items():
        turn = Rotation.from_euler("xyz", angles, degrees=True)
        rotations[JOINT_INDEX[joint]] = turn.as_quat()
    return Pose(np.array([0.0, 0.0, ADULT.pelvis_height + height]), rotations)


def standing(**turns: tuple[float, float, float]) -> Pose:
    """Arms hanging a little off the body."""
    arms = {"left_shoulder": (-80.0, 0.0, 0.0), "right_shoulder": (80.0, 0.0, 0.0)}
    return posed(**{**arms, **turns})


def ego(pose: Pose) -> EgoPose:
    return EgoPose.of(pose.root_position, pose.joint_rotations)


def egos(motion: Motion) -> list[EgoPose]:
    rotations = matrix_to_quaternion(motion.rotations).numpy()
    roots = motion.root_positions.numpy()
    return [EgoPose.of(*pose) for pose in zip(roots, rotations, strict=True)]


def settled(ik: RobotIk, pose: Pose, ticks: int = 6) -> RobotState:
    """Where the robot is when the ego has held a pose for a while."""
    state = ik.first(ego(pose))
    for _ in range(ticks):
        state = ik.next(state, ego(pose))
    return state


def joints(ik: RobotIk, state: RobotState) -> dict[str, float]:
    positions = state.qpos[ik.robot.qpos]
    return dict(zip(ik.robot.description.joints, positions, strict=True))


def data_at(robot: RobotModel, qpos: np.ndarray) -> mujoco.MjData:
    data = mujoco.MjData(robot.mujoco)
    data.qpos[:] = qpos
    mujoco.mj_kinematics(robot.mujoco, data)
    return data


def sites_at(robot: RobotModel, qpos: np.ndarray) -> dict[str, np.ndarray]:
    data = data_at(robot, qpos)
    return {
        joint: data.site_xpos[site] for joint, site in zip(robot.targets, robot.sites, strict=True)
    }
