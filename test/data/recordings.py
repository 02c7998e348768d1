"""Recordings that the tests make up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remogen_ros.data.recordings import Take
from remogen_ros.data.scenes import Goal
from remogen_ros.data.splits import Split
from test.data.bodies import walking


@dataclass(frozen=True)
class MadeRecording:
    """Someone who glides along x at 1 m/s (a `Recording`)."""

    name: str
    frames: int = 20
    split: Split = "train"
    scene: str = ""
    goals: tuple[Goal, ...] = ()

    source = "made"
    licence = "none"
    content = "walk"
    style = ""

    def takes(self) -> tuple[Take]:
        """One, at 10 Hz."""
        times = np.arange(self.frames) / 10
        return (Take(walking(self.frames), times, ("walk",), scene=self.scene, goals=self.goals),)
