"""The resident memory of a process over time."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

MB = 1e6
_MOST_SAMPLES = 30


def resident_mb(process_id: int) -> float | None:
    """Resident memory now, in millions of bytes; None where /proc does not tell."""
    return _status_mb(process_id, "VmRSS")


def greatest_mb(process_id: int) -> float | None:
    """The most that was resident so far, in millions of bytes; None where /proc does not tell."""
    return _status_mb(process_id, "VmHWM")


def _status_mb(process_id: int, key: str) -> float | None:
    try:
        lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    except OSError:
        return None
    found = next((line.split()[1] for line in lines if line.startswith(f"{key}:")), None)
    return None if found is None else int(found) * 1024 / MB


class MemoryLog:
    """Looks at a process now and then."""

    def __init__(self, process_id: int, period_s: float = 1.0) -> None:
        """
        Args:
            process_id: of the process.
            period_s: how often it is looked at.
        """
        self._process_id = process_id
        self._period_s = period_s
        self._begun = time.monotonic()
        self._samples: list[tuple[float, float]] = []
        self._greatest: float | None = None
        self.look()

    def look(self) -> None:
        """Take a sample, if the last one is old enough."""
        now = time.monotonic() - self._begun
        if self._samples and now - self._samples[-1][0] < self._period_s:
            return
        resident = resident_mb(self._process_id)
        if resident is not None:
            self._samples.append((now, resident))
            self._greatest = greatest_mb(self._process_id)

    def report(self) -> dict[str, Any] | None:
        """First, last and greatest (MB), growth over the second half (MB a minute), and a thinned
        course of (seconds, MB); None where nothing could be seen."""
        if not self._samples:
            return None
        return {
            "start": round(self._samples[0][1], 1),
            "end": round(self._samples[-1][1], 1),
            "max": None if self._greatest is None else round(self._greatest, 1),
            "growth_per_minute": growth_per_minute(self._samples[len(self._samples) // 2 :]),
            "course": [
                [round(seconds, 1), round(resident, 1)]
                for seconds, resident in self._samples[:: -(-len(self._samples) // _MOST_SAMPLES)]
            ],
        }


def growth_per_minute(samples: list[tuple[float, float]]) -> float:
    """Slope of the line that fits (seconds, MB) best; 0 for less than two."""
    if len(samples) < 2:
        return 0.0
    seconds, resident = np.array(samples).T
    return round(60.0 * float(np.polyfit(seconds, resident, 1)[0]), 3)
