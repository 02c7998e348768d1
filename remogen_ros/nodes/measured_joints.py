"""Where a robot's joints are, as somebody measures them."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import JointState

from remogen_ros.errors import UserError
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.qos import NEWEST, subscribe
from remogen_ros.nodes.topics import JOINT_STATES

MEASURED_FOR_S = 1.0
"""Measured joints are where the robot is for this long, seconds."""


class MeasuredJoints:
    """Listens to a topic of sensor_msgs/JointState.

    Args:
        node: that listens.
        topic: of the measured joints.
        names: of the J joints that matter.
        ledger: of the node.

    Raises:
        UserError: the topic is the one on which the node itself publishes joints.
    """

    def __init__(self, node: Node, topic: str, names: tuple[str, ...], ledger: Ledger) -> None:
        if node.resolve_topic_name(topic) == node.resolve_topic_name(JOINT_STATES):
            raise UserError(
                f"Parameter 'guard.start_topic' is '{topic}', which this node publishes itself: "
                "name the topic of the robot's own joints."
            )
        self.topic = topic
        self._node = node
        self._names = names
        self._newest: tuple[float, dict[str, float]] | None = None
        callback = ledger.guarded(topic, self._on_joints)
        self._subscription = subscribe(node, JointState, topic, callback, NEWEST, ledger)

    def fresh(self) -> NDArray[np.float64] | None:
        """(J,) radians, NaN where not measured; None if there is nothing, or nothing of late."""
        newest = self._newest
        if newest is None or time.monotonic() - newest[0] > MEASURED_FOR_S:
            return None
        return np.array([newest[1].get(name, np.nan) for name in self._names])

    def destroy(self) -> None:
        """Stop listening."""
        self._node.destroy_subscription(self._subscription)

    def _on_joints(self, message: JointState) -> None:
        if len(message.name) != len(message.position):
            raise ValueError(f"{len(message.name)} names, but {len(message.position)} positions")
        joints = {
            name: position
            for name, position in zip(message.name, message.position, strict=True)
            if name in self._names
        }
        if joints:  # Grippers and others may be published apart.
            self._newest = time.monotonic(), joints
