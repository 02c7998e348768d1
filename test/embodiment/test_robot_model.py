"""What is read off a robot's model."""

from __future__ import annotations

from collections import deque

import mujoco
import numpy as np
import pytest

from remogen_ros.embodiment.robot import RobotEmbodiment
from remogen_ros.embodiment.robot_model import RobotModel
from test.embodiment.robots import ROBOTS, data_at, ik_of, sites_at

EVERY = pytest.mark.parametrize("name", ROBOTS)


@EVERY
def test_every_hinge_of_the_model_is_moved_once(name):
    robot = ik_of(name).robot
    assert sorted(robot.dofs) == list(range(6, robot.mujoco.nv))


@EVERY
def test_isaac_lab_wants_the_joints_breadth_first(name):
    robot = ik_of(name).robot
    model = robot.mujoco
    waiting, order = deque([0]), []
    while waiting:
        body = waiting.popleft()
        waiting.extend(b for b in range(1, model.nbody) if model.body_parentid[b] == body)
        first = model.body_jntadr[body]
        order += [model.joint(first + k).name for k in range(model.body_jntnum[body])]
    assert list(RobotEmbodiment(robot).joint_orders["isaac_lab"]) == order[1:]


@EVERY
def test_the_t_pose_is_the_egos(name):
    """Upright on the floor, left arm to the left (+y), palms down, toes ahead (+x)."""
    robot = ik_of(name).robot
    at = sites_at(robot, robot.t_pose)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        arm = at[f"{side}_wrist"] - at[f"{side}_shoulder"]
        assert sign * arm[1] > 0.95 * np.linalg.norm(arm)
        leg = at[f"{side}_foot"] - at[f"{side}_hip"]
        assert leg[2] < -0.95 * np.linalg.norm(leg)
        assert at[f"{side}_foot"][0] > 0.05
        assert at[f"{side}_foot"][2] == pytest.approx(0.0, abs=0.002)


def test_the_palms_of_g1_are_down_in_its_t_pose():
    # At zero, forearms ahead, its palms face each other: along y of the hands.
    robot = ik_of("unitree_g1").robot
    data = data_at(robot, robot.t_pose)
    for side, inward in (("left", -1.0), ("right", 1.0)):
        palm = inward * data.body(f"{side}_wrist_yaw_link").xmat.reshape(3, 3)[:, 1]
        assert palm[2] == pytest.approx(-1.0, abs=0.01)


@EVERY
def test_soles_are_the_lowest_of_the_robot(name):
    """The points of the file and the shapes of the model agree to 5 mm."""
    robot = ik_of(name).robot
    data = data_at(robot, robot.t_pose)
    feet = [robot.description.targets[f"{side}_foot"].body for side in ("left", "right")]
    lowest = min(_lowest(robot.mujoco, data, robot.mujoco.body(foot).id) for foot in feet)
    assert lowest == pytest.approx(0.0, abs=0.005)


def _lowest(model: mujoco.MjModel, data: mujoco.MjData, body: int) -> float:
    """Height of the lowest point of the capsules of a body that stands upright."""
    capsules = [
        geom
        for geom in range(model.ngeom)
        if model.geom_bodyid[geom] == body
        and model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_CAPSULE
    ]
    ends = [
        data.geom_xpos[g][2]
        - abs(data.geom_xmat[g][8]) * model.geom_size[g, 1]
        - model.geom_size[g, 0]
        for g in capsules
    ]
    return float(min(ends))


def test_meshes_are_kept_for_pictures_only():
    assert ik_of("unitree_g1").robot.mujoco.nmesh == 0
    assert RobotModel.load("unitree_g1", meshes=True).mujoco.nmesh > 0
