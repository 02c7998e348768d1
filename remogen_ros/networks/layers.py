"""Attention and transformer layers shared by all networks, batch first."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


class Context(NamedTuple):
    """What attention looks at: keys and values (B, heads, M, width / heads), mask (B, 1, 1, M)."""

    key: Tensor
    value: Tensor
    mask: Tensor | None


class Attention(nn.Module):
    """Multi-head attention of queries over a context of possibly different width."""

    def __init__(self, width: int, heads: int, context_width: int | None = None) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"a width of {width} does not divide among {heads} heads")
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(context_width or width, 2 * width)
        self.out = nn.Linear(width, width)

    def context(self, tokens: Tensor, usable: Tensor | None = None) -> Context:
        """Keys and values of context tokens, computed once for any number of queries.

        Args:
            tokens: (B, M, context_width).
            usable: (B, M) bool, which tokens may be attended to; at least one per row.
        """
        key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in self.key_value(tokens).chunk(2, dim=-1)
        )
        return Context(key, value, None if usable is None else usable[:, None, None, :])

    def forward(self, queries: Tensor, context: Context) -> Tensor:
        """(B, N, width) attending to the context -> (B, N, width)."""
        query = self.query(queries).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        mixed = scaled_dot_product_attention(
            query, context.key, context.value, attn_mask=context.mask
        )
        return self.out(mixed.transpose(1, 2).flatten(-2))

    def attend_self(self, tokens: Tensor) -> Tensor:
        """(B, N, width) attending to itself -> (B, N, width)."""
        return self(tokens, self.context(tokens))


def feedforward(width: int, hidden: int, dropout: float) -> nn.Sequential:
    """Two linear layers with a GELU between them."""
    return nn.Sequential(
        nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, width)
    )


class TransformerLayer(nn.Module):
    """Post-norm self-attention layer (as MLD and DART use)."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.feedforward = feedforward(width, hidden, dropout)
        self.attention_norm = nn.LayerNorm(width)
        self.feedforward_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, N, width) -> (B, N, width)."""
        tokens = self.attention_norm(tokens + self.dropout(self.attention.attend_self(tokens)))
        return self.feedforward_norm(tokens + self.dropout(self.feedforward(tokens)))


class SkipTransformer(nn.Module):
    """Transformer whose later layers also see the earlier ones' input, as in a U-Net (MLD)."""

    def __init__(self, layers: int, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        if layers % 2 == 0:
            raise ValueError(f"a skip transformer needs an odd number of layers, not {layers}")

        def block() -> TransformerLayer:
            return TransformerLayer(width, heads, hidden, dropout)

        self.down = nn.ModuleList(block() for _ in range(layers // 2))
        self.middle = block()
        self.up = nn.ModuleList(block() for _ in range(layers // 2))
        self.join = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(layers // 2))
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, N, width) -> (B, N, width)."""
        skipped = []
        for layer in self.down:
            tokens = layer(tokens)
            skipped.append(tokens)
        tokens = self.middle(tokens)
        for layer, join in zip(self.up, self.join, strict=True):
            tokens = layer(join(torch.cat((tokens, skipped.pop()), dim=-1)))
        return self.norm(tokens)


def sinusoid(positions: Tensor, width: int) -> Tensor:
    """(...,) positions -> (..., width) sinusoidal embedding (Vaswani et al., 2017)."""
    rates = torch.exp(
        torch.arange(0, width, 2, device=positions.device) * (-math.log(10000.0) / width)
    )
    angles = positions[..., None].to(rates.dtype) * rates
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)


def learned_positions(count: int, width: int) -> nn.Parameter:
    """(count, width) learned position embedding."""
    return nn.Parameter(torch.randn(count, width) * 0.02)
