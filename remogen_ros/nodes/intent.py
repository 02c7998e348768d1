"""What the ego is asked to do, in words that the generator has understood."""

from __future__ import annotations

from typing import Protocol

from remogen_ros.errors import UserError
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.topics import INTENT
from remogen_ros.nodes.worker import LatestWorker


class Understands(Protocol):
    """What is needed of `remogen_ros.streaming.generator.Generator`."""

    def prepare_intent(self, intent: str) -> None: ...


class Intent:
    """The newest intent, embedded on a thread of its own: loading a text encoder takes seconds."""

    def __init__(self, generator: Understands, first: str, ledger: Ledger) -> None:
        """
        Args:
            generator: embeds intents, and keeps what it embedded.
            first: the intent to begin with, embedded already.
            ledger: where intents that cannot be embedded are reported.
        """
        self._generator = generator
        self._ledger = ledger
        self._worker: LatestWorker[str] = LatestWorker("intent", self._embed)
        self.text = first
        """The intent in force."""

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def stop(self) -> None:
        """End the thread."""
        self._worker.stop()

    def ask(self, text: str) -> None:
        """Put an intent into force as soon as it is embedded; empty for no wish."""
        self._worker.hand(text)

    def _embed(self, text: str) -> None:
        try:
            self._generator.prepare_intent(text)
        except UserError as error:
            self._ledger.drop(INTENT, "not understood", f"topic '{INTENT}': {error}")
        else:
            self.text = text
