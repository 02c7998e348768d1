"""Motion VAE: one latent token for the F future frames, given the H history frames (as in DART).

A linear code, fitted in closed form, carries most of a segment; the transformers learn what it
misses. Until the code is fitted they carry everything.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from remogen_ros.motion.features import FEATURE_COUNT
from remogen_ros.networks.config import FUTURE_FRAMES, HISTORY_FRAMES, VaeConfig
from remogen_ros.networks.layers import SkipTransformer, learned_positions
from remogen_ros.networks.linear_code import FittedCode, LinearCode

_LOG_VARIANCE_BOUND = 10.0
_LOG_VARIANCE_START = -6.0


class MotionVae(nn.Module):
    """Encoder (history, future) -> latent, decoder (latent, history) -> future.

    All features are normalised and in the canonical frame of the last history frame.
    """

    def __init__(self, config: VaeConfig) -> None:
        super().__init__()
        width = config.width
        self.latent = config.latent
        stack = (config.layers, width, config.heads, config.feedforward, config.dropout)
        self.embed = nn.Linear(FEATURE_COUNT, width)
        self.distribution_tokens = learned_positions(2, width)
        self.encoder_positions = learned_positions(2 + HISTORY_FRAMES + FUTURE_FRAMES, width)
        self.encoder = SkipTransformer(*stack)
        self.to_mean = nn.Linear(width, config.latent)
        self.to_log_variance = nn.Linear(width, config.latent)
        self.from_latent = nn.Linear(config.latent, width)
        self.decoder_positions = learned_positions(1 + HISTORY_FRAMES + FUTURE_FRAMES, width)
        self.decoder = SkipTransformer(*stack)
        self.to_features = nn.Linear(width, FEATURE_COUNT)
        self.linear = LinearCode(HISTORY_FRAMES, FUTURE_FRAMES, FEATURE_COUNT, config.latent)

    def start_from(self, fitted: FittedCode) -> None:
        """Become exactly the fitted linear code, from which the transformers learn on."""
        self.linear.set_fit(fitted)
        for layer in (self.to_mean, self.to_log_variance, self.to_features):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        nn.init.constant_(self.to_log_variance.bias, _LOG_VARIANCE_START)

    def encode(self, history: Tensor, future: Tensor) -> tuple[Tensor, Tensor]:
        """(B, H, 276), (B, F, 276) -> mean and log-variance, (B, latent) each."""
        frames = self.embed(torch.cat((history, future), dim=1))
        tokens = self.distribution_tokens.expand(len(frames), -1, -1)
        out = self.encoder(torch.cat((tokens, frames), dim=1) + self.encoder_positions)
        mean = self.linear.encode(history, future) + self.to_mean(out[:, 0])
        log_variance = self.to_log_variance(out[:, 1])
        return mean, log_variance.clamp(-_LOG_VARIANCE_BOUND, _LOG_VARIANCE_BOUND)

    def decode(self, latent: Tensor, history: Tensor) -> Tensor:
        """(B, latent), (B, H, 276) -> (B, F, 276)."""
        code = self.from_latent(latent)[:, None]
        queries = code.new_zeros(len(code), FUTURE_FRAMES, code.shape[-1])
        tokens = torch.cat((code, self.embed(history), queries), dim=1) + self.decoder_positions
        learned = self.to_features(self.decoder(tokens)[:, -FUTURE_FRAMES:])
        return self.linear.decode(latent, history) + learned
