"""Normalisation of features by mean and standard deviation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_LEAST_STD = 1e-3
"""A feature that hardly varies is not blown up to unit variance."""


@dataclass(frozen=True)
class Statistics:
    """Per-feature statistics of a training corpus.

    Attributes:
        mean: (D,).
        std: (D,), positive.
    """

    mean: Tensor
    std: Tensor

    def normalise(self, features: Tensor) -> Tensor:
        """(..., D) -> (..., D) of zero mean and unit variance over the corpus."""
        return (features - self.mean) / self.std

    def denormalise(self, features: Tensor) -> Tensor:
        """The inverse of `normalise`."""
        return features * self.std + self.mean

    def to(self, device: torch.device | str) -> Statistics:
        """The same statistics on another device."""
        return Statistics(self.mean.to(device), self.std.to(device))

    @staticmethod
    def of(features: Tensor) -> Statistics:
        """Statistics of (N, D) or (..., D) samples."""
        flat = features.flatten(0, -2)
        return Statistics(flat.mean(0), flat.std(0).clamp_min(_LEAST_STD))
