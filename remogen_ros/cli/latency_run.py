"""Ticks of the generator, timed one by one and stage by stage."""

from __future__ import annotations

import gc
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from remogen_ros.cli import measured
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.streaming.backends.base import Backend, Function, Functions
from remogen_ros.streaming.backends.examples import FUNCTIONS, Given
from remogen_ros.streaming.generator import Generator
from remogen_ros.streaming.observation import Observation

DEADLINE_MS = 1e3 / FRAME_RATE

STAGES = {
    "encode": "cues encoded",
    "predict": "denoising",
    "segment": "decoded",
    "refined": "refined and decoded",
}
"""What the table calls the functions of a back end."""

REST = "kinematics and the rest"


class TimedBackend:
    """A back end that notes how long each of its functions took."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._made: dict[tuple[str, ...], Functions] = {}
        self.spent_ms = dict.fromkeys(FUNCTIONS, 0.0)
        self.name = backend.name

    @property
    def device(self) -> torch.device:
        """That of the back end."""
        return self._backend.device

    def functions(self, adapters: Collection[str]) -> Functions:
        """Those of the back end."""
        functions = self._backend.functions(adapters)
        if functions.adapters not in self._made:
            timed = {name: self._timed(name, getattr(functions, name)) for name in FUNCTIONS}
            self._made[functions.adapters] = Functions(functions.adapters, **timed)
        return self._made[functions.adapters]

    def take(self) -> dict[str, float]:
        """Milliseconds of each function since the last call."""
        taken, self.spent_ms = self.spent_ms, dict.fromkeys(FUNCTIONS, 0.0)
        return taken

    def _timed(self, name: str, function: Function) -> Function:
        wait = torch.cuda.synchronize if self.device.type == "cuda" else lambda: None

        def call(*given: torch.Tensor) -> Given:
            begun = time.perf_counter()
            made = function(*given)
            wait()
            self.spent_ms[name] += (time.perf_counter() - begun) * 1e3
            return made

        return call


@dataclass
class Ticks:
    """What was measured.

    Attributes:
        name: of the schedule and back end.
        ms: (T,) of each tick.
        boundary: (T,) whether it was the first of a segment.
        stages: (T,) milliseconds by stage.
    """

    name: str
    ms: list[float] = field(default_factory=list)
    boundary: list[bool] = field(default_factory=list)
    stages: dict[str, list[float]] = field(default_factory=dict)

    def add(self, ms: float, boundary: bool, stages: dict[str, float]) -> None:
        """One tick more."""
        self.ms.append(ms)
        self.boundary.append(boundary)
        for name, spent in stages.items():
            self.stages.setdefault(STAGES[name], []).append(spent)
        self.stages.setdefault(REST, []).append(ms - sum(stages.values()))

    @property
    def tick_ms(self) -> dict[str, float]:
        """Percentiles over all ticks."""
        return percentiles(np.array(self.ms))

    def summary(self) -> dict[str, object]:
        """For a JSON file."""
        tick, ms = self.tick_ms, np.array(self.ms)
        return {
            "tick_ms": tick,
            "boundary_tick_ms": percentiles(ms[np.array(self.boundary)]),
            "p99_over_median": round(tick["p99"] / tick["p50"], 3),
            "missed": int((ms > DEADLINE_MS).sum()),
            "stages": {name: percentiles(np.array(spent)) for name, spent in self.stages.items()},
        }


def percentiles(ms: NDArray[np.float64]) -> dict[str, float]:
    """p50, p95, p99 and the greatest, of those above 0: a stage has its turn in some ticks only."""
    found = measured.percentiles(ms[ms > 0], (50, 95, 99))
    return {name: value or 0.0 for name, value in found.items()}


def timed(
    name: str,
    generator: Generator,
    backend: TimedBackend,
    observations: Iterable[Observation],
    ticks: int,
    warm_up: int,
    hertz: float,
) -> Ticks:
    """Step the generator through the observations.

    Args:
        name: of what is measured.
        generator: that uses the back end.
        backend: whose stages are told apart.
        observations: `warm_up + ticks` of them.
        ticks: that are measured.
        warm_up: ticks before them, which are not.
        hertz: ticks a second, as the node has them; 0 for one right after the other.
    """
    ticks_of = Ticks(name)
    gc.collect()
    gc.freeze()
    due = time.perf_counter()
    for number, observation in enumerate(track(observations, name, warm_up + ticks)):
        if hertz:
            due += 1 / hertz
            time.sleep(max(0.0, due - time.perf_counter()))
        backend.take()
        begun = time.perf_counter()
        frame = generator.step(observation)
        ms = (time.perf_counter() - begun) * 1e3
        if number >= warm_up:
            ticks_of.add(ms, frame.segment_start, backend.take())
    gc.unfreeze()
    return ticks_of
