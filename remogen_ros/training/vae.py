"""Phase 1a: the motion VAE."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.networks.assembly import Prior
from remogen_ros.training.config import TrainingConfig
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.losses import body_losses, feature_loss
from remogen_ros.training.objective import Loss, Measures, Terms
from remogen_ros.training.segments import Segment, segment_at, window_frames

_LATENT_BATCHES = 20


@dataclass(frozen=True)
class VaeBatch:
    """(B, H, 276) and (B, F, 276) normalised features, and (B, latent) noise."""

    history: Tensor
    future: Tensor
    noise: Tensor


@dataclass(frozen=True)
class VaeLoss(Loss[VaeBatch]):
    """Reconstruction of one segment from its sampled latent, and the latent's divergence."""

    prior: Prior
    windows: Drawing
    config: TrainingConfig

    def draw(self, step: int) -> VaeBatch:
        """A fresh batch."""
        segment = _segment(self.prior, self.windows)
        noise = self.windows.random.normal(self.windows.batch, self.prior.vae.latent)
        return VaeBatch(segment.history, segment.future, noise)

    def terms(self, batch: VaeBatch) -> tuple[Terms, Measures]:
        """See `Loss`."""
        mean, log_variance = self.prior.vae.encode(batch.history, batch.future)
        mean, log_variance = mean.float(), log_variance.float()
        sampled = mean + batch.noise * (0.5 * log_variance).exp()
        future = self.prior.vae.decode(sampled, batch.history)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
        weights = self.config.vae.body.model_dump()
        body = body_losses(future, batch.future, batch.history[:, -1], self.prior.statistics)
        terms = {
            "features": feature_loss(future, batch.future),
            "kl": self.config.kl * divergence,
        }
        return terms | {name: weights[name] * term for name, term in body.items()}, {}


@torch.no_grad()
def measure_latent_std(prior: Prior, windows: Drawing) -> None:
    """Set the unit in which the denoiser works: the spread of the corpus' latents."""
    latents = []
    for _ in range(_LATENT_BATCHES):
        segment = _segment(prior, windows)
        latents.append(prior.vae.encode(segment.history, segment.future)[0])
    prior.denoiser.latent_std.copy_(torch.cat(latents).std())


def _segment(prior: Prior, windows: Drawing) -> Segment:
    window = windows.window(window_frames(1))
    return segment_at(window.motion, 0, prior.statistics)
