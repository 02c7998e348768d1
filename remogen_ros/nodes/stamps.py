"""Time stamps of messages and nanoseconds."""

from __future__ import annotations

from builtin_interfaces.msg import Time

SECOND_NS = 1_000_000_000


def time_message(stamp_ns: int) -> Time:
    """Nanoseconds -> builtin_interfaces/Time."""
    return Time(sec=stamp_ns // SECOND_NS, nanosec=stamp_ns % SECOND_NS)


def nanoseconds(stamp: Time) -> int:
    """builtin_interfaces/Time -> nanoseconds."""
    return int(stamp.sec) * SECOND_NS + int(stamp.nanosec)
