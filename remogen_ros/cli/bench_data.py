"""`./remogen bench data`: how many training windows a second come out of a corpus."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import torch
import tyro
from rich.console import Console
from rich.table import Table

from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.data.room_windows import RoomWindows
from remogen_ros.data.windows import DuetWindows, SingleWindows
from remogen_ros.errors import UserError
from remogen_ros.motion.features import FEATURE_COUNT
from remogen_ros.motion.statistics import Statistics
from remogen_ros.training.batches import Source
from remogen_ros.training.config import TrackingNoise
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import segment_at, window_frames
from remogen_ros.training.sources import (
    DuetSource,
    FurnishedSource,
    RoomSource,
    SingleSource,
)

_TEXT_WIDTH = 384
_WARM_UP = 2


@dataclass(frozen=True)
class DataBench:
    """How many training windows a second come out of a corpus, of one segment each.

    `drawn` is the motion alone; `features` as the prior is trained, in the canonical frame; `cues`
    with all that an adapter is given besides: the tracked partner, or a scattered room and a goal.

    Attributes:
        corpus: of one person, or of pairs.
        batch: windows drawn at a time.
        seconds: how long to measure each way.
        threads: of the processor.
        seed: of the draw.
    """

    corpus: tyro.conf.Positional[Path]
    batch: int = 1024
    seconds: float = 5.0
    threads: Annotated[int, tyro.conf.arg(aliases=["-j"])] = 2
    seed: int = 0

    def run(self, console: Console) -> None:
        if self.batch < 1 or self.threads < 1 or self.seconds <= 0:
            raise UserError("--batch and --threads must be at least 1, and --seconds above 0.")
        torch.set_num_threads(self.threads)
        random = Randomness.of(self.seed)
        table = Table(
            "windows", "a second", "ms a batch",
            title=f"{self.corpus}, batches of {self.batch}, {self.threads} threads",
        )  # fmt: skip
        for name, step in self._ways(open_corpus(self.corpus), random).items():
            spent = _seconds_a_step(step, self.seconds)
            table.add_row(name, f"{self.batch / spent:,.0f}", f"{spent * 1000:.1f}")
        console.print(table)

    def _ways(self, corpus: Corpus, random: Randomness) -> dict[str, Callable[[], object]]:
        """What is measured: each draws one batch, and makes of it what training does."""
        texts = torch.zeros(len(corpus.texts), _TEXT_WIDTH)
        idle = torch.zeros(_TEXT_WIDTH)
        windows = SingleWindows(corpus, "train")
        single = SingleSource(windows, texts, idle)
        ways: dict[str, Callable[[], object]] = {
            "one person, drawn": lambda: windows.draw(self.batch, window_frames(1), random.host),
            "one person, features": lambda: self._prepared(single, random, cues=False),
            "one person in a room, cues": lambda: self._prepared(RoomSource(single), random),
        }
        if corpus.scenes:
            rooms = FurnishedSource(RoomWindows(corpus, "train"), texts, idle)
            ways["one person in furnished rooms, cues"] = lambda: self._prepared(rooms, random)
        if corpus.partner is not None:
            pairs = DuetWindows(corpus, "train")
            telling = torch.ones(len(corpus.texts), dtype=torch.bool)
            duet = DuetSource(pairs, texts, telling, idle, TrackingNoise())
            ways |= {
                "pairs, drawn": lambda: pairs.draw(self.batch, window_frames(1), random.host),
                "pairs, cues": lambda: self._prepared(duet, random),
            }
        return ways

    def _prepared(self, source: Source, random: Randomness, cues: bool = True) -> object:
        window = source.draw(self.batch, window_frames(1), random)
        segment = segment_at(window.motion, 0, _UNSCALED)
        return segment, window.cues(segment.start - 1, segment.frame) if cues else None


_UNSCALED = Statistics(torch.zeros(FEATURE_COUNT), torch.ones(FEATURE_COUNT))


def _seconds_a_step(step: Callable[[], object], seconds: float) -> float:
    """The median, so that what else the machine does counts little."""
    for _ in range(_WARM_UP):
        step()
    spent: list[float] = []
    while sum(spent) < seconds:
        begun = time.perf_counter()
        step()
        spent.append(time.perf_counter() - begun)
    return median(spent)
