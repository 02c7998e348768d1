"""A linear code of motion segments, fitted in closed form: where the motion VAE starts from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from remogen_ros.networks.precision import exact


@dataclass(frozen=True)
class FittedCode:
    """What `LinearCode` holds, for normalised features of D dimensions.

    Attributes:
        prediction: (H * D + 1, F * D) history (and 1) -> expected offsets from its last frame.
        analysis: (F * D, latent) what was not expected -> code.
        synthesis: (latent, F * D) code -> offsets.
    """

    prediction: Tensor
    analysis: Tensor
    synthesis: Tensor


class LinearCode(nn.Module):
    """Offsets of a segment from the last history frame, coded linearly. All zero until fitted.

    The fit (`training.linear_code`) is the best linear one in metres; it is kept, not trained.
    """

    def __init__(self, history: int, future: int, features: int, latent: int) -> None:
        super().__init__()
        self._future = future
        rows, columns = history * features + 1, future * features
        self.register_buffer("prediction", torch.zeros(rows, columns))
        self.register_buffer("analysis", torch.zeros(columns, latent))
        self.register_buffer("synthesis", torch.zeros(latent, columns))
        self.prediction: Tensor
        self.analysis: Tensor
        self.synthesis: Tensor

    def set_fit(self, fitted: FittedCode) -> None:
        """Store a fit."""
        self.prediction.copy_(fitted.prediction)
        self.analysis.copy_(fitted.analysis)
        self.synthesis.copy_(fitted.synthesis)

    @exact
    def encode(self, history: Tensor, future: Tensor) -> Tensor:
        """(B, H, D), (B, F, D) -> (B, latent)."""
        offsets = (future - history[:, -1:]).flatten(1)
        return (offsets - self._expected(history)) @ self.analysis

    @exact
    def decode(self, latent: Tensor, history: Tensor) -> Tensor:
        """(B, latent), (B, H, D) -> (B, F, D)."""
        offsets = self._expected(history) + latent @ self.synthesis
        return history[:, -1:] + offsets.unflatten(1, (self._future, -1))

    def _expected(self, history: Tensor) -> Tensor:
        return history.flatten(1) @ self.prediction[:-1] + self.prediction[-1]
