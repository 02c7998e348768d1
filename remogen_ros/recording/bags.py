"""Bags (rosbag2: mcap or sqlite3) read with `rosbags`; no ROS is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rosbags.highlevel import AnyReader, AnyReaderError
from rosbags.interfaces import Connection, Qos, QosDurability
from rosbags.rosbag2 import ReaderError
from rosbags.serde import SerdeError
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from remogen_ros.errors import UserError
from remogen_ros.recording.optional_types import register_optional_types


def _definition_folders() -> Iterator[Path]:
    """Where remogen_msgs' message definitions may be: installed, or beside this package."""
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        if prefix:
            yield Path(prefix) / "share" / "remogen_msgs" / "msg"
    yield Path(__file__).resolve().parents[2] / "remogen_msgs" / "msg"


def message_types() -> Typestore:
    """The standard ROS 2 messages, those of trackers whose packages may not be installed, and
    remogen_msgs where its definitions are found."""
    types = get_typestore(Stores.ROS2_JAZZY)
    register_optional_types(types)
    folder = next((f for f in _definition_folders() if any(f.glob("*.msg"))), None)
    if folder is not None:
        for path in sorted(folder.glob("*.msg")):
            types.register(
                get_types_from_msg(path.read_text("utf8"), f"remogen_msgs/msg/{path.stem}")
            )
    return types


@contextmanager
def open_bag(path: Path) -> Iterator[AnyReader]:
    """A reader of one bag; types that the bag defines itself are known to it.

    Raises:
        UserError: there is no bag, or it is damaged.
    """
    if not path.exists():
        raise UserError(f"There is no bag {path}.")
    if path.is_dir() and not (path / "metadata.yaml").is_file():
        raise UserError(f"{path} is not a bag: it holds no metadata.yaml.")
    try:
        with AnyReader([path], default_typestore=message_types()) as reader:
            yield reader
    except (AnyReaderError, ReaderError, SerdeError, OSError) as error:
        raise UserError(f"The bag {path} cannot be read: {error}") from None


@dataclass(frozen=True)
class TopicSummary:
    """One topic of a bag.

    Attributes:
        name: of the topic.
        type_name: of its messages, such as "tf2_msgs/msg/TFMessage".
        count: of its messages.
        rate_hz: mean over the time between its first and last message; 0 for a single one.
        latched: late subscribers got its last message (transient local).
    """

    name: str
    type_name: str
    count: int
    rate_hz: float
    latched: bool


@dataclass(frozen=True)
class BagSummary:
    """What a bag holds.

    Attributes:
        path: of the bag.
        duration_s: from the first message to the last.
        size_bytes: of its storage files.
        topics: by name.
    """

    path: Path
    duration_s: float
    size_bytes: int
    topics: tuple[TopicSummary, ...]


def summarise(path: Path) -> BagSummary:
    """Look through a bag.

    Raises:
        UserError: there is no bag, or it is damaged.
    """
    with open_bag(path) as bag:
        times: dict[str, list[int]] = {c.topic: [] for c in bag.connections}
        for connection, stamp, _ in bag.messages():
            times[connection.topic].append(stamp)
        by_topic = {c.topic: c for c in bag.connections}
        topics = tuple(
            TopicSummary(
                name,
                by_topic[name].msgtype,
                len(stamps),
                (len(stamps) - 1) / (stamps[-1] - stamps[0]) * 1e9
                if len(stamps) > 1 and stamps[-1] > stamps[0]
                else 0.0,
                is_latched(by_topic[name]),
            )
            for name, stamps in sorted(times.items())
        )
        duration = bag.duration / 1e9
    files = path.iterdir() if path.is_dir() else [path]
    size = sum(f.stat().st_size for f in files if f.suffix in (".mcap", ".db3"))
    return BagSummary(path, duration, size, topics)


def profiles(connection: Connection) -> Sequence[Qos]:
    """The qualities of service with which the topic was offered when it was recorded."""
    return getattr(connection.ext, "offered_qos_profiles", ())


def is_latched(connection: Connection) -> bool:
    """Whether late subscribers got the topic's last message when it was recorded."""
    return any(q.durability == QosDurability.TRANSIENT_LOCAL for q in profiles(connection))
