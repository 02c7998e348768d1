"""What came in, what was dropped and why: counted always, said once in a while."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Protocol, TypeVar

Message = TypeVar("Message")

REPEAT_AFTER_S = 10.0
"""A sentence about the same topic and reason is logged at most this often, seconds."""


class Logger(Protocol):
    """The part of an rclpy logger that is used here."""

    def warning(self, message: str) -> object: ...

    def error(self, message: str) -> object: ...


class Ledger:
    """Counts of received and dropped messages by topic and reason. Thread-safe.

    Every callback of the node goes through `guarded`, so that no message can end the node: whatever
    a callback raises is logged in one sentence that names the topic, and counted.
    """

    def __init__(self, logger: Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._lock = threading.Lock()
        self._said_at: dict[tuple[str, str], float] = {}
        self.received: Counter[str] = Counter()
        self.dropped: Counter[tuple[str, str]] = Counter()

    def receive(self, topic: str) -> None:
        """Count one message of a topic."""
        with self._lock:
            self.received[topic] += 1

    def skip(self, topic: str, reason: str) -> None:
        """Count one message that was left out in the ordinary course of things."""
        with self._lock:
            self.dropped[topic, reason] += 1

    def drop(self, topic: str, reason: str, sentence: str) -> None:
        """Count one dropped message; log `sentence` unless the same was said a moment ago.

        Args:
            topic: where the message came from.
            reason: a few fixed words, the key under which diagnostics count it.
            sentence: what was wrong, where, and what to do.
        """
        self.skip(topic, reason)
        self.say(topic, reason, sentence)

    def say(self, topic: str, reason: str, sentence: str) -> None:
        """Log a warning, at most once in `REPEAT_AFTER_S` for the same topic and reason."""
        now = self._clock()
        with self._lock:
            if now - self._said_at.get((topic, reason), -REPEAT_AFTER_S) < REPEAT_AFTER_S:
                return
            self._said_at[topic, reason] = now
        self._logger.warning(sentence)

    def counts(self) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
        """Copies of the received counts by topic, and of the dropped ones by (topic, reason)."""
        with self._lock:
            return dict(self.received), dict(self.dropped)

    def guarded(self, topic: str, callback: Callable[[Message], None]) -> Callable[[Message], None]:
        """The callback, counting what it gets, and never raising."""

        @wraps(callback)
        def count_and_call(message: Message) -> None:
            self.receive(topic)
            try:
                callback(message)
            except Exception as error:  # A message, however broken, must not end the node.
                sentence = f"dropped a message of topic '{topic}': {describe(error)}"
                self.drop(topic, "malformed", sentence)

        return count_and_call


def describe(error: Exception) -> str:
    """An exception as part of a sentence: its text, or its type where it has none."""
    text = " ".join(str(error).split())
    return text if text else type(error).__name__
