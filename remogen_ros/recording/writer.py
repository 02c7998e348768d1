"""Bags (rosbag2, mcap) written with `rosbags`; no ROS is needed."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer, WriterError

from remogen_ros.errors import UserError
from remogen_ros.recording.bags import message_types

_FOREVER = QosTime(2147483647, 4294967295)
"""How ROS 2 writes an unlimited duration."""


def quality(depth: int, *, latched: bool = False) -> Qos:
    """A reliable quality of service; `latched` (transient local) also serves late subscribers."""
    return Qos(
        history=QosHistory.KEEP_LAST,
        depth=depth,
        reliability=QosReliability.RELIABLE,
        durability=QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE,
        deadline=_FOREVER,
        lifespan=_FOREVER,
        liveliness=QosLiveliness.AUTOMATIC,
        liveliness_lease_duration=_FOREVER,
        avoid_ros_namespace_conventions=False,
    )


class BagWriter:
    """Writes a new mcap bag, compressed with zstd. Use it as a context manager.

    Raises:
        UserError: if something of that name exists already, or, on opening, cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.types = message_types()
        self._path = path
        self._connections: dict[str, Connection] = {}
        try:
            self._writer = Writer(path, version=9, storage_plugin=StoragePlugin.MCAP)
        except WriterError:
            raise UserError(f"{path} exists already; choose another name or remove it.") from None
        self._writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)

    def __enter__(self) -> BagWriter:
        try:
            self._writer.open()
        except (OSError, WriterError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UserError(f"{self._path} cannot be made: {reason}.") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def note(self, key: str, value: str) -> None:
        """Write something about the bag into it."""
        self._writer.set_custom_data(key, value)

    def add_topic(self, topic: str, type_name: str, quality_of_service: Qos) -> None:
        """Say what a topic carries, before its first message.

        Raises:
            UserError: a message type that is not known here.
        """
        if type_name not in self.types.fielddefs:
            raise UserError(f"Messages of type {type_name} ({topic}) are not known, so they cannot "
                            "be recorded.")  # fmt: skip
        self._connections[topic] = self._writer.add_connection(
            topic, type_name, typestore=self.types, offered_qos_profiles=[quality_of_service]
        )

    def write(self, topic: str, stamp_ns: int, message: Any) -> None:
        """Write a message of `rosbags`' own classes, as received at `stamp_ns`."""
        connection = self._connections[topic]
        self.write_serialised(
            topic, stamp_ns, bytes(self.types.serialize_cdr(message, connection.msgtype))
        )

    def write_serialised(self, topic: str, stamp_ns: int, cdr: bytes) -> None:
        """Write a message as it came over the wire (CDR), received at `stamp_ns`."""
        self._writer.write(self._connections[topic], stamp_ns, cdr)
