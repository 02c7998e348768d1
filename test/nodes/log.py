"""What is said, kept: in the place of a node's logger."""

from __future__ import annotations


class Log:
    """Every line, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, message: str) -> None:
        self.lines.append(message)

    warning = error = info
