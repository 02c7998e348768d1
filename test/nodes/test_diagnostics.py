"""What the node counts of its ticks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus

from remogen_ros.nodes.diagnostics import WINDOW, TickStatistics, condition
from remogen_ros.nodes.generation import Reaction, Tick
from remogen_ros.streaming.observation import Frame, Observation

NOTHING = np.zeros(0)
FRAME = Frame(0, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, segment_start=False, clip_ratio=0.25)
REACTION = Reaction(Tick(1_000_000_000, Observation()), FRAME, tick_ms=20.0, processor_ms=8.0)


def test_missed_ticks_are_counted_and_those_of_stalls_apart() -> None:
    statistics = TickStatistics()
    statistics.miss(2)
    statistics.miss(29, by_stall=True)
    statistics.miss(0, by_stall=True)
    summary = statistics.summary()
    assert summary["missed_ticks"] == "31"
    assert summary["missed_by_stalls"] == "29"


def test_percentiles_are_those_of_the_last_minute() -> None:
    statistics = TickStatistics()
    statistics.add(replace(REACTION, tick_ms=500.0))
    for _ in range(WINDOW):
        statistics.add(REACTION)
    summary = {key: float(value) for key, value in statistics.summary().items()}
    assert summary["frames"] == WINDOW + 1
    assert summary["tick_ms.max"] == 20.0
    assert summary["tick_processor_ms.p50"] == 8.0
    assert summary["clip_ratio"] == pytest.approx(0.25)
    assert "input_age_ms.p50" not in summary


def test_an_age_counts_only_where_there_is_a_partner() -> None:
    statistics = TickStatistics()
    statistics.add(REACTION)
    statistics.add(replace(REACTION, tick=replace(REACTION.tick, source_stamp_ns=920_000_000)))
    assert statistics.summary()["input_age_ms.max"] == "80.000"


def test_a_floor_that_is_off_is_a_warning_after_what_is_worse() -> None:
    def said(held: str, floor: str) -> tuple[bytes, str]:
        return condition(
            active=True, clock=True, waits_for="", held=held, floor=floor, partner_state="never"
        )

    assert said("", "") == (DiagnosticStatus.OK, "reacting; partner never")
    assert said("", "the floor is off") == (
        DiagnosticStatus.WARN,
        "reacting, but the floor is off",
    )
    assert said("by ~/hold", "the floor is off") == (DiagnosticStatus.WARN, "held by ~/hold")
