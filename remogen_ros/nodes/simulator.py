"""The node `simulator`: a robot in MuJoCo that does what the node `reaction` tells it.

Joint and root trajectories in; `joint_states`, `base_pose` and, once a second, how true the robot
is to them, out. The physics follow the ROS clock, or make time themselves and publish `/clock`.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PoseStamped
from numpy.typing import NDArray
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rosgraph_msgs.msg import Clock as ClockMessage
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory, MultiDOFJointTrajectory

from remogen_ros.embodiment.embodying import JointSample
from remogen_ros.embodiment.messages import fill_joint_state
from remogen_ros.errors import UserError
from remogen_ros.nodes.diagnostics import diagnostics, message_counts
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.messages import pose_stamped
from remogen_ros.nodes.qos import NEWEST, RELIABLE, subscribe
from remogen_ros.nodes.spinning import run_node
from remogen_ros.nodes.stamps import SECOND_NS, nanoseconds, time_message
from remogen_ros.nodes.topics import (
    BASE_POSE,
    DIAGNOSTICS,
    JOINT_STATES,
    ROOT_TRAJECTORY,
    TRAJECTORY,
)
from remogen_ros.simulation.base import BASES
from remogen_ros.simulation.measures import Measures
from remogen_ros.simulation.robot import SimulatedRobot
from remogen_ros.simulation.simulator import Simulator

NAME = "simulator"

STEP_PERIOD_S = 0.02
"""Seconds between two published states."""

LONGEST_STEP_S = 0.5
"""What is further behind than this, seconds, is not made up for: the physics skip it."""


class SimulatorNode(Node):
    """Trajectories in, states out.

    Args:
        node_arguments: passed on to rclpy.

    Raises:
        UserError: a parameter that is not allowed, or a robot that cannot be simulated.
    """

    def __init__(self, **node_arguments: Any) -> None:
        super().__init__(NAME, **node_arguments)
        name = self._parameter(
            "embodiment", "unitree_g1", "Shipped robot, or path of its YAML file"
        )
        base = self._parameter(
            "base", BASES[0], "carried: goes where the reaction goes; fixed: hangs at the origin"
        )
        self._makes_time = self._parameter(
            "clock", False, "Make the time, and publish it on /clock; else follow the ROS clock"
        )
        if base not in BASES:
            raise UserError(f"Parameter 'base' is '{base}'; it must be one of {', '.join(BASES)}.")
        if self._makes_time and self.get_parameter("use_sim_time").value:
            raise UserError(
                f"'clock' and 'use_sim_time' of {NAME} exclude each other: who makes "
                "the time cannot follow it."
            )
        robot = SimulatedRobot.load(name)
        self._names = robot.robot.description.joints
        self._simulator = Simulator(robot, base)
        self._measures = Measures(robot.lower, robot.upper, robot.robot.velocity)
        self._ledger = Ledger(self.get_logger())
        self._begun_ns = 0
        self._frame = ""
        self._skipped_s = 0.0
        self._last_step_s = 0.0
        for kind, topic, act in (
            (JointTrajectory, TRAJECTORY, self._on_joints),
            (MultiDOFJointTrajectory, ROOT_TRAJECTORY, self._on_root),
        ):
            subscribe(self, kind, topic, self._ledger.guarded(topic, act), NEWEST, self._ledger)
        self._states = self.create_publisher(JointState, JOINT_STATES, RELIABLE)
        self._bases = self.create_publisher(PoseStamped, BASE_POSE, RELIABLE)
        self._diagnostics = self.create_publisher(DiagnosticArray, DIAGNOSTICS, RELIABLE)
        self._clock_publisher = (
            self.create_publisher(ClockMessage, "/clock", 1) if self._makes_time else None
        )
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = self.create_timer(STEP_PERIOD_S, self._on_timer, clock=steady)
        self._slow_timer = self.create_timer(1.0, self._on_second, clock=steady)

    # --- told ----------------------------------------------------------------------------------

    def _on_joints(self, message: JointTrajectory) -> None:
        if sorted(message.joint_names) != sorted(self._names):
            raise ValueError(
                f"it is for {len(message.joint_names)} joints, not the {len(self._names)} of the "
                "simulated robot; the embodiment of the node reaction must be the same"
            )
        if not self._follow_clock():
            return
        order = [message.joint_names.index(name) for name in self._names]
        positions = np.array([point.positions for point in message.points])[:, order]
        velocities = np.array([point.velocities for point in message.points])[:, order]
        self._simulator.command_joints(self._times(message), positions, velocities)

    def _on_root(self, message: MultiDOFJointTrajectory) -> None:
        if not self._follow_clock():
            return
        poses = [point.transforms[0] for point in message.points]
        rates = [point.velocities[0] for point in message.points]
        if self._simulator.command_root(
            self._times(message),
            np.array([_xyz(pose.translation) for pose in poses]),
            np.array([(*_xyz(pose.rotation), pose.rotation.w) for pose in poses]),
            np.array([(*_xyz(rate.linear), *_xyz(rate.angular)) for rate in rates]),
        ):
            self._measures.forget_way()
        self._frame = message.header.frame_id

    def _times(self, message: JointTrajectory | MultiDOFJointTrajectory) -> NDArray[np.float64]:
        """(N,) seconds since the physics began."""
        start = nanoseconds(message.header.stamp) - self._begun_ns
        return np.array([start + nanoseconds(p.time_from_start) for p in message.points]) / 1e9

    # --- time ----------------------------------------------------------------------------------

    def _now_ns(self) -> int:
        # Time that is made here begins at the system's, so that stamps look like stamps.
        return time.time_ns() if self._makes_time else self.get_clock().now().nanoseconds

    def _follow_clock(self) -> bool:
        """Step up to now; False while there is no time yet."""
        now_ns = self._now_ns()
        if now_ns == 0:
            return False
        late = (now_ns - self._begun_ns) / SECOND_NS - self._simulator.time
        if self._begun_ns == 0 or late < -LONGEST_STEP_S:
            self._begun_ns = now_ns
            self._simulator.restart(0.0)
            self._measures.forget_way()
        elif late > LONGEST_STEP_S:
            self._begun_ns += round(late * SECOND_NS)
            self._skipped_s += late
        before = time.perf_counter()
        if steps := self._simulator.step_to((now_ns - self._begun_ns) / SECOND_NS):
            self._last_step_s = (time.perf_counter() - before) / steps
        return True

    # --- out -----------------------------------------------------------------------------------

    def _on_timer(self) -> None:
        if not self._follow_clock():
            return
        state = self._simulator.state()
        stamp = time_message(self._begun_ns + round(state.time * SECOND_NS))
        if self._clock_publisher is not None:
            self._clock_publisher.publish(ClockMessage(clock=stamp))
        if self._simulator.is_told:
            self._measures.add(state)
        sample = JointSample(state.positions, state.velocities)
        message = fill_joint_state(JointState(), stamp, self._names, sample)
        message.effort = state.torques.tolist()
        self._states.publish(message)
        self._bases.publish(
            pose_stamped(stamp, self._frame, state.root_position, state.root_rotation)
        )

    def _on_second(self) -> None:
        values = {key: f"{value:.6g}" for key, value in self._measures.summary().items()}
        values |= {"step_us": f"{1e6 * self._last_step_s:.1f}"}
        values |= {"skipped_s": f"{self._skipped_s:.3f}"}
        values |= message_counts(*self._ledger.counts())
        told = self._simulator.is_told
        level = DiagnosticStatus.OK if told else DiagnosticStatus.WARN
        sentence = "following" if told else f"waiting for {TRAJECTORY}"
        name = self.get_fully_qualified_name()
        self._diagnostics.publish(
            diagnostics(self._now_ns(), name, level, sentence, values, "simulation")
        )

    def _parameter(self, name: str, default: Any, description: str) -> Any:
        descriptor = ParameterDescriptor(description=description, read_only=True)
        return self.declare_parameter(name, default, descriptor).value


def _xyz(message: Any) -> tuple[float, float, float]:
    return message.x, message.y, message.z


def main(arguments: list[str] | None = None) -> int:
    """Run the node until it is interrupted; returns the exit code."""
    return run_node(SimulatorNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
