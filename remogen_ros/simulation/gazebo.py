"""A robot for Gazebo: its URDF with ros2_control in it, and controllers that know its joints.

The base is fixed: the robot hangs above the floor, as one of `simulation.simulator` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import yaml

from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.errors import UserError
from remogen_ros.simulation.robot_urdf import origin, robot_urdf, text
from remogen_ros.simulation.simulator import HANGING_HEIGHT

TRAJECTORY_CONTROLLER = "joint_trajectory_controller"
STATE_BROADCASTER = "joint_state_broadcaster"

_TYPES = {
    TRAJECTORY_CONTROLLER: "joint_trajectory_controller/JointTrajectoryController",
    STATE_BROADCASTER: "joint_state_broadcaster/JointStateBroadcaster",
}
_MANAGER = "controller_manager"
_PARAMETERS = "ros__parameters"


def gazebo_urdf(name: str, controllers: Path, namespace: str = "") -> str:
    """The URDF of a robot that hangs in Gazebo, its joints in an easy stance.

    Args:
        name: of a shipped robot, or path of a robot's YAML file.
        controllers: parameter file of the controller manager.
        namespace: of the controller manager.

    Raises:
        UserError: the robot's file or the controllers' is wrong, or they disagree.
    """
    robot = RobotModel.load(name)
    check_controllers(controllers, robot.description.joints)
    tree = robot_urdf(name)
    _hang(tree, robot)
    _add_control(tree, robot)
    plugin = SubElement(
        SubElement(tree, "gazebo"),
        "plugin",
        filename="gz_ros2_control-system",
        name="gz_ros2_control::GazeboSimROS2ControlPlugin",
    )
    SubElement(plugin, "parameters").text = str(controllers.resolve())
    if namespace:
        SubElement(SubElement(plugin, "ros"), "namespace").text = f"/{namespace.strip('/')}"
    ElementTree.indent(tree)
    return ElementTree.tostring(tree, encoding="unicode", xml_declaration=True)


def check_controllers(path: Path, joints: Sequence[str]) -> None:
    """Refuse controllers that do not move exactly these joints.

    Args:
        path: parameter file of the controller manager.
        joints: of the robot.

    Raises:
        UserError: says what is missing or too much, and in which file.
    """
    parameters = _node_parameters(path)
    for controller, kind in _TYPES.items():
        told = parameters.get(_MANAGER, {}).get(controller, {})
        if not isinstance(told, dict) or told.get("type") != kind:
            field = f"{_MANAGER}.{controller}.type"
            raise UserError(f"Controllers file {path}: {field} must be {kind}.")
    listed = parameters.get(TRAJECTORY_CONTROLLER, {}).get("joints")
    if not isinstance(listed, list):
        raise UserError(f"Controllers file {path}: {TRAJECTORY_CONTROLLER}.joints is missing.")
    field = f"Controllers file {path}: {TRAJECTORY_CONTROLLER}.joints"
    if missing := [joint for joint in joints if joint not in listed]:
        raise UserError(f"{field} lacks {', '.join(missing)}.")
    if strange := [str(joint) for joint in listed if joint not in joints]:
        raise UserError(f"{field} has {', '.join(strange)}, which the robot has not.")
    if len(listed) != len(joints):
        raise UserError(f"{field} names a joint twice.")


def _node_parameters(path: Path) -> dict[str, dict[str, Any]]:
    """Parameters by the name of the node, whatever its namespace."""
    try:
        content = yaml.safe_load(path.read_text("utf8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        where = " ".join(str(error).split())
        raise UserError(f"Controllers file {path} cannot be read: {where}.") from error
    nodes = content if isinstance(content, dict) else {}
    return {
        str(name).rpartition("/")[2]: told[_PARAMETERS]
        for name, told in nodes.items()
        if isinstance(told, dict) and isinstance(told.get(_PARAMETERS), dict)
    }


def _hang(tree: Element, robot: RobotModel) -> None:
    """Fix the root to `world`, which Gazebo takes for what does not move."""
    root = robot.mujoco.body(1).name
    SubElement(tree, "link", name="world")
    joint = SubElement(tree, "joint", name=f"{root}_to_world", type="fixed")
    origin(joint, robot.stand[:3] + (0.0, 0.0, HANGING_HEIGHT))
    SubElement(joint, "parent", link="world")
    SubElement(joint, "child", link=root)


def _add_control(tree: Element, robot: RobotModel) -> None:
    control = SubElement(tree, "ros2_control", name=robot.description.name, type="system")
    SubElement(SubElement(control, "hardware"), "plugin").text = "gz_ros2_control/GazeboSimSystem"
    stand = robot.stand[robot.qpos]
    for name, lower, upper, at in zip(
        robot.description.joints, robot.lower, robot.upper, stand, strict=True
    ):
        joint = SubElement(control, "joint", name=name)
        command = SubElement(joint, "command_interface", name="position")
        for limit, value in (("min", lower), ("max", upper)):
            SubElement(command, "param", name=limit).text = text(value)
        position = SubElement(joint, "state_interface", name="position")
        SubElement(position, "param", name="initial_value").text = text(at)
        for state in ("velocity", "effort"):
            SubElement(joint, "state_interface", name=state)
