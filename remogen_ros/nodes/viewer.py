"""The node `viewer`: partner, room and avatar in a web browser, with sliders for the mix.

Thin: messages become joint positions for `rendering.browser`, and what somebody does in the
browser becomes a parameter of the reaction node or a message on `intent`. Everything arrives in
the reaction node's fixed frame.
"""

from __future__ import annotations

import os
import queue
import sys
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.parameter_client import AsyncParameterClient
from rclpy.qos import QoSProfile
from rclpy.task import Future
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import String
from visualization_msgs.msg import MarkerArray

from remogen_msgs.msg import Reaction
from remogen_ros.embodiment.markers import bodies_from_markers
from remogen_ros.motion.skeleton import JOINT_COUNT
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.qos import NEWEST, subscribe
from remogen_ros.nodes.spinning import run_node
from remogen_ros.perception.clouds import points_from_cloud
from remogen_ros.rendering.browser import Browser, Steering
from remogen_ros.rendering.browser_panel import Status

NAME = "viewer"
REACTION, MARKERS, OCCUPANCY, INTENT = "reaction", "markers", "occupancy", "intent"
WEIGHTS = "adapter_weights"

IDLE_RATE = 2.0
"""Pictures per second while no page is open: only so that a new page finds the newest."""

NICENESS = 10
"""Drawing gives way to generating where both need the processor."""

_RATE_WINDOW = 20


class ViewerNode(Node):
    """Subscribes to what the node `reaction` publishes, and shows it.

    Args:
        node_arguments: passed on to rclpy.

    Raises:
        UserError: the port is taken, or host and port cannot be served on.
    """

    def __init__(self, **node_arguments: Any) -> None:
        super().__init__(NAME, **node_arguments)
        host = self._parameter("host", "127.0.0.1", "Address to serve on; 0.0.0.0 is every one")
        port = self._parameter(
            "port",
            8080,
            "Port of the web page",
            integer_range=[IntegerRange(from_value=1, to_value=65535, step=1)],
        )
        rate = self._parameter(
            "rate",
            20.0,
            "Pictures per second",
            floating_point_range=[FloatingPointRange(from_value=1.0, to_value=60.0)],
        )
        reaction_node = self._parameter("reaction_node", "reaction", "Whose mix weights to set")
        self._ledger = Ledger(self.get_logger())
        self._arrivals: deque[float] = deque(maxlen=_RATE_WINDOW)
        # Filled by threads of the web server, emptied on this node's own thread.
        self._asked: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._browser = Browser(
            host,
            port,
            Steering(
                on_weight=lambda name, weight: self._asked.put(
                    partial(self._set_weight, name, weight)
                ),
                on_intent=lambda words: self._asked.put(partial(self._send_intent, words)),
            ),
        )
        self._weights = AsyncParameterClient(self, reaction_node)
        self._reaction_node = reaction_node
        self._intent = self.create_publisher(String, INTENT, QoSProfile(depth=1))
        for message_type, topic, callback in (
            (Reaction, REACTION, self._on_reaction),
            (MarkerArray, MARKERS, self._on_markers),
            (PointCloud2, OCCUPANCY, self._on_occupancy),
        ):
            guarded = self._ledger.guarded(topic, callback)
            subscribe(self, message_type, topic, guarded, NEWEST, self._ledger)
        # Pictures go on while simulated time stands still.
        self._refreshed = -np.inf
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(1.0 / rate, self._on_refresh, clock=steady)
        self.get_logger().info(f"open http://{host}:{port} in a browser")

    def destroy_node(self) -> None:
        """Stop serving, then everything else."""
        self._browser.close()
        super().destroy_node()

    # --- what is shown -------------------------------------------------------------------------

    def _on_reaction(self, message: Reaction) -> None:
        joints = np.array([(point.x, point.y, point.z) for point in message.joint_positions])
        if joints.shape != (JOINT_COUNT, 3) or not np.isfinite(joints).all():
            raise ValueError("it does not hold 22 finite joint positions")
        now = time.monotonic()
        self._arrivals.append(now)
        age = message.input_age_ms
        self._browser.show_ego(joints, now)
        self._browser.show_status(
            Status(
                frame_index=message.frame_index,
                tick_ms=message.tick_ms,
                input_age_ms=age if message.partner_id and age >= 0.0 else None,
                partner_id=message.partner_id,
                clip_ratio=message.clip_ratio,
                rate_hz=self._rate(),
                weights=dict(zip(message.adapter_names, message.adapter_weights, strict=True)),
            )
        )

    def _on_markers(self, message: MarkerArray) -> None:
        self._browser.show_partners(bodies_from_markers(message, "partner"), time.monotonic())

    def _on_occupancy(self, message: PointCloud2) -> None:
        self._browser.show_voxels(points_from_cloud(message))

    def _on_refresh(self) -> None:
        now = time.monotonic()
        while not self._asked.empty():
            self._asked.get()()
        if self._browser.viewers or now - self._refreshed > 1.0 / IDLE_RATE:
            self._refreshed = now
            self._browser.refresh(now)

    def _rate(self) -> float | None:
        if len(self._arrivals) < 2:
            return None
        return (len(self._arrivals) - 1) / (self._arrivals[-1] - self._arrivals[0])

    # --- what is asked for ---------------------------------------------------------------------

    def _set_weight(self, adapter: str, weight: float) -> None:
        name = f"{WEIGHTS}.{adapter}"
        if not self._weights.services_are_ready():
            self.get_logger().warning(
                f"{name} is not set: no node '{self._reaction_node}' answers; set the viewer's "
                "parameter 'reaction_node' to the name of the one that runs"
            )
            return
        future = self._weights.set_parameters([Parameter(name, value=weight)])
        future.add_done_callback(partial(self._on_weight_set, name))

    def _on_weight_set(self, name: str, future: Future) -> None:
        response = future.result()
        for result in [] if response is None else response.results:
            if not result.successful:
                self.get_logger().warning(f"{name} was refused: {result.reason}")

    def _send_intent(self, words: str) -> None:
        self._intent.publish(String(data=words))

    def _parameter(self, name: str, default: Any, description: str, **limits: Any) -> Any:
        descriptor = ParameterDescriptor(description=description, read_only=True, **limits)
        return self.declare_parameter(name, default, descriptor).value


def main(arguments: list[str] | None = None) -> int:
    """Run the node until it is interrupted; returns the exit code."""
    os.nice(NICENESS)
    return run_node(ViewerNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
