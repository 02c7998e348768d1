"""For what the body is held, and that nothing else holds it."""

from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.embodiment.guard_config import GuardConfig
from remogen_ros.nodes.holding import REACHED_M, REASONS, Holding, is_busy
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.perception.partners import PartnerState
from test.nodes.log import Log

SECOND = 1_000_000_000
NOW = 1000 * SECOND


def holding_by(log: Log | None = None, **limits: float) -> Holding:
    return Holding(GuardConfig(**limits), Ledger(log or Log()))


def held_at(
    holding: Holding, partner: PartnerState, seconds: range, busy: range = range(0)
) -> list[int]:
    """Seconds at which the body is held, of those at which the partner is in one state."""
    return [s for s in seconds if holding.holds(NOW + s * SECOND, partner, None, s in busy)]


def test_nothing_is_held_without_a_reason() -> None:
    holding = holding_by()
    for cloud in (None, NOW, NOW - 2 * SECOND, NOW + SECOND):
        assert not holding.holds(NOW, "tracked", cloud)
    assert not holding.holds(NOW, "never", None) and not holding.holds(NOW, "lost", None)
    assert holding.sentence == "" and dict(holding.counts) == dict.fromkeys(REASONS, 0)


def test_a_cloud_that_is_too_old_holds_until_the_next() -> None:
    holding = holding_by(cloud_timeout_s=1.5)
    held = [holding.holds(NOW + tick * SECOND, "tracked", NOW) for tick in range(4)]
    assert held == [False, False, True, True]
    assert holding.sentence == "while the point cloud is too old (guard.cloud_timeout_s)"
    assert not holding.holds(NOW + 5 * SECOND, "tracked", NOW + 4 * SECOND)
    assert holding.counts["cloud"] == 2 and holding.sentence == ""


def test_a_timeout_of_zero_is_none() -> None:
    assert not holding_by(cloud_timeout_s=0.0).holds(NOW, "tracked", 0)


def test_a_lost_partner_holds_after_a_time_or_at_once() -> None:
    states = ["tracked", "held", "lost", "lost", "lost", "lost", "tracked", "lost"]
    expected = {
        (False, 0.0): [],
        (True, 0.0): [2, 3, 4, 5, 7],
        (False, 2.0): [4, 5],  # lost at 2 s
        (True, 2.0): [2, 3, 4, 5, 7],
    }
    for (at_once, after), seconds in expected.items():
        holding = holding_by(hold_when_lost=at_once, stop_after_s=after)
        held = [
            second
            for second, state in enumerate(states)
            if holding.holds(NOW + second * SECOND, state, None)
        ]
        assert held == seconds
        assert holding.counts["partner"] == len(seconds)


def test_who_is_lost_is_forgotten_when_time_jumps() -> None:
    holding = holding_by(stop_after_s=2.0)
    assert not holding.holds(NOW, "lost", None)
    holding.forget()
    assert not holding.holds(NOW + 2 * SECOND, "lost", None)
    assert holding.holds(NOW + 4 * SECOND, "lost", None)


@pytest.mark.parametrize("cloud", [None, 0])
def test_who_asks_is_named_first(cloud: int | None) -> None:
    holding = holding_by(hold_when_lost=True)
    holding.asked = True
    assert holding.sentence == "by ~/hold"
    assert holding.holds(NOW, "lost", cloud)
    assert dict(holding.counts) == {"service": 1, "cloud": 0, "partner": 0}


@pytest.mark.parametrize("nobody", ["never", "lost"])
def test_who_has_been_alone_for_ten_seconds_rests_until_somebody_comes(
    nobody: PartnerState,
) -> None:
    log = Log()
    holding = holding_by(log)
    assert held_at(holding, nobody, range(15)) == [10, 11, 12, 13, 14]
    (line,) = log.lines
    assert line == f"held {holding.sentence}" and "guard.stop_after_s" in line
    assert held_at(holding, "tracked", range(15, 20)) == []
    assert holding.sentence == ""
    # A tracker that loses somebody for a moment (held) has not lost them.
    assert held_at(holding, "held", range(20, 40)) == []
    assert held_at(holding, "lost", range(40, 52)) == [50, 51]
    assert holding.counts["partner"] == 7


def test_zero_is_never() -> None:
    assert held_at(holding_by(stop_after_s=0.0), "never", range(4000)) == []


def test_who_has_something_to_do_does_it_alone() -> None:
    holding = holding_by()
    assert held_at(holding, "never", range(40), busy=range(5, 20)) == list(range(30, 40))
    # Who rests goes on at once when there is something to do, and rests again after that.
    assert held_at(holding, "never", range(40, 70), busy=range(45, 50)) == [
        *range(40, 45),
        *range(60, 70),
    ]


def test_a_goal_is_something_to_do_until_it_is_reached_and_words_always_are() -> None:
    here, goal = np.array((1.0, 2.0, 0.9)), np.array((1.0, 4.0, 0.0), np.float32)
    assert is_busy(goal, "", here) and is_busy(goal, "", None)
    # Height is the pose's, not the way's.
    at = goal + (0.0, 0.9 * REACHED_M, 5.0)
    assert not is_busy(goal, "", at) and is_busy(goal, "", goal + (0.0, 1.1 * REACHED_M, 0.0))
    assert not is_busy(None, "", here) and not is_busy(None, "  ", here)
    assert is_busy(None, "wave", here) and is_busy(goal, "sit down", at)


def test_a_new_beginning_is_not_yet_a_long_time() -> None:
    holding = holding_by()
    assert held_at(holding, "never", range(11)) == [10]
    holding.forget()
    assert held_at(holding, "never", range(11, 22)) == [21]
