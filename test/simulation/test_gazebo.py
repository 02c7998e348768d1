"""What Gazebo is given: a URDF with ros2_control, and controllers that agree with the robot."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml
import yourdfpy

from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.errors import UserError
from remogen_ros.nodes.resources import share_folder
from remogen_ros.simulation.gazebo import check_controllers, gazebo_urdf
from remogen_ros.simulation.simulator import HANGING_HEIGHT
from test.embodiment.robots import ROBOTS

ANY = pytest.mark.parametrize("name", ROBOTS)


def controllers(name: str) -> Path:
    return share_folder() / "config" / "controllers" / f"{name}.yaml"


@ANY
def test_shipped_controllers_move_the_robots_joints(name: str) -> None:
    joints = RobotModel.load(name).description.joints
    check_controllers(controllers(name), joints)
    told = yaml.safe_load(controllers(name).read_text())
    trajectories = told["/**/joint_trajectory_controller"]["ros__parameters"]
    assert trajectories["joints"] == joints


@ANY
def test_every_joint_has_its_interfaces_within_its_range(name: str) -> None:
    robot = RobotModel.load(name)
    tree = ElementTree.fromstring(gazebo_urdf(name, controllers(name)))
    control = tree.findall("ros2_control/joint")
    assert [joint.get("name") for joint in control] == robot.description.joints
    told = yaml.safe_load(controllers(name).read_text())
    asked = told["/**/joint_trajectory_controller"]["ros__parameters"]
    for joint, lower, upper, stand in zip(
        control, robot.lower, robot.upper, robot.stand[robot.qpos], strict=True
    ):
        commands = [c.get("name") for c in joint.iterfind("command_interface")]
        states = [s.get("name") for s in joint.iterfind("state_interface")]
        assert set(asked["command_interfaces"]) <= set(commands)
        assert set(asked["state_interfaces"]) <= set(states)
        values = {p.get("name"): float(p.text or "") for p in joint.iter("param")}
        assert values == pytest.approx(
            {"min": lower, "max": upper, "initial_value": stand}, abs=1e-6
        )


@ANY
def test_it_hangs_from_the_world(name: str) -> None:
    robot = RobotModel.load(name)
    text = gazebo_urdf(name, controllers(name))
    urdf = yourdfpy.URDF.load(io.BytesIO(text.encode()), load_meshes=False)
    assert urdf.base_link == "world"
    urdf.update_cfg(dict(zip(robot.description.joints, robot.stand[robot.qpos], strict=True)))
    pelvis = urdf.get_transform("pelvis", "world")[:3, 3]
    assert pelvis[2] == pytest.approx(robot.stand[2] + HANGING_HEIGHT)
    feet = [
        urdf.get_transform(robot.description.targets[foot].body, "world")[2, 3]
        for foot in ("left_foot", "right_foot")
    ]
    assert np.min(feet) > HANGING_HEIGHT


def test_the_plugin_knows_file_and_namespace() -> None:
    tree = ElementTree.fromstring(gazebo_urdf("unitree_g1", controllers("unitree_g1"), "left"))
    (plugin,) = tree.iterfind("gazebo/plugin")
    assert plugin.findtext("parameters") == str(controllers("unitree_g1"))
    assert plugin.findtext("ros/namespace") == "/left"
    plain = ElementTree.fromstring(gazebo_urdf("unitree_g1", controllers("unitree_g1")))
    assert plain.find("gazebo/plugin/ros") is None


@pytest.mark.parametrize(
    "old, new, words",
    [
        (
            "      - waist_yaw_joint\n",
            "",
            "joint_trajectory_controller.joints lacks waist_yaw_joint",
        ),
        ("- waist_yaw_joint", "- waist_yaw", "lacks waist_yaw_joint"),
        ("    joints:\n", "    joints:\n      - tail\n", "has tail, which the robot has not"),
        ("    joints:\n", "    joints:\n      - waist_yaw_joint\n", "names a joint twice"),
        ("    joints:", "    links:", "joint_trajectory_controller.joints is missing"),
        (
            "/JointStateBroadcaster",
            "/Other",
            "controller_manager.joint_state_broadcaster.type must be",
        ),
        ("    joints:", "   joints:", "cannot be read"),
    ],
    ids=str,
)
def test_controllers_that_do_not_fit_are_one_sentence(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    text = controllers("unitree_g1").read_text()
    assert old in text
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace(old, new))
    with pytest.raises(UserError) as caught:
        gazebo_urdf("unitree_g1", wrong)
    assert words in str(caught.value) and str(wrong) in str(caught.value)
    assert "\n" not in str(caught.value)
