"""Watches a running `reaction` node from outside, as any other subscriber would."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from numpy.typing import NDArray
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import JointState, PointCloud2
from visualization_msgs.msg import MarkerArray

from remogen_msgs.msg import Reaction
from remogen_ros.embodiment.markers import bodies_from_markers
from remogen_ros.nodes.middleware import without_type_lookup
from remogen_ros.nodes.stamps import nanoseconds
from remogen_ros.nodes.topics import (
    BASE_POSE,
    DIAGNOSTICS,
    JOINT_STATES,
    MARKERS,
    OCCUPANCY,
    REACTION,
)
from remogen_ros.perception.clouds import points_from_cloud

QUEUE = QoSProfile(depth=200)
"""Reliable and long: what is counted must not be lost between two looks."""


@dataclass(frozen=True)
class RobotPose:
    """Where a simulated robot is.

    Attributes:
        joints: radians, by name.
        root_position: (3,) metres.
        root_rotation: (4,) unit quaternion xyzw.
    """

    joints: dict[str, float]
    root_position: NDArray[np.float64]
    root_rotation: NDArray[np.float64]


@dataclass(frozen=True)
class Moment:
    """What could be seen at one tick, in the fixed frame.

    Attributes:
        stamp_ns: of the tick.
        ego: (22, 3) joints, metres.
        partners: (22, 3) metres by id; NaN where a joint was not seen.
        voxels: (N, 3) centres of the occupied cells.
        robot: where a simulated robot is; None without a simulator.
    """

    stamp_ns: int
    ego: NDArray[np.float64]
    partners: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    voxels: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    robot: RobotPose | None = None


class Monitor(Node):
    """Collects what is needed to say how a run went.

    Attributes:
        stamps_ns: of every reaction received.
        tick_ms, input_age_ms, clip_ratio: of every reaction that has one.
        reaction_age_ms: from the stamp of the newest partner message that a reaction used until it
            is received here, by the system's clock, which must be that of the stamps.
        mix: weights of the newest reaction, by adapter.
        status: key-value pairs of the newest diagnostics of the node.
        simulation: the same of the simulator; empty without one.
        moment: the newest moment, None before the first or if moments are not kept.
        moment_with_partner: the newest one in which a partner was seen.
    """

    def __init__(self, keep_moments: bool = False) -> None:
        """
        Args:
            keep_moments: also subscribe to `markers` and `occupancy`, for a picture at the end.
        """
        super().__init__("monitor")
        self.stamps_ns: list[int] = []
        self.tick_ms: list[float] = []
        self.input_age_ms: list[float] = []
        self.reaction_age_ms: list[float] = []
        self.clip_ratio: list[float] = []
        self.mix: dict[str, float] = {}
        self.status: dict[str, str] = {}
        self.simulation: dict[str, str] = {}
        self.moment: Moment | None = None
        self.moment_with_partner: Moment | None = None
        self._voxels = np.zeros((0, 3), np.float32)
        self._joints: dict[str, float] = {}
        self._robot: RobotPose | None = None
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self)
        self.create_subscription(Reaction, REACTION, self._on_reaction, QUEUE)
        self.create_subscription(DiagnosticArray, DIAGNOSTICS, self._on_diagnostics, QUEUE)
        if keep_moments:
            self.create_subscription(MarkerArray, MARKERS, self._on_markers, QUEUE)
            self.create_subscription(PointCloud2, OCCUPANCY, self._on_occupancy, QUEUE)
            self.create_subscription(JointState, JOINT_STATES, self._on_joints, QUEUE)
            self.create_subscription(PoseStamped, BASE_POSE, self._on_base, QUEUE)

    def _on_reaction(self, message: Reaction) -> None:
        self.stamps_ns.append(nanoseconds(message.header.stamp))
        self.tick_ms.append(message.tick_ms)
        self.clip_ratio.append(message.clip_ratio)
        if message.partner_id:
            self.input_age_ms.append(message.input_age_ms)
            age_ms = (time.time_ns() - nanoseconds(message.source_stamp)) / 1e6
            self.reaction_age_ms.append(age_ms)
        self.mix = dict(zip(message.adapter_names, message.adapter_weights, strict=True))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name.endswith(": reaction"):
                self.status = {pair.key: pair.value for pair in status.values}
            elif status.name.endswith(": simulation"):
                self.simulation = {pair.key: pair.value for pair in status.values}

    def _on_markers(self, message: MarkerArray) -> None:
        ego = next(iter(bodies_from_markers(message, "ego").values()))
        partners = bodies_from_markers(message, "partner")
        stamp_ns = nanoseconds(message.markers[0].header.stamp)
        self.moment = Moment(stamp_ns, ego, partners, self._voxels, self._robot)
        if partners:
            self.moment_with_partner = self.moment

    def _on_joints(self, message: JointState) -> None:
        self._joints = dict(zip(message.name, message.position, strict=True))

    def _on_base(self, message: PoseStamped) -> None:
        place, turn = message.pose.position, message.pose.orientation
        self._robot = RobotPose(
            self._joints,
            np.array((place.x, place.y, place.z)),
            np.array((turn.x, turn.y, turn.z, turn.w)),
        )

    def _on_occupancy(self, message: PointCloud2) -> None:
        self._voxels = points_from_cloud(message)

    def look(self, seconds: float = 0.1) -> None:
        """Take what arrives within a time, seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._executor.spin_once(timeout_sec=left)


@contextmanager
def watching(keep_moments: bool = False) -> Iterator[Monitor]:
    """A monitor in a ROS context of its own, which leaves signals to the caller."""
    without_type_lookup()
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    try:
        monitor = Monitor(keep_moments)
        yield monitor
        monitor.destroy_node()
    finally:
        rclpy.try_shutdown()
