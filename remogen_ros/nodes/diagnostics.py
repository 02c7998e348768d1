"""How the reaction node is doing, as `/diagnostics` has it: once a second, one status."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from remogen_ros.nodes.generation import Reaction
from remogen_ros.nodes.stamps import time_message

WINDOW = 600
"""Reactions over which percentiles are taken: one minute."""

PERCENTILES = (50, 95, 99)
HARDWARE_ID = "remogen_ros"


@dataclass
class TickStatistics:
    """Counts since activation, and what the last minute of reactions was like. Thread-safe."""

    frames: int = 0
    missed_ticks: int = 0
    missed_by_stalls: int = 0
    _tick_ms: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _processor_ms: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _input_age_ms: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _clip_ratio: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def miss(self, ticks: int, by_stall: bool = False) -> None:
        """Count ticks that gave no reaction, and apart those for which the machine stalled."""
        with self._lock:
            self.missed_ticks += ticks
            self.missed_by_stalls += ticks if by_stall else 0

    def add(self, reaction: Reaction) -> None:
        """Take one reaction into account."""
        with self._lock:
            self.frames += 1
            self._tick_ms.append(reaction.tick_ms)
            self._processor_ms.append(reaction.processor_ms)
            self._clip_ratio.append(reaction.frame.clip_ratio)
            if reaction.tick.source_stamp_ns is not None:
                self._input_age_ms.append(reaction.tick.input_age_ms)

    def summary(self) -> dict[str, str]:
        """Key-value pairs: counts, percentiles of times in ms, the mean clip_ratio."""
        with self._lock:
            values = {
                "frames": str(self.frames),
                "missed_ticks": str(self.missed_ticks),
                "missed_by_stalls": str(self.missed_by_stalls),
            }
            values |= _percentiles("tick_ms", self._tick_ms)
            values |= _percentiles("tick_processor_ms", self._processor_ms)
            values |= _percentiles("input_age_ms", self._input_age_ms)
            if self._clip_ratio:
                values["clip_ratio"] = f"{np.mean(self._clip_ratio):.4f}"
        return values


def condition(
    *, active: bool, clock: bool, waits_for: str, held: str, floor: str, partner_state: str
) -> tuple[bytes, str]:
    """Level of the node's status, and what a person should read first.

    Args:
        active: the state of its lifecycle.
        clock: whether time has begun.
        waits_for: joints that it begins from, while they have not come; empty if they have.
        held: why the ego is held; empty if it is not.
        floor: what is wrong with where clouds show it; empty if nothing is.
        partner_state: of the person seen last.
    """
    if not active:
        return DiagnosticStatus.WARN, "not active"
    if not clock:
        return DiagnosticStatus.WARN, "waiting for /clock"
    if waits_for:
        return DiagnosticStatus.WARN, f"waiting for {waits_for}"
    if held:
        return DiagnosticStatus.WARN, f"held {held}"
    if floor:
        return DiagnosticStatus.WARN, f"reacting, but {floor}"
    return DiagnosticStatus.OK, f"reacting; partner {partner_state}"


def diagnostics(
    stamp_ns: int,
    name: str,
    level: bytes,
    sentence: str,
    values: Mapping[str, str],
    what: str = "reaction",
) -> DiagnosticArray:
    """diagnostic_msgs/DiagnosticArray with one status.

    Args:
        stamp_ns: time of the status.
        name: of the node, fully qualified.
        level: DiagnosticStatus.OK, WARN, ERROR or STALE.
        sentence: what a person should read first.
        values: everything else.
        what: the status is about.
    """
    status = DiagnosticStatus(
        level=level,
        name=f"{name.lstrip('/')}: {what}",
        message=sentence,
        hardware_id=HARDWARE_ID,
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
    )
    message = DiagnosticArray(status=[status])
    message.header.stamp = time_message(stamp_ns)
    return message


def message_counts(
    received: Mapping[str, int], dropped: Mapping[tuple[str, str], int]
) -> dict[str, str]:
    """Received and dropped messages as keys `received.<topic>` and `dropped.<topic>.<reason>`."""
    values = {f"received.{topic}": str(count) for topic, count in sorted(received.items())}
    for (topic, reason), count in sorted(dropped.items()):
        values[f"dropped.{topic}.{reason.replace(' ', '_')}"] = str(count)
    return values


def _percentiles(name: str, values: deque[float]) -> dict[str, str]:
    if not values:
        return {}
    found = np.percentile(np.array(values), PERCENTILES)
    named = {f"{name}.p{p}": f"{value:.3f}" for p, value in zip(PERCENTILES, found, strict=True)}
    return named | {f"{name}.max": f"{max(values):.3f}"}
