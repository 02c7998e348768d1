"""The node `simulator` as a process: trajectories in over DDS, what the robot really does out."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped, Transform, Twist
from trajectory_msgs.msg import (
    JointTrajectory,
    JointTrajectoryPoint,
    MultiDOFJointTrajectory,
    MultiDOFJointTrajectoryPoint,
)

from remogen_ros.embodiment.embodying import JointPath, RootPath
from remogen_ros.embodiment.messages import fill_joint_trajectory, fill_root_trajectory
from remogen_ros.embodiment.robot_model import RobotModel
from test.nodes.harness import Harness, NodeProcess, running

TIMES = np.array([0.1, 0.2])


@pytest.fixture(scope="module")
def node(harness: Harness) -> Iterator[NodeProcess]:
    harness.listen(PoseStamped, "base_pose")
    with running("simulator", "embodiment:=unitree_g1") as process:
        harness.wait(lambda: harness.received["joint_states"] or process.process.poll() is not None)
        assert process.process.poll() is None, process.text
        yield process
        assert process.stop(signal.SIGTERM) == 0
        assert "Traceback" not in process.text


def test_it_does_what_it_is_told_and_says_how_well(node: NodeProcess, harness: Harness) -> None:
    robot = RobotModel.load("unitree_g1")
    names = robot.description.joints
    wanted = robot.stand[robot.qpos].copy()
    wanted[names.index("left_elbow_joint")] = 0.5
    joints = harness.node.create_publisher(JointTrajectory, "joint_trajectory", 1)
    roots = harness.node.create_publisher(MultiDOFJointTrajectory, "root_trajectory", 1)
    place = np.array([1.0, 0.5, robot.stand[2]])

    def told() -> None:
        path = JointPath(TIMES, np.tile(wanted, (2, 1)), np.zeros((2, len(wanted))))
        # In another order than the robot's own: joints go by their names.
        turned = JointPath(path.times, path.positions[:, ::-1], path.velocities)
        stamp = harness.now()
        joints.publish(
            fill_joint_trajectory(
                JointTrajectory(), stamp, names[::-1], turned, JointTrajectoryPoint
            )
        )
        upright = np.tile([0.0, 0.0, 0.0, 1.0], (2, 1))
        root = RootPath(TIMES, np.tile(place, (2, 1)), upright, np.zeros((2, 6)))
        types = (MultiDOFJointTrajectoryPoint, Transform, Twist)
        roots.publish(
            fill_root_trajectory(MultiDOFJointTrajectory(), stamp, "odom", "pelvis", root, types)
        )

    def arrived() -> bool:
        state, base = harness.received["joint_states"][-1], harness.received["base_pose"][-1]
        at = base.pose.position
        near = np.abs(np.array((at.x, at.y, at.z)) - place).max() < 0.01
        return bool(near and np.abs(np.array(state.position) - wanted).max() < 0.03)

    harness.wait(arrived, told)
    harness.wait(lambda: harness.status().get("tracking_error_rad.p95"), told)
    assert harness.received["joint_states"][-1].name == names
    assert len(harness.received["joint_states"][-1].effort) == len(names)
    assert harness.received["base_pose"][-1].header.frame_id == "odom"
    assert harness.count("limit_violations") == 0
    assert float(harness.status()["tracking_error_rad.p95"]) < 0.05


def test_joints_of_another_robot_are_counted_and_said(node: NodeProcess, harness: Harness) -> None:
    wrong = JointTrajectory(joint_names=["left_knee_x"])
    publisher = harness.node.create_publisher(JointTrajectory, "joint_trajectory", 1)
    harness.wait(
        lambda: harness.count("dropped.joint_trajectory.malformed"),
        lambda: publisher.publish(wrong),
    )
    harness.wait(lambda: "the embodiment of the node reaction must be the same" in node.text)


@pytest.mark.parametrize(
    "parameters, words",
    [
        (("embodiment:=horse",), "Robot 'horse' is neither"),
        (("base:=flying",), "Parameter 'base' is 'flying'"),
        (("clock:=true", "use_sim_time:=true"), "exclude each other"),
    ],
    ids=str,
)
def test_what_is_not_allowed_is_one_sentence(
    domain: int, parameters: tuple[str, ...], words: str
) -> None:
    with running("simulator", *parameters) as process:
        assert process.process.wait(120) == 1
        process.stop(signal.SIGTERM)
    assert words in process.text and "Traceback" not in process.text
