"""Others encoder: a temporal convolutional network over each partner's last 16 frames."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from remogen_ros.cues.partners import PARTNER_FEATURE_COUNT, known_features, typical_partner
from remogen_ros.networks.layers import learned_positions

_KERNEL = 3


class CausalBlock(nn.Module):
    """Residual dilated causal convolution: no output sees a later input."""

    def __init__(self, width: int, dilation: int, normalised: bool = True) -> None:
        super().__init__()
        self.reach = (_KERNEL - 1) * dilation
        # Whatever follows normalises tokens, so nothing holds their length: without a norm here,
        # it grew tenfold in each block, and all partners became the same token.
        self.norm = nn.LayerNorm(width) if normalised else nn.Identity()
        self.convolution = nn.Conv1d(width, width, _KERNEL, dilation=dilation)
        self.mix = nn.Conv1d(width, width, 1)

    def forward(self, sequence: Tensor) -> Tensor:
        """(N, T, width) -> (N, T, width)."""
        normed = self.norm(sequence).transpose(-1, -2)
        seen = self.convolution(pad(normed, (self.reach, 0)))
        return sequence + self.mix(nn.functional.gelu(seen)).transpose(-1, -2)


class OthersEncoder(nn.Module):
    """Partner windows to tokens; any number of partners, told apart only by what they do."""

    def __init__(
        self, tcn_width: int, tcn_layers: int, tokens: int, width: int, normalised: bool = True
    ) -> None:
        super().__init__()
        self.tokens = tokens
        self.normalised = normalised
        self.embed = nn.Linear(PARTNER_FEATURE_COUNT, tcn_width)
        self.blocks = nn.Sequential(
            *(CausalBlock(tcn_width, 2**i, normalised) for i in range(tcn_layers))
        )
        self.norm = nn.LayerNorm(tcn_width) if normalised else nn.Identity()
        self.out = nn.Linear(tcn_width, width)
        self.positions = learned_positions(tokens, width)
        mean, spread = typical_partner()
        self.register_buffer("feature_mean", mean, persistent=False)
        self.register_buffer("feature_spread", spread, persistent=False)
        self.feature_mean: Tensor
        self.feature_spread: Tensor

    def forward(self, partners: Tensor) -> Tensor:
        """(B, P, 16, 159) -> (B, P * tokens, width): the newest `tokens` frames of each partner."""
        batch, count = partners.shape[:2]
        if self.normalised:
            known = known_features(partners)
            partners = (partners - self.feature_mean) / self.feature_spread * known
        newest = self.blocks(self.embed(partners.flatten(0, 1)))[:, -self.tokens :]
        tokens = self.out(self.norm(newest)) + self.positions
        return tokens.reshape(batch, count * self.tokens, -1)

    def hear_like(self, other: OthersEncoder) -> None:
        """Take over what an encoder of the same widths, of any number of tokens, tells apart."""
        learned = {k: v for k, v in other.state_dict().items() if k != "positions"}
        self.load_state_dict(learned, strict=False)

    def token_mask(self, present: Tensor) -> Tensor:
        """(B, P) bool, which partners exist -> (B, P * tokens) bool."""
        return torch.repeat_interleave(present, self.tokens, dim=1)
