"""Phase 3: Frame-wise Segment Refinement, on the frozen prior and adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from remogen_ros.diffusion.sampler import Denoising
from remogen_ros.diffusion.schedule import Schedule
from remogen_ros.motion.features import encode
from remogen_ros.networks.adapter import Adapter, Cues
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import FUTURE_FRAMES, HISTORY_FRAMES
from remogen_ros.networks.mixing import AdapterMix
from remogen_ros.networks.precision import exact
from remogen_ros.networks.replay import Replayed
from remogen_ros.training.ageing import aged_cues, drawn_age
from remogen_ros.training.batches import Window
from remogen_ros.training.config import TrainingConfig
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.losses import Beside, body_losses, feature_loss
from remogen_ros.training.objective import Loss, Measures, Terms
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import Segment, segment_at, window_frames

_NOISIEST = 0.8
"""Share of the diffusion steps within which the segments to be refined are made."""

_CATCH_UP = 3
"""Frames in which what is shown comes to where it should be: at once, it would jump."""

_MISPLACED = 0.05
"""Metres (standard deviation) by which the partner of every second ego was elsewhere when its
segment was denoised: a live hand misses by as much, and there must be something to correct."""

_LATENCIES = 2
"""Frames of a tracker's latency that refinement learns with: 0 .. this - 1."""


@dataclass(frozen=True)
class RefinementBatch:
    """A segment to be refined at one place.

    Attributes:
        place: index of the frame about to be shown.
        latent: (B, latent) of the segment, unrefined.
        history: (B, H, 276) normalised features before the segment.
        shown: (B, H, 276) the newest ones.
        partners, present: the newest cues of `Cues`.
        target: (B, F - place, 276) what is to be shown from there on.
        beside: the partner meanwhile.
    """

    place: int
    latent: Tensor
    history: Tensor
    shown: Tensor
    partners: Tensor
    present: Tensor
    target: Tensor
    beside: Beside | None


@dataclass(frozen=True)
class _Noisy:
    """What a segment is denoised from: its diffusion step is the same for the whole batch."""

    index: int
    history: Tensor
    future: Tensor
    text: Tensor
    known: Tensor
    cues: Cues


@dataclass
class RefinementLoss(Loss[RefinementBatch]):
    """The segment was denoised from what was known before it; the newest frame corrects it.

    All samples of a batch refine the same place of the segment, drawn anew at each step.
    """

    networks: Networks
    adapters: Sequence[tuple[Adapter, float]]
    windows: Drawing
    schedule: Schedule
    config: TrainingConfig
    replay: bool = False

    def __post_init__(self) -> None:
        self._denoise = Replayed(self._denoised, self.replay, (self._random.device,))

    @property
    def _random(self) -> Randomness:
        return self.windows.random

    def draw(self, step: int) -> RefinementBatch:
        """A fresh batch."""
        window = self.windows.window(window_frames(2))
        segment = segment_at(window.motion, 1, self.networks.prior.statistics)
        place = self._random.choice(FUTURE_FRAMES)
        latent, drawn = self._denoise(self._noisy(window, segment))
        now = segment.start + place
        shown, cues = self._perceived(window, segment, now)
        # What was shown so far lies between the truth and the unrefined segment; from there the
        # target eases to the truth.
        share = self._random.uniform(len(shown), 1, 1)
        unrefined = torch.cat((segment.history, drawn), dim=1)
        shown = torch.lerp(shown, unrefined[:, place : place + HISTORY_FRAMES], share)
        after = torch.arange(1, FUTURE_FRAMES - place + 1, device=shown.device)
        ease = (1 - after / _CATCH_UP).clamp_min(0)[:, None]
        target = torch.lerp(segment.future[:, place:], drawn[:, place:], share * ease)
        beside = window.beside(now, segment.start + FUTURE_FRAMES, segment.frame)
        return RefinementBatch(
            place,
            latent,
            segment.history,
            shown,
            cues.partners,
            cues.partner_present,
            target,
            beside,
        )

    def terms(self, batch: RefinementBatch) -> tuple[Terms, Measures]:
        """See `Loss`."""
        prior, rows = self.networks.prior, len(batch.latent)
        refined = self.networks.refinement(
            batch.latent,
            torch.full((rows,), batch.place, device=batch.latent.device),
            batch.shown,
            batch.partners,
            batch.present,
        )
        future = prior.decode(refined, batch.history)[:, batch.place :]
        weights = self.config.refinement.body.model_dump()
        body = body_losses(future, batch.target, batch.shown[:, -1], prior.statistics, batch.beside)
        terms = {"features": feature_loss(future, batch.target)}
        return terms | {name: weights[name] * term for name, term in body.items()}, {}

    @exact
    def _perceived(self, window: Window, segment: Segment, now: int) -> tuple[Tensor, Cues]:
        """What is known when ego frame `now` is due, from where the segment sees it.

        That is the history (B, H, 276) up to the frame before, and the partner at that moment, or a
        frame ago: trackers take their time.
        """
        recent = window.motion.frames(now - HISTORY_FRAMES - 1, now)
        shown = self.networks.prior.statistics.normalise(encode(recent, segment.frame))
        return shown, window.cues(now - self._random.choice(_LATENCIES), segment.frame)

    def _noisy(self, window: Window, segment: Segment) -> _Noisy:
        age = drawn_age(self.config, self._random)
        cues = aged_cues(self._misplaced(window), segment, age)
        text, said = window.words(segment.start, segment.start + FUTURE_FRAMES)
        known = said & self._random.chance(0.5, len(text))
        index = self._random.choice(round(_NOISIEST * self.schedule.steps))
        return _Noisy(index, segment.history, segment.future, text, known, cues)

    def _misplaced(self, window: Window) -> Window:
        if window.partner is None:
            return window
        rows = len(window.partner)
        away = _MISPLACED * self._random.normal(rows, 1, 1, 3)
        return replace(
            window, partner=window.partner + away * self._random.chance(0.5, rows, 1, 1, 1)
        )

    @torch.no_grad()
    def _denoised(self, noisy: _Noisy) -> tuple[Tensor, Tensor]:
        """The segment's latent, denoised from what was perceived before it, and its frames.

        Denoising sets in at the true latent made noisy, not at noise alone: of a segment that has
        nothing to do with the true one, the best correction is towards the mean of all that could
        come, and that would take the life out of every segment, and hands out of each other.
        """
        prior, schedule = self.networks.prior, self.schedule
        mix = AdapterMix.of(self.adapters, noisy.cues)
        clean, _ = prior.vae.encode(noisy.history, noisy.future)
        clean = clean.float() / prior.denoiser.latent_std
        index = noisy.index

        def predict(latent: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
            given = noisy.history, noisy.text, noisy.known
            return prior.denoiser(latent, step, *given, mix), mix.clipped_share()

        noise = self._random.normal(schedule.steps, *clean.shape)
        step = torch.full((len(clean),), index, device=clean.device)
        noisy_latent = schedule.add_noise(clean, step, noise[0])
        denoising = Denoising(schedule, noise, noisy_latent, index + 1)
        latent = denoising.advanced(index + 1, predict).latent.float()
        return latent, prior.decode(latent, noisy.history)
