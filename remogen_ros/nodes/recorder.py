"""The node `recorder`: what is published, into a new mcap bag, where there is no rosbag2."""

from __future__ import annotations

import importlib
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from remogen_ros.errors import UserError
from remogen_ros.nodes.spinning import run_node
from remogen_ros.nodes.topics import (
    BASE_POSE,
    DIAGNOSTICS,
    JOINT_COMMAND,
    JOINT_STATES,
    REACTION,
    ROOT_POSE,
    ROOT_TRAJECTORY,
    TRAJECTORY,
)
from remogen_ros.recording.writer import BagWriter, quality

DISCOVERY_PERIOD_S = 0.5
DEPTH = 100
TOPICS = (
    *(REACTION, JOINT_STATES, JOINT_COMMAND, ROOT_POSE, BASE_POSE, TRAJECTORY, ROOT_TRAJECTORY),
    *("/tf", "/tf_static", DIAGNOSTICS),
)
"""What is recorded if nothing else is asked for."""


class Recorder(Node):
    """Subscribes to topics as they appear, and writes every message as it came."""

    def __init__(self) -> None:
        """
        Raises:
            UserError: no folder is given, or it exists.
        """
        self._open = ExitStack()
        super().__init__("recorder")
        folder = self.declare_parameter("folder", "").value
        topics = self.declare_parameter("topics", list(TOPICS)).value
        if not folder:
            raise UserError("Parameter 'folder' is empty; it names the bag to be written.")
        self._awaited = {self.resolve_topic_name(topic) for topic in topics}
        self._bag = self._open.enter_context(BagWriter(Path(folder)))
        self.create_timer(DISCOVERY_PERIOD_S, self._discover)

    def destroy_node(self) -> None:
        """Close the bag, then everything else."""
        self._open.close()
        super().destroy_node()

    def _discover(self) -> None:
        """Subscribe to what has appeared since the last look."""
        for topic, type_names in self.get_topic_names_and_types():
            if topic not in self._awaited or self.count_publishers(topic) == 0:
                continue
            self._awaited.remove(topic)
            try:
                self._record(topic, type_names[0])
            except UserError as error:
                self.get_logger().warning(str(error))

    def _record(self, topic: str, type_name: str) -> None:
        offers = [info.qos_profile for info in self.get_publishers_info_by_topic(topic)]
        latched = all(offer.durability == DurabilityPolicy.TRANSIENT_LOCAL for offer in offers)
        reliable = all(offer.reliability == ReliabilityPolicy.RELIABLE for offer in offers)
        self._bag.add_topic(topic, type_name, quality(DEPTH, latched=latched))
        best_effort, volatile = ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE
        profile = QoSProfile(
            depth=DEPTH,
            reliability=ReliabilityPolicy.RELIABLE if reliable else best_effort,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else volatile,
        )
        package, _, name = type_name.split("/")
        message_type = getattr(importlib.import_module(f"{package}.msg"), name)
        self.create_subscription(
            message_type, topic, partial(self._write, topic), profile, raw=True
        )

    def _write(self, topic: str, serialised: bytes) -> None:
        self._bag.write_serialised(topic, self.get_clock().now().nanoseconds, serialised)


def main(arguments: list[str] | None = None) -> int:
    """Run the node until it is interrupted; returns the exit code."""
    return run_node(Recorder, arguments)


if __name__ == "__main__":
    sys.exit(main())
