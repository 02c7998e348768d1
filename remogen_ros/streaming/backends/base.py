"""What an engine needs of a back end."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

Function = Callable[..., tuple[Tensor, ...]]


@dataclass(frozen=True)
class Functions:
    """The functions of `remogen_ros.networks.functions`, for one set of adapters.

    Attributes:
        adapters: their names, in the order of the mix weights that `predict` is given.
        encode: `CueEncoding`.
        predict: `CleanPrediction`.
        segment: `SegmentPoses`.
        refined: `RefinedPoses`.
    """

    adapters: tuple[str, ...]
    encode: Function
    predict: Function
    segment: Function
    refined: Function


class Backend(Protocol):
    """Runs the networks of one model, with guidance or without."""

    @property
    def name(self) -> str:
        """As in `--backend`."""

    @property
    def device(self) -> torch.device:
        """Where the functions work. What they are given may lie elsewhere; poses come to the CPU,
        everything else stays."""

    def functions(self, adapters: Collection[str]) -> Functions:
        """Those that mix at least these adapters; the weights of the others must be 0."""


def carried(functions: Functions, device: torch.device) -> Functions:
    """The same functions on a device: what they are given goes there, poses come back."""
    if device.type == "cpu":
        return functions

    def there(function: Function) -> Function:
        return lambda *given: function(*(value.to(device) for value in given))

    def and_back(function: Function) -> Function:
        def call(*given: Tensor) -> tuple[Tensor, ...]:
            roots, rotations, *rest = function(*(value.to(device) for value in given))
            return (roots.cpu(), rotations.cpu(), *rest)

        return call

    return Functions(
        functions.adapters,
        there(functions.encode),
        there(functions.predict),
        and_back(functions.segment),
        and_back(functions.refined),
    )
