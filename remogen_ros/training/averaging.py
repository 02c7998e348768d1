"""Exponential moving average of the weights in training (EMA)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """The average of a module's trained parameters; the others and buffers are the module's own.

    Its state has the keys of `torch.optim.swa_utils.AveragedModel`.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self._module = module
        self._decay = decay
        self._count = 0
        self._live: dict[str, Tensor] = {
            name: p for name, p in module.named_parameters() if p.requires_grad
        }
        self._mean = {name: p.detach().clone() for name, p in self._live.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights as they are now; the first ones as a whole."""
        mean, live = list(self._mean.values()), list(self._live.values())
        if self._count == 0:
            torch._foreach_copy_(mean, live)
        else:
            torch._foreach_lerp_(mean, live, 1 - self._decay)
        self._count += 1

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The module has the averaged weights meanwhile."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def keep(self) -> None:
        """The module has the averaged weights from now on."""
        self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        mean, live = list(self._mean.values()), list(self._live.values())
        kept = [p.detach().clone() for p in live]
        torch._foreach_copy_(live, mean)
        torch._foreach_copy_(mean, kept)

    def state(self) -> dict[str, Tensor]:
        """For a checkpoint."""
        weights = {name: self._mean.get(name, v) for name, v in self._module.state_dict().items()}
        return {"n_averaged": torch.tensor(self._count)} | {
            f"module.{name}": value for name, value in weights.items()
        }

    @torch.no_grad()
    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a state of this module."""
        self._count = int(state["n_averaged"])
        for name, mean in self._mean.items():
            mean.copy_(state[f"module.{name}"])
