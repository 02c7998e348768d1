"""All randomness of one phase on one process: where it comes from, and on which device."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_RANK_STRIDE = 15_485_863
"""Seeds of different processes are this far apart; those of one run are nearer. (Not 2^32: of a
seed on the CPU, only the last 32 bits count.)"""


@dataclass(frozen=True)
class Randomness:
    """Two generators, so that no number has to travel to be used.

    Attributes:
        host: on the CPU, for what Python decides and sources draw.
        device: on the device that trains, for noise and dropout; the same one on a CPU.
    """

    host: torch.Generator
    device: torch.Generator

    @staticmethod
    def of(seed: int, rank: int = 0, device: torch.device | str = "cpu") -> Randomness:
        """Fresh generators; each process (rank) has a stream of its own."""
        seed += _RANK_STRIDE * rank
        host = torch.Generator().manual_seed(seed)
        if torch.device(device).type == "cpu":
            return Randomness(host, host)
        return Randomness(host, torch.Generator(device).manual_seed(seed))

    @property
    def place(self) -> torch.device:
        """The device that trains."""
        return self.device.device

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers."""
        return torch.randn(shape, generator=self.device, device=self.place)

    def uniform(self, *shape: int) -> Tensor:
        """Numbers in 0 .. 1."""
        return torch.rand(shape, generator=self.device, device=self.place)

    def below(self, limit: int, *shape: int) -> Tensor:
        """Whole numbers 0 .. limit - 1."""
        return torch.randint(limit, shape, generator=self.device, device=self.place)

    def chance(self, probability: float, *shape: int) -> Tensor:
        """Booleans, true with that probability."""
        return self.uniform(*shape) < probability

    def choice(self, limit: int) -> int:
        """One whole number 0 .. limit - 1, for Python."""
        return int(torch.randint(limit, (1,), generator=self.host))

    def decides(self, probability: float) -> bool:
        """True with that probability, for Python."""
        return bool(torch.rand(1, generator=self.host) < probability)

    def seed_dropout(self) -> None:
        """Dropout alone takes PyTorch's own generators: those start from here."""
        torch.manual_seed(self.host.initial_seed())

    def state(self) -> list[Tensor]:
        """What `restore` takes, for a checkpoint; with it, that of dropout."""
        states = [self.host.get_state(), self.device.get_state(), torch.get_rng_state()]
        if self.place.type == "cuda":
            states.append(torch.cuda.get_rng_state(self.place))
        return states

    def restore(self, state: list[Tensor]) -> None:
        """Go on as when `state` was taken."""
        host, device, dropout, *dropout_device = state
        self.host.set_state(host)
        self.device.set_state(device)
        torch.set_rng_state(dropout)
        if dropout_device and self.place.type == "cuda":
            torch.cuda.set_rng_state(dropout_device[0], self.place)
