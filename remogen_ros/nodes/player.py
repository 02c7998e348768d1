"""Plays a bag over DDS with its own timing, and tells the time of the recording on /clock."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from builtin_interfaces.msg import Time
from rclpy.duration import Duration
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message
from rosbags.interfaces import QosDurability, QosHistory, QosReliability
from rosgraph_msgs.msg import Clock

from remogen_ros.errors import UserError
from remogen_ros.nodes.declared import declared
from remogen_ros.nodes.spinning import run_node
from remogen_ros.recording.playback import (
    CLOCK_TOPIC,
    NANOSECONDS,
    PlaybackConfig,
    RecordedMessage,
    RecordedTopic,
    load_playback,
)

_DELIVERY = Duration(seconds=1)
"""How long the last messages may take to arrive."""

_POLL_S = 0.05
"""How often to look for subscribers."""

_STALL_NS = 200_000_000
"""Who is later than this stood still: the recording waits, instead of catching up in a burst."""


class Player(Node):
    """Plays one bag, then ends the spinning of its executor as a shutdown would.

    Args:
        defaults: of the parameters; None asks for the parameter `bag`.

    Raises:
        UserError: a parameter that is not allowed, or a bag that cannot be played.
    """

    def __init__(self, defaults: PlaybackConfig | None = None) -> None:
        super().__init__("player")
        self._config = declared(self, PlaybackConfig, defaults, "bag")
        self._playback = load_playback(self._config)
        self._publishers_by_topic: dict[str, Publisher[Any]] = {}
        self._types: dict[str, type] = {}
        for topic, recorded in self._playback.topics.items():
            self._advertise(topic, recorded)
        if not self._publishers_by_topic:
            raise UserError(
                f"No message type of the bag {self._config.bag} is installed, so nothing of it can "
                "be played."
            )
        self._clock_publisher = (
            self.create_publisher(Clock, CLOCK_TOPIC, 1) if self._config.clock else None
        )
        self._stop = threading.Event()
        self._failure: str | None = None
        # The thread that plays may not end the executor; this wakes the thread that may.
        self._ended = self.create_guard_condition(self._end)
        self._thread = threading.Thread(target=self._play, name="playback", daemon=True)
        self._thread.start()

    def destroy_node(self) -> None:
        """Stop playing, then destroy the node."""
        if hasattr(self, "_thread"):
            self._stop.set()
            self._thread.join()
        super().destroy_node()

    def _advertise(self, topic: str, recorded: RecordedTopic) -> None:
        package, _, name = recorded.type_name.replace("/", ".").rpartition(".")
        try:
            message_type = getattr(import_module(package), name)
        except (ImportError, AttributeError):
            self.get_logger().warning(
                f"topic '{topic}' of the bag is not played: its type {recorded.type_name} is not "
                "installed"
            )
            return
        self._types[topic] = message_type
        self._publishers_by_topic[topic] = self.create_publisher(
            message_type, topic, _offered(recorded)
        )

    def _play(self) -> None:
        try:
            self._await_subscribers()
            while not self._stop.is_set():
                self._play_once()
                if not self._config.loop:
                    break
            if not self._stop.is_set():
                for publisher in self._publishers_by_topic.values():
                    publisher.wait_for_all_acked(_DELIVERY)
        except Exception as error:
            # Where the context was shut down, publishing fails, and that is no failure.
            if self.context.ok():
                self._failure = f"The playback of {self._config.bag} broke off: {error}"
        if self.context.ok() and not self._stop.is_set():
            self._ended.trigger()

    def _end(self) -> None:
        if self._failure:
            raise UserError(self._failure)
        self.get_logger().info(f"{self._config.bag} is played")
        raise ExternalShutdownException

    def _await_subscribers(self) -> None:
        until = time.monotonic() + self._config.wait_for_subscribers_s
        lonely = dict(self._publishers_by_topic)
        while lonely and time.monotonic() < until and not self._stop.wait(_POLL_S):
            lonely = {t: p for t, p in lonely.items() if p.get_subscription_count() == 0}
        if lonely and self._config.wait_for_subscribers_s:
            topics = ", ".join(sorted(lonely))
            self.get_logger().warning(f"nobody listens to {topics}; playing anyway")

    def _play_once(self) -> None:
        """One pass. Every moment is counted from the start of the pass, so nothing drifts.

        After a stall of the machine it goes on where it was; new stamps go on from now.
        """
        started = time.monotonic_ns()
        shift = time.time_ns() - self._playback.start_ns if self._config.restamp else 0
        for offset, message in self._playback.events(self._config.clock):
            due = started + round(offset / self._config.rate)
            if not self._sleep_until(due):
                return
            if (late := time.monotonic_ns() - due) > _STALL_NS:
                started += late
                shift += late if self._config.restamp else 0
            if message is None:
                self._tell_time(self._playback.start_ns + offset + shift)
            elif message.topic in self._publishers_by_topic:
                self._publish(message, shift)
        self._sleep_until(started + round(self._playback.duration_ns / self._config.rate))

    def _sleep_until(self, moment_ns: int) -> bool:
        """False if the player is stopped meanwhile."""
        left = (moment_ns - time.monotonic_ns()) / NANOSECONDS
        return not (self._stop.wait(left) if left > 0 else self._stop.is_set())

    def _tell_time(self, now_ns: int) -> None:
        if self._clock_publisher is not None:
            self._clock_publisher.publish(Clock(clock=_to_time(now_ns)))

    def _publish(self, message: RecordedMessage, shift_ns: int) -> None:
        publisher = self._publishers_by_topic[message.topic]
        if not shift_ns:
            publisher.publish(message.cdr)
            return
        shifted = deserialize_message(message.cdr, self._types[message.topic])
        for stamp in _stamps(shifted):
            old_ns = stamp.sec * NANOSECONDS + stamp.nanosec
            if old_ns:
                new = _to_time(old_ns + shift_ns)
                stamp.sec, stamp.nanosec = new.sec, new.nanosec
        publisher.publish(shifted)


def _to_time(nanoseconds: int) -> Time:
    return Time(sec=nanoseconds // NANOSECONDS, nanosec=nanoseconds % NANOSECONDS)


def _stamps(message: Any) -> Iterator[Time]:
    """Every time stamp within a message."""
    for name, type_name in message.get_fields_and_field_types().items():
        if "/" not in type_name:
            continue
        value = getattr(message, name)
        for part in value if isinstance(value, list | tuple) else (value,):
            if isinstance(part, Time):
                yield part
            else:
                yield from _stamps(part)


def _offered(recorded: RecordedTopic) -> QoSProfile:
    """The quality of service of a recording; where it says nothing, reliable and of depth 10."""
    qos = recorded.qos
    best_effort = qos is not None and qos.reliability == QosReliability.BEST_EFFORT
    keep_all = qos is not None and qos.history == QosHistory.KEEP_ALL
    latched = recorded.latched or (
        qos is not None and qos.durability == QosDurability.TRANSIENT_LOCAL
    )
    return QoSProfile(
        history=HistoryPolicy.KEEP_ALL if keep_all else HistoryPolicy.KEEP_LAST,
        depth=max(qos.depth, 1) if qos is not None else 10,
        reliability=ReliabilityPolicy.BEST_EFFORT if best_effort else ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )


def main() -> int:
    """Play the bag of the parameter `bag`; return the exit code."""
    return run_node(Player)


if __name__ == "__main__":
    sys.exit(main())
