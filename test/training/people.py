"""Sources of made-up people, small networks, and one process to train them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import CONFIGURATIONS as MODELS
from remogen_ros.training.batches import Window
from remogen_ros.training.config import CONFIGURATIONS, TrainingConfig
from remogen_ros.training.machine import Machine
from remogen_ros.training.objective import Loss, Measures, Terms
from remogen_ros.training.phases import Sources, Training
from remogen_ros.training.randomness import Randomness
from test.motion.strategies import random_motion

SMOKE = CONFIGURATIONS["smoke"]
CPU = Machine(device="cpu")


@dataclass(frozen=True)
class RandomPeople:
    """Windows of smooth random motion, with a partner or without; the clip `bad` may hold NaN."""

    partner: bool = False
    damaged: bool = False
    digest: str = "random"

    def draw(self, batch: int, frames: int, random: Randomness) -> Window:
        seed = int(torch.randint(2**31, (1,), generator=random.host))
        motion = random_motion(seed, frames, (batch,)).to(torch.float32)
        partner = torch.randn(batch, frames + 15, 22, 3, generator=random.host)
        if self.damaged:
            motion.root_positions[1, 2, 0] = float("nan")
        return Window(
            motion,
            torch.zeros(batch, 384),
            torch.ones(batch, dtype=torch.bool),
            partner=partner if self.partner else None,
            clips=tuple("bad" if row == 1 else "good" for row in range(batch)),
        )


def sources() -> Sources:
    return Sources(RandomPeople(), {"hhi": RandomPeople(partner=True)})


def tiny(seed: int = 0, size: str = "tiny") -> Networks:
    torch.manual_seed(seed)
    return Networks(MODELS[size])


def training(folder: Path, config: TrainingConfig = SMOKE, **rest: Any) -> Training:
    rest = {"networks": tiny(), "sources": sources(), "machine": CPU} | rest
    if "fabric" not in rest:
        rest["fabric"] = rest["machine"].fabric()
    return Training(config=config, folder=folder, **rest)


@dataclass(frozen=True)
class Square(Loss[tuple[()]]):
    """A loss of a linear layer: its weight, squared, times something."""

    module: torch.nn.Linear
    factor: float = 1.0

    def draw(self, step: int) -> tuple[()]:
        return ()

    def terms(self, batch: tuple[()]) -> tuple[Terms, Measures]:
        return {"square": self.factor * self.module.weight.square().sum()}, {}
