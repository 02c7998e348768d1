"""Motion VAE: one latent token for the F future frames, given the H history frames (as in DART)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from remogen_ros.motion.features import FEATURE_COUNT
from remogen_ros.networks.config import FUTURE_FRAMES, HISTORY_FRAMES, VaeConfig
from remogen_ros.networks.layers import SkipTransformer, learned_positions

_LOG_VARIANCE_BOUND = 10.0


class MotionVae(nn.Module):
    """Encoder (history, future) -> latent, decoder (latent, history) -> future.

    All features are normalised and in the canonical frame of the last history frame.
    """

    def __init__(self, config: VaeConfig) -> None:
        super().__init__()
        width = config.width
        stack = (config.layers, width, config.heads, config.feedforward, config.dropout)
        self.embed = nn.Linear(FEATURE_COUNT, width)
        self.distribution_tokens = learned_positions(2, width)
        self.encoder_positions = learned_positions(2 + HISTORY_FRAMES + FUTURE_FRAMES, width)
        self.encoder = SkipTransformer(*stack)
        self.to_latent = nn.Linear(width, config.latent)
        self.from_latent = nn.Linear(config.latent, width)
        self.decoder_positions = learned_positions(1 + HISTORY_FRAMES + FUTURE_FRAMES, width)
        self.decoder = SkipTransformer(*stack)
        self.to_features = nn.Linear(width, FEATURE_COUNT)

    def encode(self, history: Tensor, future: Tensor) -> tuple[Tensor, Tensor]:
        """(B, H, 276), (B, F, 276) -> mean and log-variance, (B, latent) each."""
        frames = self.embed(torch.cat((history, future), dim=1))
        tokens = self.distribution_tokens.expand(len(frames), -1, -1)
        out = self.encoder(torch.cat((tokens, frames), dim=1) + self.encoder_positions)
        mean, log_variance = self.to_latent(out[:, :2]).unbind(1)
        return mean, log_variance.clamp(-_LOG_VARIANCE_BOUND, _LOG_VARIANCE_BOUND)

    def decode(self, latent: Tensor, history: Tensor) -> Tensor:
        """(B, latent), (B, H, 276) -> (B, F, 276)."""
        code = self.from_latent(latent)[:, None]
        queries = code.new_zeros(len(code), FUTURE_FRAMES, code.shape[-1])
        tokens = torch.cat((code, self.embed(history), queries), dim=1) + self.decoder_positions
        # The offset from the last history frame is what is learned: a still body stays still.
        return history[:, -1:] + self.to_features(self.decoder(tokens)[:, -FUTURE_FRAMES:])
