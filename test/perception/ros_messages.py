"""Messages of packages that are not installed here, of exactly their definitions.

Every message is written out and read back once, as it would be from a bag.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from rosbags.typesys.store import Typestore

from remogen_ros.recording.bags import message_types
from remogen_ros.recording.tracker_messages import TrackerMessageFactory

SECOND_NS = 1_000_000_000


@cache
def types() -> Typestore:
    """All that can be in a bag."""
    return message_types()


def make() -> TrackerMessageFactory:
    """What builds the messages."""
    return TrackerMessageFactory(types())


zed_body = make().zed_body


def read_back(message: Any) -> Any:
    """The message after it was serialised and read."""
    name = message.__msgtype__
    return types().deserialize_cdr(types().serialize_cdr(message, name), name)


def zed_objects(
    *objects: Any, frame_id: str = "zed_left_camera_frame", sec: int = 12, nanosec: int = 500
) -> Any:
    """A zed_msgs/ObjectsStamped, read back."""
    return read_back(make().zed_objects(sec * SECOND_NS + nanosec, frame_id, objects))


def ids_list(ids: Sequence[str]) -> Any:
    """An hri_msgs/IdsList, read back."""
    return read_back(make().ids(12 * SECOND_NS, ids))
