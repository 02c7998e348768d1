"""Intents are put into force only when they are understood."""

from __future__ import annotations

import threading

from remogen_ros.errors import UserError
from remogen_ros.nodes.intent import Intent
from remogen_ros.nodes.ledger import Ledger
from test.nodes.log import Log

LONG_S = 30.0


class Encoder:
    """Understands everything but riddles."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.done = threading.Semaphore(0)

    def prepare_intent(self, intent: str) -> None:
        self.asked.append(intent)
        self.done.release()
        if intent == "riddle":
            raise UserError("the text encoder is not installed")


def test_what_is_understood_is_in_force_and_what_is_not_is_said() -> None:
    log, encoder = Log(), Encoder()
    intent = Intent(encoder, "at first", Ledger(log))
    assert intent.text == "at first"
    intent.start()
    for text in ("wave", "riddle"):
        intent.ask(text)
        assert encoder.done.acquire(timeout=LONG_S)
    intent.stop()
    assert encoder.asked == ["wave", "riddle"]
    assert intent.text == "wave"
    assert log.lines == ["topic 'intent': the text encoder is not installed"]
