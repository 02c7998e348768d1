"""Messages of any content where robots listen: their measured joints, and what a simulator is told.

REMOGEN_FUZZ_MESSAGES says how many of each type, as in test_fuzz_live.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from geometry_msgs.msg import Transform, Twist
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import (
    JointTrajectory,
    JointTrajectoryPoint,
    MultiDOFJointTrajectory,
    MultiDOFJointTrajectoryPoint,
)

pytest.importorskip("mujoco", reason="robots need MuJoCo")

from remogen_ros.embodiment.embodying import JointLimits
from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.nodes.stamps import time_message
from test.nodes.fuzzing import assert_joints_within, assert_paths_within
from test.nodes.harness import Harness, NodeProcess, running
from test.nodes.test_fuzz_live import MESSAGES, PAUSE_S, Random, header
from test.perception import test_fuzz as drawn

ROBOT = "unitree_g1"


def names(random: Random, known: tuple[str, ...]) -> list[str]:
    """Mostly all of them; else some, twice, or others."""
    if random.random() < 0.6:
        return list(known)
    return random.choice((*known, *drawn.NAMES), int(random.integers(0, 40))).tolist()


def values(random: Random, count: int) -> list[float]:
    """Mostly as many as there are names."""
    count = int(random.choice((count, count, count, count, 0, count + 1)))
    return drawn.numbers(random, count).tolist()


def measured(random: Random, known: tuple[str, ...]) -> JointState:
    chosen = names(random, known)
    return JointState(
        header=header(random),
        name=chosen,
        position=values(random, len(chosen)),
        velocity=values(random, len(chosen)),
    )


def trajectory(random: Random, known: tuple[str, ...]) -> JointTrajectory:
    chosen = names(random, known)
    points = [
        JointTrajectoryPoint(
            positions=values(random, len(chosen)),
            velocities=values(random, len(chosen)),
            time_from_start=duration(random),
        )
        for _ in range(int(random.integers(0, 5)))
    ]
    return JointTrajectory(header=header(random), joint_names=chosen, points=points)


def root(random: Random, known: tuple[str, ...]) -> MultiDOFJointTrajectory:
    message = MultiDOFJointTrajectory(header=header(random), joint_names=["pelvis"])
    for _ in range(int(random.integers(0, 5))):
        place, rate = Transform(), Twist()
        for part in (place.translation, place.rotation, rate.linear, rate.angular):
            for field in part.get_fields_and_field_types():
                setattr(part, field, float(drawn.numbers(random)))
        message.points.append(
            MultiDOFJointTrajectoryPoint(
                transforms=[place] * int(random.choice((1, 1, 1, 0, 2))),
                velocities=[rate] * int(random.choice((1, 1, 1, 0, 2))),
                time_from_start=duration(random),
            )
        )
    return message


def duration(random: Random):  # type: ignore[no-untyped-def]
    message = JointTrajectoryPoint().time_from_start
    stamp = time_message(int(random.choice((0, 1, 10**8, 2 * 10**8, 10**9, 2**31 * 10**9 - 1))))
    message.sec, message.nanosec = stamp.sec, stamp.nanosec
    return message


def told(
    harness: Harness,
    node: NodeProcess,
    kind: type,
    topic: str,
    draw: Callable[[Random, tuple[str, ...]], object],
    known: tuple[str, ...],
) -> None:
    """Any messages, at a time."""
    publisher = harness.node.create_publisher(kind, topic, 10)
    harness.wait(lambda: publisher.get_subscription_count() or node.process.poll() is not None)
    random = np.random.default_rng(0)
    for _ in range(MESSAGES):
        publisher.publish(draw(random, known))
        time.sleep(PAUSE_S)


def test_a_robot_begins_within_its_limits_whatever_is_measured(
    model: Path, harness: Harness
) -> None:
    robot = RobotModel.load(ROBOT)
    limits = JointLimits(robot.lower, robot.upper, robot.command_velocity, robot.acceleration)
    known = tuple(robot.description.joints)
    topic = "measured_joint_states"
    with running(
        *("reaction", f"model:={model}", f"embodiment:={ROBOT}", f"guard.start_topic:={topic}"),
        *("guard.start_s:=0.5", "guard.stop_after_s:=0.0"),
    ) as node:
        told(harness, node, JointState, topic, measured, known)
        # At the least one measurement that is one, should none of the others have been.
        publisher = harness.node.create_publisher(JointState, topic, 10)
        at_rest = JointState(name=list(known), position=robot.stand[robot.qpos].tolist())
        harness.wait_for_new(15, "joint_states", act=lambda: publisher.publish(at_rest))
        told(harness, node, JointState, topic, measured, known)
        harness.wait_for_new(5, "joint_states")
        assert node.process.poll() is None and "Traceback" not in node.text, node.text
    assert_joints_within(harness.received["joint_states"], known, limits)
    assert_paths_within(harness.received["joint_trajectory"], limits)
    harness.received["joint_states"].clear()


def test_a_simulated_robot_outlives_whatever_it_is_told(harness: Harness) -> None:
    known = tuple(RobotModel.load(ROBOT).description.joints)
    with running("simulator", f"embodiment:={ROBOT}") as node:
        harness.wait(lambda: harness.received["joint_states"] or node.process.poll() is not None)
        told(harness, node, JointTrajectory, "joint_trajectory", trajectory, known)
        told(harness, node, MultiDOFJointTrajectory, "root_trajectory", root, known)
        harness.wait_for_new(5, "joint_states")
        assert node.process.poll() is None and "Traceback" not in node.text, node.text
    for message in harness.received["joint_states"]:
        assert np.isfinite([*message.position, *message.velocity, *message.effort]).all()
