"""Phase 3: Frame-wise Segment Refinement, on the frozen prior and adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.diffusion.sampler import Conditions, Denoising
from remogen_ros.diffusion.schedule import Schedule
from remogen_ros.motion.features import encode
from remogen_ros.networks.adapter import Adapter, Cues
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import FUTURE_FRAMES, HISTORY_FRAMES
from remogen_ros.networks.precision import exact
from remogen_ros.training.batches import Window
from remogen_ros.training.config import TrainingConfig
from remogen_ros.training.denoising import aged_cues
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.losses import body_losses, feature_loss
from remogen_ros.training.objective import Loss
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import Segment, segment_at, window_frames

_NOISIEST = 0.8
"""Share of the diffusion steps within which the segments to be refined are made."""

_LATENCIES = 2
"""Frames of a tracker's latency that refinement learns with: 0 .. this - 1."""


@dataclass(frozen=True)
class RefinementLoss(Loss):
    """The segment was denoised from what was known before it; the newest frame corrects it.

    All samples of a batch refine the same place of the segment, drawn anew at each step.
    """

    networks: Networks
    adapters: Sequence[tuple[Adapter, float]]
    windows: Drawing
    schedule: Schedule
    config: TrainingConfig

    @property
    def _random(self) -> Randomness:
        return self.windows.random

    def __call__(self, step: int) -> dict[str, Tensor]:
        """Weighted loss terms of a fresh batch."""
        prior, stage = self.networks.prior, self.config.refinement
        statistics = prior.statistics
        window = self.windows.window(window_frames(2))
        segment = segment_at(window.motion, 1, statistics)
        place = self._random.choice(FUTURE_FRAMES)
        latent, drawn = self._denoised(window, segment)
        now = segment.start + place
        shown, cues = self._perceived(window, segment, now)
        # What was shown so far lies between the truth and the unrefined segment; from there the
        # target eases to the truth by the segment's end, so that no frame is asked to jump.
        share = self._random.uniform(len(shown), 1, 1)
        unrefined = torch.cat((segment.history, drawn), dim=1)
        shown = torch.lerp(shown, unrefined[:, place : place + HISTORY_FRAMES], share)
        ease = torch.linspace(1, 0, FUTURE_FRAMES - place + 2, device=shown.device)[1:-1, None]
        target = torch.lerp(segment.future[:, place:], drawn[:, place:], share * ease)
        refined = self.networks.refinement(
            latent,
            torch.full((len(latent),), place, device=latent.device),
            shown,
            cues.partners,
            cues.partner_present,
        )
        future = prior.decode(refined, segment.history)[:, place:]
        weights = stage.body.model_dump()
        beside = window.beside(now, segment.start + FUTURE_FRAMES, segment.frame)
        body = body_losses(future, target, shown[:, -1], statistics, beside)
        return {"features": feature_loss(future, target)} | {
            name: weights[name] * term for name, term in body.items()
        }

    @exact
    def _perceived(self, window: Window, segment: Segment, now: int) -> tuple[Tensor, Cues]:
        """What is known when ego frame `now` is due, from where the segment sees it.

        That is the history (B, H, 276) up to the frame before, and the partner at that moment, or a
        frame ago: trackers take their time.
        """
        recent = window.motion.frames(now - HISTORY_FRAMES - 1, now)
        shown = self.networks.prior.statistics.normalise(encode(recent, segment.frame))
        return shown, window.cues(now - self._random.choice(_LATENCIES), segment.frame)

    @torch.no_grad()
    def _denoised(self, window: Window, segment: Segment) -> tuple[Tensor, Tensor]:
        """The segment's latent, denoised from what was perceived before it, and its frames.

        Denoising sets in at the true latent made noisy, not at noise alone: of a segment that has
        nothing to do with the true one, the best correction is towards the mean of all that could
        come, and that would take the life out of every segment.
        """
        prior, schedule = self.networks.prior, self.schedule
        cues = aged_cues(window, segment, self.config.cue_age, self._random)
        text, said = window.words(segment.start, segment.start + FUTURE_FRAMES)
        known = said & self._random.chance(0.5, len(text))
        given = Conditions(segment.history, text, known, cues)
        clean, _ = prior.vae.encode(segment.history, segment.future)
        clean = clean.float() / prior.denoiser.latent_std
        index = self._random.choice(round(_NOISIEST * schedule.steps))
        noise = self._random.normal(schedule.steps, *clean.shape)
        denoising = Denoising(prior.denoiser, schedule, self.adapters, given, noise)
        step = torch.full((len(clean),), index, device=clean.device)
        noisy = schedule.add_noise(clean, step, noise[0])
        denoising.resume(noisy, index + 1)
        denoising.advance(index + 1)
        latent = denoising.latent.float()
        return latent, prior.decode(latent, segment.history)
