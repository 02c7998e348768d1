"""Networks of the text-motion evaluator: both modalities to unit vectors of one space.

As TMR (Petrovich et al., ICCV 2023) and InterCLIP (Liang et al., IJCV 2024), reduced to what is
measured with: a transformer reads the motion into one token, an MLP maps the sentence embedding.
"""

from __future__ import annotations

import math

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn.functional import normalize, pad

from remogen_ros.evaluation.evaluator_features import (
    EGO_FEATURES,
    PARTNER_FEATURES,
    evaluator_features,
)
from remogen_ros.motion.statistics import Statistics
from remogen_ros.networks.layers import Attention, feedforward, sinusoid

LONGEST_FRAMES = 120
"""Frames (12 s) of a motion that are looked at; later ones are ignored."""

_PATCH = 4
"""Frames of one token."""

_OUTLIER = 10.0
"""Standard deviations beyond which a feature is cut off."""

_FIRST_TEMPERATURE, _LEAST_TEMPERATURE = 0.07, 0.01


class EvaluatorConfig(BaseModel):
    """Sizes of the evaluator's networks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pairs: bool = Field(description="whether it sees the partner beside the ego")
    layers: int = Field(3, ge=1)
    width: int = Field(160, ge=8)
    heads: int = Field(4, ge=1)
    feedforward: int = Field(320, ge=8)
    dropout: float = Field(0.1, ge=0, lt=1)
    sentence: int = Field(384, ge=1, description="width of the sentence embeddings")
    sentence_hidden: int = Field(512, ge=8)
    embedding: int = Field(256, ge=2)


class _Layer(nn.Module):
    """Pre-norm self-attention among the tokens that are used."""

    def __init__(self, config: EvaluatorConfig) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(config.width)
        self.attention = Attention(config.width, config.heads)
        self.feedforward_norm = nn.LayerNorm(config.width)
        self.feedforward = feedforward(config.width, config.feedforward, dropout=0.0)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, tokens: Tensor, used: Tensor) -> Tensor:
        """(B, N, width), (B, N) bool -> (B, N, width)."""
        normed = self.attention_norm(tokens)
        attended = self.attention(normed, self.attention.context(normed, used))
        tokens = tokens + self.dropout(attended)
        return tokens + self.dropout(self.feedforward(self.feedforward_norm(tokens)))


class MotionEncoder(nn.Module):
    """A clip of any length, with its partner or without, to one unit vector."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: EvaluatorConfig) -> None:
        super().__init__()
        features = EGO_FEATURES + (PARTNER_FEATURES if config.pairs else 0)
        self.width = config.width
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("std", torch.ones(features))
        self.tokens = nn.Linear(_PATCH * features, config.width)
        self.readout = nn.Parameter(torch.randn(config.width) * 0.02)
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.layers))
        self.out = nn.Sequential(
            nn.LayerNorm(config.width), nn.Linear(config.width, config.embedding)
        )

    def calibrate(self, statistics: Statistics) -> None:
        """Normalise features by these statistics from now on."""
        self.mean.copy_(statistics.mean)
        self.std.copy_(statistics.std)

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, D) features, of which the first (B,) frames count -> (B, embedding)."""
        used = torch.arange(features.shape[1], device=features.device) < lengths[:, None]
        normal = ((features - self.mean) / self.std).clamp(-_OUTLIER, _OUTLIER)
        normal = pad(normal * used[..., None], (0, 0, 0, -features.shape[1] % _PATCH))
        tokens = self.tokens(normal.unflatten(1, (-1, _PATCH)).flatten(2))
        tokens = tokens + sinusoid(
            torch.arange(tokens.shape[1], device=tokens.device), self.width
        ).to(tokens.dtype)
        tokens = torch.cat((self.readout.expand(len(tokens), 1, -1), tokens), dim=1)
        used = torch.cat((torch.ones_like(used[:, :1]), used[:, ::_PATCH]), dim=1)
        for layer in self.layers:
            tokens = layer(tokens, used)
        return normalize(self.out(tokens[:, 0]), dim=-1)


class EvaluatorNetworks(nn.Module):
    """Both encoders, and the temperature that they are trained with."""

    def __init__(self, config: EvaluatorConfig) -> None:
        super().__init__()
        self.config = config
        self.motion = MotionEncoder(config)
        self.sentence = nn.Sequential(
            nn.LayerNorm(config.sentence, elementwise_affine=False),
            nn.Linear(config.sentence, config.sentence_hidden),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.sentence_hidden, config.embedding),
        )
        self.log_scale = nn.Parameter(torch.tensor(-math.log(_FIRST_TEMPERATURE)))

    def scale(self) -> Tensor:
        """() by what cosines are multiplied to make logits: one over the temperature."""
        return self.log_scale.clamp(max=-math.log(_LEAST_TEMPERATURE)).exp()

    def embed_joints(
        self, ego: Tensor, partner: Tensor | None = None, lengths: Tensor | None = None
    ) -> Tensor:
        """(B, T, 22, 3) world joints, of which the first (B,) frames count -> (B, embedding)."""
        if (partner is not None) != self.config.pairs:
            wanted = "pairs, and needs a partner" if self.config.pairs else "single people"
            raise ValueError(f"this evaluator is one of {wanted}")
        ego = ego[:, :LONGEST_FRAMES]
        partner = None if partner is None else partner[:, :LONGEST_FRAMES]
        if lengths is None:
            lengths = torch.full((len(ego),), ego.shape[1], device=ego.device)
        return self.motion(evaluator_features(ego, partner), lengths)

    def embed_sentences(self, sentences: Tensor) -> Tensor:
        """(B, sentence) sentence embeddings -> (B, embedding)."""
        return normalize(self.sentence(sentences), dim=-1)
