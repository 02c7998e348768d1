"""What is counted, and what is said."""

from __future__ import annotations

from remogen_ros.nodes.ledger import REPEAT_AFTER_S, Ledger
from test.nodes.log import Log


def test_a_callback_that_raises_is_counted_and_said_with_its_topic() -> None:
    log = Log()
    ledger = Ledger(log)

    def fail(message: str) -> None:
        raise ValueError(f"there is no field\n  {message}")

    ledger.guarded("points", fail)("'x'")
    assert log.lines == ["dropped a message of topic 'points': there is no field 'x'"]
    assert ledger.counts() == ({"points": 1}, {("points", "malformed"): 1})


def test_the_same_is_said_once_in_a_while_but_counted_always() -> None:
    log, now = Log(), [0.0]
    ledger = Ledger(log, clock=lambda: now[0])
    for _ in range(5):
        ledger.drop("points", "no transform", "sentence")
    ledger.drop("skeletons", "no transform", "of another topic")
    assert log.lines == ["sentence", "of another topic"]
    now[0] = REPEAT_AFTER_S
    ledger.drop("points", "no transform", "sentence again")
    assert log.lines[-1] == "sentence again"
    assert ledger.counts()[1]["points", "no transform"] == 6


def test_an_error_without_words_gives_its_type() -> None:
    log = Log()

    def fail(message: object) -> None:
        raise KeyError

    Ledger(log).guarded("goal", fail)(None)
    assert log.lines == ["dropped a message of topic 'goal': KeyError"]
