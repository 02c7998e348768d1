"""Phase 3: Frame-wise Segment Refinement, on the frozen prior and adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.diffusion.sampler import Conditions
from remogen_ros.diffusion.schedule import Schedule
from remogen_ros.motion.features import encode
from remogen_ros.networks.adapter import Adapter
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import FUTURE_FRAMES, HISTORY_FRAMES
from remogen_ros.training.batches import Source, Window
from remogen_ros.training.config import TrainingConfig
from remogen_ros.training.denoising import aged_cues, generated_latent
from remogen_ros.training.losses import body_losses, feature_loss
from remogen_ros.training.segments import Segment, segment_at, window_frames


@dataclass(frozen=True)
class RefinementLoss:
    """The segment was denoised from what was known before it; the newest frame corrects it.

    All samples of a batch refine the same place of the segment, drawn anew at each step.
    """

    networks: Networks
    adapters: Sequence[tuple[Adapter, float]]
    source: Source
    schedule: Schedule
    config: TrainingConfig
    random: torch.Generator

    def __call__(self, step: int) -> dict[str, Tensor]:
        """Weighted loss terms of a fresh batch."""
        prior, stage = self.networks.prior, self.config.refinement
        statistics = prior.statistics
        window = self.source.draw(stage.batch, window_frames(2), self.random)
        segment = segment_at(window.motion, 1, statistics)
        place = int(torch.randint(FUTURE_FRAMES, (1,), generator=self.random))
        latent, drawn = self._denoised(window, segment)
        now = segment.start + place - 1
        recent = window.motion.frames(now - HISTORY_FRAMES, now + 1)
        shown = statistics.normalise(encode(recent, segment.frame))
        # What was shown so far lies between the truth and the unrefined segment; from there the
        # target eases to the truth by the segment's end, so that no frame is asked to jump.
        share = torch.rand(len(shown), 1, 1, generator=self.random)
        unrefined = torch.cat((segment.history, drawn), dim=1)
        shown = torch.lerp(shown, unrefined[:, place : place + HISTORY_FRAMES], share)
        ease = torch.linspace(1, 0, FUTURE_FRAMES - place + 2)[1:-1, None]
        target = torch.lerp(segment.future[:, place:], drawn[:, place:], share * ease)
        cues = window.cues(now, segment.frame)
        refined = self.networks.refinement(
            latent,
            torch.full((len(latent),), place),
            shown,
            cues.partners,
            cues.partner_present,
        )
        future = prior.decode(refined, segment.history)[:, place:]
        weights = stage.body.model_dump()
        body = body_losses(future, target, shown[:, -1], statistics)
        return {"features": feature_loss(future, target)} | {
            name: weights[name] * term for name, term in body.items()
        }

    @torch.no_grad()
    def _denoised(self, window: Window, segment: Segment) -> tuple[Tensor, Tensor]:
        """The segment's latent, denoised from what was perceived before it, and its frames."""
        prior = self.networks.prior
        cues = aged_cues(window, segment, self.config.cue_age, self.random)
        known = torch.rand(len(window.text), generator=self.random) < 0.5
        given = Conditions(segment.history, window.text, window.text_known & known, cues)
        latent = generated_latent(prior, self.adapters, self.schedule, given, self.random)
        return latent, prior.decode(latent, segment.history)
