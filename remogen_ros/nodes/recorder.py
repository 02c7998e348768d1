"""The node `recorder`: what goes in and comes out, into a new mcap bag, without rosbag2."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription

from remogen_ros.errors import UserError
from remogen_ros.nodes.declared import declared
from remogen_ros.nodes.recorded import RecordingConfig
from remogen_ros.nodes.spinning import run_node
from remogen_ros.nodes.topics import CLOUD, REACTION_NODE, STATIC_FRAMES
from remogen_ros.recording.inputs import INPUTS_NOTE
from remogen_ros.recording.playback import CLOCK_TOPIC
from remogen_ros.recording.writer import BagWriter, quality

DISCOVERY_PERIOD_S = 0.5
DEPTH = 100

SAY_EVERY_S = 1.0
"""Between two lines of progress, seconds."""

MISSING_AFTER_S = 10.0
"""When it is said which sensors have not been heard, seconds after the start."""

_JOINTS = "sensor_msgs/msg/JointState"

LEAST_FREE_BYTES = 50_000_000
"""Of a disk: with less, the bag is finished while there is room for its end."""


@dataclass
class _Heard:
    """One topic that is recorded.

    Attributes:
        reliable, latched: how it is subscribed to: as every publisher offers it.
        subscription: to it.
        count: of messages.
    """

    reliable: bool
    latched: bool
    subscription: Subscription[Any]
    count: int = 0


class Recorder(Node):
    """Subscribes to topics as they appear, and writes every message as it came.

    Args:
        defaults: of the parameters; None asks for the parameter `out`.
        show: gets a line of progress once a second.

    Raises:
        UserError: a parameter that is not allowed, a folder that exists or cannot be made, or a
            disk that is full.
    """

    def __init__(
        self,
        defaults: RecordingConfig | None = None,
        show: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._open = ExitStack()
        self._heard: dict[str, _Heard] = {}
        super().__init__("recorder")
        self.config = declared(self, RecordingConfig, defaults, "out")
        self._show = show
        sim_time = bool(self.get_parameter("use_sim_time").value)
        topics = (*self.config.topics(), *((CLOCK_TOPIC,) if sim_time else ()))
        self._awaited = {self.resolve_topic_name(topic): topic for topic in topics}
        self._follows_clock = sim_time
        self._clock_said = self._missing_said = False
        self._begun = time.monotonic()
        self._first: float | None = None
        self._early: list[tuple[str, bytes]] = []
        self._check_space()
        self._bag = self._open.enter_context(BagWriter(self.config.out))
        self._inputs = {self.resolve_topic_name(topic) for topic in self.config.inputs()}
        self._note_inputs()
        # Steady: simulated time may stand still, or not have begun.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(DISCOVERY_PERIOD_S, self._discover, clock=steady)
        self.create_timer(SAY_EVERY_S, self._look, clock=steady)

    @property
    def count(self) -> int:
        """Messages written so far."""
        return sum(heard.count for heard in self._heard.values())

    @property
    def seconds(self) -> float:
        """Since the first message."""
        return 0.0 if self._first is None else time.monotonic() - self._first

    def nothing(self) -> str:
        """One sentence: nothing was heard, of which topics."""
        sim_time = f", and no {CLOCK_TOPIC} told the time" if self._follows_clock else ""
        return (
            f"Nothing was heard on any of {', '.join(sorted(self._awaited))}{sim_time}: check that "
            "the tracker or the reaction runs, ROS_DOMAIN_ID, the namespace and the topics' names."
        )

    def progress(self) -> str:
        """What is written so far, as a line."""
        size = sum(file.stat().st_size for file in self.config.out.glob("*")) / 1e6
        topics = sum(heard.count > 0 for heard in self._heard.values())
        return f"{self.seconds:.1f} s, {self.count} messages on {topics} topics, {size:.1f} MB"

    def destroy_node(self) -> None:
        """Close the bag, then everything else. A bag without a message is none, and is removed."""
        try:
            self._open.close()
        except OSError as error:
            self.get_logger().error(f"the end of {self.config.out} is missing: {error.strerror}")
        if hasattr(self, "_bag") and self.count == 0:
            shutil.rmtree(self.config.out, ignore_errors=True)
        super().destroy_node()

    # --- topics --------------------------------------------------------------------------------

    def _discover(self) -> None:
        """Subscribe to what has appeared since the last look, and as its publishers offer it."""
        for topic, type_names in self.get_topic_names_and_types():
            if _JOINTS in type_names and topic not in self._inputs and self._goes_in(topic):
                self._inputs.add(topic)
                self._awaited.setdefault(topic, topic)
                self._note_inputs()
            if topic in self._awaited and self.count_publishers(topic) > 0:
                self._adapt(topic, type_names[0])
            elif topic == CLOCK_TOPIC and not self._clock_said:
                self._warn_of_clock()

    def _goes_in(self, topic: str) -> bool:
        """Whether the node that reacts listens to it: joints that it publishes are no input."""
        reacting = REACTION_NODE, self.get_namespace()
        listeners = self.get_subscriptions_info_by_topic(topic)
        return any((each.node_name, each.node_namespace) == reacting for each in listeners)

    def _note_inputs(self) -> None:
        self._bag.note(INPUTS_NOTE, ",".join(sorted(self._inputs)))

    def _adapt(self, topic: str, type_name: str) -> None:
        offers = [info.qos_profile for info in self.get_publishers_info_by_topic(topic)]
        durable = [offer.durability == DurabilityPolicy.TRANSIENT_LOCAL for offer in offers]
        latched = any(durable) if topic.endswith(STATIC_FRAMES) else all(durable)
        reliable = all(offer.reliability == ReliabilityPolicy.RELIABLE for offer in offers)
        heard = self._heard.get(topic)
        if heard is None:
            try:
                message_type = _message_type(type_name)
                self._bag.add_topic(topic, type_name, quality(DEPTH, latched=latched))
            except UserError as error:
                del self._awaited[topic]
                self.get_logger().warning(f"topic '{topic}' is not recorded: {error}")
                return
        elif (reliable or not heard.reliable) and (latched or not heard.latched):
            return  # Every publisher is heard; what asks for less loses more.
        else:
            message_type = _message_type(type_name)
            self.destroy_subscription(heard.subscription)
        subscription = self._subscribed(topic, message_type, reliable, latched)
        count = 0 if heard is None else heard.count
        self._heard[topic] = _Heard(reliable, latched, subscription, count)

    def _subscribed(
        self, topic: str, message_type: type, reliable: bool, latched: bool
    ) -> Subscription[Any]:
        best_effort, volatile = ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE
        profile = QoSProfile(
            depth=DEPTH,
            reliability=ReliabilityPolicy.RELIABLE if reliable else best_effort,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else volatile,
        )
        # By its name before remapping, which happens here.
        return self.create_subscription(
            message_type, self._awaited[topic], partial(self._write, topic), profile, raw=True
        )

    def _write(self, topic: str, serialised: bytes) -> None:
        now_ns = self.get_clock().now().nanoseconds
        if now_ns == 0:
            # Simulated time has not begun. What is latched holds then, too; nothing else does.
            if self._heard[topic].latched:
                self._early.append((topic, serialised))
            return
        if self._first is None:
            self._first = time.monotonic()
        early, self._early = self._early, []
        try:
            for name, cdr in (*early, (topic, serialised)):
                self._bag.write_serialised(name, now_ns, cdr)
                self._heard[name].count += 1
        except OSError as error:
            raise UserError(
                f"The bag {self.config.out} cannot be written ({error.strerror}); it holds "
                f"{self.count} messages."
            ) from error

    # --- progress ------------------------------------------------------------------------------

    def _look(self) -> None:
        self._check_space()
        waited = time.monotonic() - self._begun
        if self.count == 0 and 0 < self.config.patience_s <= waited:
            raise UserError(self.nothing())
        if waited >= MISSING_AFTER_S and not self._missing_said:
            self._warn_of_missing()
        self._show(self.progress() if self.count else "waiting for the first message")
        if 0 < self.config.duration <= self.seconds:
            self.get_logger().info(f"{self.config.out}: {self.progress()}")
            raise ExternalShutdownException

    def _check_space(self) -> None:
        folder = next(
            f for f in (self.config.out, *self.config.out.absolute().parents) if f.exists()
        )
        free = shutil.disk_usage(folder).free
        if free < LEAST_FREE_BYTES:
            raise UserError(
                f"There is no space left for the bag {self.config.out}: {free / 1e6:.0f} MB are "
                f"free, {LEAST_FREE_BYTES / 1e6:.0f} MB is the least; it holds {self.count} "
                "messages."
            )

    def _warn_of_missing(self) -> None:
        self._missing_said = True
        skeletons, clouds = self.config.skeletons(), (CLOUD,) if self.config.points else ()
        missing = [name for name in map(self.resolve_topic_name, clouds) if self._is_silent(name)]
        trackers = [self.resolve_topic_name(topic) for topic in skeletons]
        if all(map(self._is_silent, trackers)):  # One tracker is enough.
            missing = trackers + missing
        if missing:
            self.get_logger().warning(
                f"nothing has come on {', '.join(missing)} for {MISSING_AFTER_S:.0f} s; recording "
                "what else there is"
            )

    def _is_silent(self, topic: str) -> bool:
        return topic not in self._heard or self._heard[topic].count == 0

    def _warn_of_clock(self) -> None:
        self._clock_said = True
        if self.count_publishers(CLOCK_TOPIC) > 0:
            self.get_logger().warning(
                f"somebody publishes {CLOCK_TOPIC}: if the messages are stamped by it, record with "
                "use_sim_time, or the bag cannot be replayed in its own time"
            )


def _message_type(type_name: str) -> type:
    package, _, name = type_name.split("/")
    try:
        found: type = getattr(import_module(f"{package}.msg"), name)
    except (ImportError, AttributeError):
        raise UserError(f"its type {type_name} is not installed") from None
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run the node until it is interrupted; returns the exit code."""
    return run_node(Recorder, arguments)


if __name__ == "__main__":
    sys.exit(main())
