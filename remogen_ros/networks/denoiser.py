"""Latent denoiser: predicts the clean latent of the next segment (paper, Eq. 3 and 4)."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from remogen_ros.motion.features import FEATURE_COUNT
from remogen_ros.networks.config import HISTORY_FRAMES, DenoiserConfig
from remogen_ros.networks.layers import TransformerLayer, learned_positions, sinusoid


class Modulation(Protocol):
    """Changes the text token and the hidden tokens after a layer, as the mixed adapters do."""

    def intent(self) -> Tensor | None:
        """(B, width) shift of the text token of those to whom nothing is said, or None."""

    def __call__(self, layer: int, hidden: Tensor) -> Tensor:
        """(B, N, width) after layer number `layer`, counted from 1 -> the same shape."""


class Denoiser(nn.Module):
    """Transformer over the tokens [time, text, H history frames, noisy latent]."""

    def __init__(self, config: DenoiserConfig, latent: int) -> None:
        super().__init__()
        width = config.width
        self.width = width
        self.embed_time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.embed_text = nn.Linear(config.text, width)
        self.null_text = nn.Parameter(torch.zeros(config.text))
        self.embed_history = nn.Linear(FEATURE_COUNT, width)
        self.embed_latent = nn.Linear(latent, width)
        self.positions = learned_positions(3 + HISTORY_FRAMES, width)
        self.layers = nn.ModuleList(
            TransformerLayer(width, config.heads, config.feedforward, config.dropout)
            for _ in range(config.layers)
        )
        self.to_latent = nn.Linear(width, latent)
        self.register_buffer("latent_std", torch.ones(()))
        self.latent_std: Tensor

    def forward(
        self,
        noisy: Tensor,
        step: Tensor,
        history: Tensor,
        text: Tensor,
        text_known: Tensor,
        modulation: Modulation | None = None,
    ) -> Tensor:
        """Predict the clean latent.

        Args:
            noisy: (B, latent), in units of `latent_std`.
            step: (B,) diffusion step, 0 the least noisy.
            history: (B, H, 276) normalised features.
            text: (B, text) sentence embeddings; ignored where not known.
            text_known: (B,) bool; elsewhere the learned null text is used.
            modulation: the mixed adapters, or None for the prior alone.

        Returns:
            (B, latent), in units of `latent_std`.
        """
        text = torch.where(text_known[:, None], text, self.null_text)
        said = self.embed_text(text)
        intent = None if modulation is None else modulation.intent()
        if intent is not None:
            said = said + torch.where(text_known[:, None], 0.0, intent)
        tokens = torch.cat(
            (
                self.embed_time(sinusoid(step, self.width))[:, None],
                said[:, None],
                self.embed_history(history),
                self.embed_latent(noisy)[:, None],
            ),
            dim=1,
        )
        hidden = tokens + self.positions
        for number, layer in enumerate(self.layers, start=1):
            hidden = layer(hidden)
            if modulation is not None:
                hidden = modulation(number, hidden)
        return self.to_latent(hidden[:, -1])
