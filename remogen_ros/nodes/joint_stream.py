"""Joints between the ticks: a steady stream of commands for who does not take trajectories."""

from __future__ import annotations

import threading
import time

import numpy as np
from numpy.typing import NDArray
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import JointState

from remogen_ros.embodiment.embodying import EmbodiedTick, JointLimits, JointSample
from remogen_ros.embodiment.joint_order import JointOrder
from remogen_ros.embodiment.messages import fill_joint_state
from remogen_ros.embodiment.splines import Spline
from remogen_ros.errors import UserError
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.qos import RELIABLE, advertise
from remogen_ros.nodes.stamps import SECOND_NS, time_message
from remogen_ros.nodes.topics import JOINT_COMMAND, JOINT_STATES


class JointStream:
    """Publishes where the joints are to be now, at a rate of its own.

    What goes out is smooth: a new tick takes over where the one before it has led, in position and
    in velocity. It keeps the limits of the joints, and comes to rest when no ticks come.
    `follow` and `forget` may run on another thread than the timer, `stop` on the timer's.

    Args:
        node: that publishes.
        order: in which joints are told.
        limits: of them.
        rate: messages a second.
        ledger: of the node.

    Raises:
        UserError: `joint_states` is published under the same name.
    """

    def __init__(
        self,
        node: LifecycleNode,
        order: JointOrder,
        limits: JointLimits,
        rate: float,
        ledger: Ledger,
    ) -> None:
        if node.resolve_topic_name(JOINT_COMMAND) == node.resolve_topic_name(JOINT_STATES):
            raise UserError(
                f"Parameter 'command_rate' is {rate:g}, but '{JOINT_STATES}' is published as "
                f"'{JOINT_COMMAND}' already: give it another name, or set command_rate to 0."
            )
        self._node = node
        self._order = order
        self._limits = limits
        self._period_s = 1.0 / rate
        # Nothing of the old path goes out once a tick has taken over from it.
        self._lock = threading.Lock()
        self._begun_ns = 0
        self._spline: Spline | None = None
        self._sent: NDArray[np.float64] | None = None
        self._publisher = advertise(node, JointState, JOINT_COMMAND, RELIABLE, ledger)
        group = MutuallyExclusiveCallbackGroup()
        self._timer = node.create_timer(self._period_s, self._on_timer, callback_group=group)

    def follow(self, stamp_ns: int, body: EmbodiedTick) -> None:
        """Go on to where a tick leads.

        Args:
            stamp_ns: of the tick.
            body: at the tick, and where it goes from there.
        """
        with self._lock:
            self._take_over(self._now_ns(), stamp_ns, body)

    def forget(self) -> None:
        """Stay where the joints were sent: what comes next does not continue what was."""
        with self._lock:
            self._spline = None if self._sent is None else Spline.resting(self._sent)

    def stop(self, stamp_ns: int, body: EmbodiedTick) -> None:
        """Publish the way to rest, and return when it has come there: no tick follows.

        Args:
            stamp_ns: now.
            body: that comes to rest from here on.
        """
        with self._lock:
            self._take_over(stamp_ns, stamp_ns, body)
        begun, end_ns = time.monotonic(), round(body.path.times[-1] * SECOND_NS)
        gone_ns = 0
        while gone_ns < end_ns:  # Not by the node's clock: a simulated one stands meanwhile.
            time.sleep(self._period_s)
            gone_ns = round((time.monotonic() - begun) * SECOND_NS)
            with self._lock:
                self._publish(stamp_ns + gone_ns)

    def destroy(self) -> None:
        """Take timer and publisher back."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_lifecycle_publisher(self._publisher)

    def _on_timer(self) -> None:
        with self._lock:
            self._publish(self._now_ns())

    def _now_ns(self) -> int:
        return self._node.get_clock().now().nanoseconds

    def _take_over(self, now_ns: int, stamp_ns: int, body: EmbodiedTick) -> None:
        """From `now_ns` on, go to where a tick leads."""
        if self._spline is None:
            self._begun_ns = stamp_ns
            self._spline = Spline.resting(body.joints.positions)
        limits, path = self._limits, body.path
        followed = self._spline.followed_by(
            self._seconds(now_ns),
            self._seconds(stamp_ns) + path.times,
            path.positions,
            path.velocities,
        )
        self._spline = followed.within(limits.lower, limits.upper, limits.velocity)

    def _publish(self, now_ns: int) -> None:
        spline = self._spline
        if spline is None:
            return
        positions, velocities = spline.at(self._seconds(now_ns))
        # Only where a tick that came late took over close to the end of a range.
        self._sent = np.clip(positions, self._limits.lower, self._limits.upper)
        sample = self._order.sample(JointSample(self._sent, velocities))
        message = fill_joint_state(JointState(), time_message(now_ns), self._order.names, sample)
        self._publisher.publish(message)

    def _seconds(self, time_ns: int) -> float:
        """Since the first tick: small enough for whole nanoseconds."""
        return (time_ns - self._begun_ns) / SECOND_NS
