"""For what the body is held, and that nothing else holds it."""

from __future__ import annotations

import pytest

from remogen_ros.embodiment.guard_config import GuardConfig
from remogen_ros.nodes.holding import REASONS, Holding

SECOND = 1_000_000_000
NOW = 1000 * SECOND


def test_nothing_is_held_without_a_reason() -> None:
    holding = Holding(GuardConfig())
    for cloud in (None, NOW, NOW - 2 * SECOND, NOW + SECOND):
        assert not holding.holds(NOW, "tracked", cloud)
    assert not holding.holds(NOW, "never", None) and not holding.holds(NOW, "lost", None)
    assert holding.sentence == "" and dict(holding.counts) == dict.fromkeys(REASONS, 0)


def test_a_cloud_that_is_too_old_holds_until_the_next() -> None:
    holding = Holding(GuardConfig(cloud_timeout_s=1.5))
    held = [holding.holds(NOW + tick * SECOND, "tracked", NOW) for tick in range(4)]
    assert held == [False, False, True, True]
    assert holding.sentence == "while the point cloud is too old (guard.cloud_timeout_s)"
    assert not holding.holds(NOW + 5 * SECOND, "tracked", NOW + 4 * SECOND)
    assert holding.counts["cloud"] == 2 and holding.sentence == ""


def test_a_timeout_of_zero_is_none() -> None:
    assert not Holding(GuardConfig(cloud_timeout_s=0.0)).holds(NOW, "tracked", 0)


def test_a_lost_partner_holds_after_a_time_or_at_once() -> None:
    states = ["tracked", "held", "lost", "lost", "lost", "lost", "tracked", "lost"]
    expected = {
        (False, 0.0): [],
        (True, 0.0): [2, 3, 4, 5, 7],
        (False, 2.0): [4, 5],  # lost at 2 s
        (True, 2.0): [2, 3, 4, 5, 7],
    }
    for (at_once, after), seconds in expected.items():
        holding = Holding(GuardConfig(hold_when_lost=at_once, stop_after_s=after))
        held = [
            second
            for second, state in enumerate(states)
            if holding.holds(NOW + second * SECOND, state, None)
        ]
        assert held == seconds
        assert holding.counts["partner"] == len(seconds)


def test_who_is_lost_is_forgotten_when_time_jumps() -> None:
    holding = Holding(GuardConfig(stop_after_s=2.0))
    assert not holding.holds(NOW, "lost", None)
    holding.forget()
    assert not holding.holds(NOW + 2 * SECOND, "lost", None)
    assert holding.holds(NOW + 4 * SECOND, "lost", None)


@pytest.mark.parametrize("cloud", [None, 0])
def test_who_asks_is_named_first(cloud: int | None) -> None:
    holding = Holding(GuardConfig(hold_when_lost=True))
    holding.asked = True
    assert holding.sentence == "by ~/hold"
    assert holding.holds(NOW, "lost", cloud)
    assert dict(holding.counts) == {"service": 1, "cloud": 0, "partner": 0}
