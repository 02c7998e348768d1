"""What is played back of a bag, and when; the player node does the rest."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rosbags.interfaces import Connection, Qos

from remogen_ros.errors import UserError
from remogen_ros.recording.bags import is_latched, open_bag, profiles
from remogen_ros.recording.inputs import TF_TYPE, ego_frames, is_of, noted_inputs

NANOSECONDS = 1_000_000_000
CLOCK_TOPIC = "/clock"


@dataclass(frozen=True)
class PlaybackConfig:
    """How a bag is played.

    Attributes:
        bag: folder of the bag.
        rate: how many times as fast as it was recorded.
        loop: begin again at the end, for ever. Time then jumps back, unless it is restamped.
        restamp: shift every time stamp, as if the recording began now, and again with each loop.
        clock: Hz at which /clock tells the time of the recording, besides once before every
            message; 0 publishes no /clock.
        start_offset: begin so many seconds into the recording. What was latched before is kept.
        duration: play so many seconds of the recording; 0 plays it to its end.
        wait_for_subscribers_s: before starting, wait so long at most for a subscriber of every
            topic.
        inputs: play only what went into a recorded run, so that nodes react to it anew; of TF all
            but the frames of the recorded ego.
        without: topics that are not played, such as joints that a simulator measures anew.
    """

    bag: Path
    rate: float = 1.0
    loop: bool = False
    restamp: bool = False
    clock: float = 100.0
    start_offset: float = 0.0
    duration: float = 0.0
    wait_for_subscribers_s: float = 0.0
    inputs: bool = False
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise UserError(f"rate is {self.rate}; it must be greater than 0.")
        for name in ("clock", "start_offset", "duration", "wait_for_subscribers_s"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise UserError(f"{name} is {value}; it must be 0 or greater.")


@dataclass(frozen=True)
class RecordedTopic:
    """A topic as it was recorded.

    Attributes:
        type_name: of its messages, such as "tf2_msgs/msg/TFMessage".
        qos: with which it was offered, None if the bag does not say.
        latched: late subscribers got its last message.
    """

    type_name: str
    qos: Qos | None
    latched: bool


@dataclass(frozen=True)
class RecordedMessage:
    """A message as it came over the wire (CDR), `offset_ns` after the start of the playback."""

    offset_ns: int
    topic: str
    cdr: bytes


@dataclass(frozen=True)
class Playback:
    """The part of a bag that is played.

    Attributes:
        start_ns: time of the recording at which it begins.
        duration_ns: how long it lasts at the rate of the recording.
        topics: by name.
        messages: by ascending offset.
    """

    start_ns: int
    duration_ns: int
    topics: dict[str, RecordedTopic]
    messages: tuple[RecordedMessage, ...]

    def events(self, clock_hz: float) -> Iterator[tuple[int, RecordedMessage | None]]:
        """Offsets at which something is published: a message, or the time of day (None).

        The time is told `clock_hz` times a second, and just before every message.
        """
        period = NANOSECONDS / clock_hz if clock_hz else math.inf
        ticks = 0
        for message in self.messages:
            while ticks * period < message.offset_ns:
                yield round(ticks * period), None
                ticks += 1
            yield message.offset_ns, None
            yield message.offset_ns, message
        while ticks * period < self.duration_ns:
            yield round(ticks * period), None
            ticks += 1


def load_playback(config: PlaybackConfig) -> Playback:
    """Read the part of a bag that a configuration asks for.

    A /clock in the bag is left out: the player tells the time.

    Raises:
        UserError: there is no bag, it is damaged, nothing of it is to be played, it has no topic
            of those to leave out, or its inputs are asked for and it does not say which they are.
    """
    with open_bag(config.bag) as bag:
        left_out = {CLOCK_TOPIC, *(f"/{topic.lstrip('/')}" for topic in config.without)}
        if unknown := left_out - {CLOCK_TOPIC} - {c.topic for c in bag.connections}:
            raise UserError(
                f"without is {min(unknown)}, but the bag {config.bag} has no such topic; it has: "
                f"{', '.join(sorted({c.topic for c in bag.connections}))}."
            )
        connections = [c for c in bag.connections if c.topic not in left_out]
        own_frames: set[str] = set()
        if config.inputs:
            inputs, own_frames = noted_inputs(config.bag), ego_frames(bag)
            connections = [c for c in connections if c.topic in inputs]
        start = bag.start_time + round(config.start_offset * NANOSECONDS)
        # A bag's end is given as the nanosecond after its last message.
        end = bag.end_time - 1
        if config.duration:
            end = min(end, start + round(config.duration * NANOSECONDS))
        latched: dict[str, list[RecordedMessage]] = {}
        played: list[RecordedMessage] = []
        # Of no connection, rosbags gives the messages of all.
        chosen = bag.messages(connections, stop=end + 1) if connections else ()
        for connection, stamp, cdr in chosen:
            topic = connection.topic
            if connection.msgtype == TF_TYPE and own_frames:
                played_anew = bag.deserialize(cdr, TF_TYPE)
                if is_of(own_frames, played_anew):
                    continue
            if stamp >= start:
                played.append(RecordedMessage(stamp - start, topic, bytes(cdr)))
            elif _is_latched(connection):
                # Static transforms come from several publishers; of the rest the last one holds.
                kept = latched.setdefault(topic, []) if topic.endswith("/tf_static") else []
                latched[topic] = [*kept, RecordedMessage(0, topic, bytes(cdr))]
        topics = {
            c.topic: RecordedTopic(c.msgtype, next(iter(profiles(c)), None), _is_latched(c))
            for c in connections
        }
        length = bag.duration / NANOSECONDS
    if not played:
        reason = f"it lasts {length:.1f} s, and start_offset is {config.start_offset:.1f} s"
        if not connections:
            reason = "it has no inputs" if config.inputs else "all of its topics are left out"
        raise UserError(f"Nothing is to be played of the bag {config.bag}: {reason}.")
    return Playback(start, end - start, topics, (*chain.from_iterable(latched.values()), *played))


def _is_latched(connection: Connection) -> bool:
    """Static transforms are latched whatever a bag says: many were recorded wrongly."""
    return connection.topic.endswith("/tf_static") or is_latched(connection)
