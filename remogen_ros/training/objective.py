"""What a phase minimises."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

LossState = dict[str, Tensor | int]


class Loss(ABC):
    """Draws batches, and says how far the networks are off on them."""

    @abstractmethod
    def __call__(self, step: int) -> dict[str, Tensor]:
        """Loss terms of the next batch, already weighted; their sum is minimised."""

    def state(self) -> LossState:
        """What it remembers from batch to batch, beside its generators: for a checkpoint."""
        return {}

    def restore(self, state: LossState) -> None:
        """Go on as when `state` was taken; the generators have been restored already."""
        assert not state, "a loss with a state restores it"

    def measures(self) -> dict[str, float]:
        """What else is worth logging of the newest batch. Waits for the device."""
        return {}


class Objective(nn.Module):
    """A module in training with its losses, as the one forward pass that DDP and Fabric wrap."""

    def __init__(self, module: nn.Module, losses: tuple[Loss, ...]) -> None:
        super().__init__()
        self.module = module
        self._losses = losses

    def forward(self, step: int, part: int) -> dict[str, Tensor]:
        """Loss terms of one part of a step's batch."""
        return self._losses[part](step)
