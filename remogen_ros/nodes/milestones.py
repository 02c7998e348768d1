"""How far a node has come since its process was started, and when."""

from __future__ import annotations

import os
import time
from pathlib import Path

_IMPORTED = time.monotonic()
_STARTTIME = 19
"""Place of the start, in clock ticks since the machine was, after the name in /proc/self/stat."""


class Milestones:
    """When each stage of the start was reached for the first time.

    Attributes:
        seconds: from the start of the process, by name.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def reach(self, name: str) -> None:
        """A stage is reached; what is reached again counts no more."""
        if name not in self.seconds:
            self.seconds[name] = process_age_s()

    def summary(self) -> dict[str, str]:
        """Key-value pairs for diagnostics: seconds by name."""
        return {f"start_s.{name}": f"{spent:.3f}" for name, spent in list(self.seconds.items())}


def process_age_s() -> float:
    """Seconds since this process was started; since this import, where that cannot be known."""
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        started = int(fields[_STARTTIME]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started
    except (OSError, AttributeError):  # Not on Linux.
        return time.monotonic() - _IMPORTED
