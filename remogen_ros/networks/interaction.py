"""Meta-Interaction: feature-wise modulation of hidden tokens by cues (paper, Eq. 5 to 7)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from remogen_ros.networks.layers import Attention, Context, feedforward


def _zero(layer: nn.Linear) -> nn.Linear:
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class InteractionBlock(nn.Module):
    """Self-attention, then FiLM from cross-attention to the cues, then a feed-forward residual.

    Every path into the output starts at zero, so that an untrained block is exactly the identity.
    """

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.attention_gate = nn.Parameter(torch.zeros(width))
        self.query_norm = nn.LayerNorm(width)
        self.cue_norm = nn.LayerNorm(width)
        self.cross_attention = Attention(width, heads)
        # Unbounded, what FiLM sees grows until its tanh is flat and nothing is learned any more.
        self.context_norm = nn.LayerNorm(width)
        self.film = _zero(nn.Linear(width, 2 * width))
        self.feedforward_norm = nn.LayerNorm(width)
        self.feedforward = feedforward(width, hidden, 0.0)
        self.feedforward_gate = nn.Parameter(torch.zeros(width))

    def context(self, cues: Tensor, usable: Tensor) -> Context:
        """Prepare cue tokens (B, M, width), of which `usable` (B, M) exist, for `forward`."""
        return self.cross_attention.context(self.cue_norm(cues), usable)

    def forward(self, hidden: Tensor, cues: Context) -> Tensor:
        """What to add to the hidden tokens (B, N, width), given prepared cues: the same shape."""
        normed = self.norm(hidden)
        attended = hidden + self.attention_gate * self.attention.attend_self(normed)
        context = self.cross_attention(self.query_norm(attended), cues)
        gamma, beta = self.film(self.context_norm(context)).chunk(2, dim=-1)
        modulated = (1 + gamma.tanh()) * attended + beta.tanh()
        out = modulated + self.feedforward_gate * self.feedforward(self.feedforward_norm(modulated))
        return out - hidden


def clip_delta(delta: Tensor, hidden: Tensor, limit: float) -> tuple[Tensor, Tensor]:
    """Shorten each token's delta to at most `limit` times the norm of that hidden token.

    Args:
        delta, hidden: (B, N, width).

    Returns:
        The clipped delta and (B, N) bool, where it was clipped.
    """
    longest = limit * hidden.norm(dim=-1, keepdim=True)
    length = delta.norm(dim=-1, keepdim=True)
    clipped = length > longest
    return torch.where(clipped, delta * (longest / length.clamp_min(1e-12)), delta), clipped[..., 0]
