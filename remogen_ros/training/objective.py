"""What a phase minimises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from torch import Tensor, nn

LossState = dict[str, Tensor | int]
Terms = dict[str, Tensor]
Measures = dict[str, Tensor]

Batch = TypeVar("Batch")


class Loss(ABC, Generic[Batch]):
    """Draws batches, and says how far the networks are off on them.

    All that is decided in Python happens while a batch is drawn. What its terms are depends on its
    tensors alone, so that a GPU can work them out without Python.
    """

    @abstractmethod
    def draw(self, step: int) -> Batch:
        """The next batch: tensors, in dataclasses and tuples; what else is in it is the same each
        time, or of few kinds."""

    @abstractmethod
    def terms(self, batch: Batch) -> tuple[Terms, Measures]:
        """Loss terms, already weighted, whose sum is minimised; and what else is worth logging."""

    def follow(self, step: int) -> None:
        """What is to be done between this batch and the next one, the networks having learned."""

    def __call__(self, step: int) -> Terms:
        """Terms of the next batch; nothing is learned from it."""
        terms, _ = self.terms(self.draw(step))
        self.follow(step)
        return terms

    def state(self) -> LossState:
        """What it remembers from batch to batch, beside its generators: for a checkpoint."""
        return {}

    def restore(self, state: LossState) -> None:
        """Go on as when `state` was taken; the generators have been restored already."""
        assert not state, "a loss with a state restores it"


class Objective(nn.Module):
    """A module in training with its losses, as the one forward pass that DDP and Fabric wrap.

    Attributes:
        batches: one for each loss; set before each pass, as Fabric would rebuild arguments.
    """

    def __init__(self, module: nn.Module, losses: tuple[Loss, ...]) -> None:
        super().__init__()
        self.module = module
        self.batches: tuple[object, ...] = ()
        self._losses = losses

    def forward(self, part: int) -> tuple[Terms, Measures]:
        """Loss terms and measures of one part of a step's batch."""
        return self._losses[part].terms(self.batches[part])
