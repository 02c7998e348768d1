"""The node `avatar_state`: link frames from joint states, where no robot_state_publisher is.

Publishes the TF of every link below the root from `joint_states`, and the URDF on
`robot_description` for RViz and others. Where the root is comes from the node `reaction`.
"""

from __future__ import annotations

import sys
from typing import Any, cast

from geometry_msgs.msg import TransformStamped
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from tf2_ros import StaticTransformBroadcaster, TransformBroadcaster

from remogen_ros.embodiment.link_tree import LinkTree
from remogen_ros.embodiment.messages import fill_transform
from remogen_ros.embodiment.transforms import frame_problem
from remogen_ros.embodiment.urdf import LINK_NAMES, LinkNames, avatar_urdf
from remogen_ros.errors import UserError
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.qos import LATCHED, NEWEST, subscribe
from remogen_ros.nodes.spinning import run_node
from remogen_ros.nodes.topics import JOINT_STATES, ROBOT_DESCRIPTION

NAME = "avatar_state"


class AvatarStateNode(Node):
    """Joint states in, link frames out.

    Args:
        node_arguments: passed on to rclpy.

    Raises:
        UserError: a parameter has a value that it cannot have; the sentence names it.
    """

    def __init__(self, **node_arguments: Any) -> None:
        super().__init__(NAME, **node_arguments)
        description = self._parameter(
            "robot_description", "", "URDF, as text; empty: that of the avatar"
        )
        link_names = self._parameter(
            "link_names", LINK_NAMES[0], f"Links of the avatar: {' or '.join(LINK_NAMES)}"
        )
        if link_names not in LINK_NAMES:
            raise UserError(
                f"Parameter 'link_names' of {NAME} is '{link_names}'; it must be one of "
                f"{', '.join(LINK_NAMES)}."
            )
        description = description or avatar_urdf(link_names=cast(LinkNames, link_names))
        self._prefix = self._parameter(
            "frame_prefix", "", "Put before every frame; as of the node reaction"
        )
        if problem := frame_problem(self._prefix):
            raise UserError(f"Parameter 'frame_prefix' of {NAME} is '{self._prefix}'; {problem}.")
        try:
            self._tree = LinkTree(description)
        except ValueError as error:
            raise UserError(f"Parameter 'robot_description' of {NAME}: {error}.") from error
        self._ledger = Ledger(self.get_logger())
        self._broadcaster = TransformBroadcaster(self)
        self._description = self.create_publisher(String, ROBOT_DESCRIPTION, LATCHED)
        self._description.publish(String(data=description))
        if fixed := self._tree.fixed_transforms(self._prefix):
            stamp = self.get_clock().now().to_msg()
            self._static_broadcaster = StaticTransformBroadcaster(self)
            self._static_broadcaster.sendTransform(
                [fill_transform(TransformStamped(), stamp, transform) for transform in fixed]
            )
        callback = self._ledger.guarded(JOINT_STATES, self._on_joint_state)
        subscribe(self, JointState, JOINT_STATES, callback, NEWEST, self._ledger)

    def _on_joint_state(self, message: JointState) -> None:
        if len(message.name) != len(message.position):
            raise ValueError(f"{len(message.name)} names, but {len(message.position)} positions")
        positions = dict(zip(message.name, message.position, strict=True))
        transforms = self._tree.transforms(positions, self._prefix)
        if transforms:
            stamp = message.header.stamp
            self._broadcaster.sendTransform(
                [fill_transform(TransformStamped(), stamp, transform) for transform in transforms]
            )

    def _parameter(self, name: str, default: str, description: str) -> str:
        descriptor = ParameterDescriptor(description=description, read_only=True)
        return str(self.declare_parameter(name, default, descriptor).value)


def main(arguments: list[str] | None = None) -> int:
    """Run the node until it is interrupted; returns the exit code."""
    return run_node(AvatarStateNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
