"""Phases 1b and 2: the denoiser, and adapters on the frozen denoiser, share one objective.

The roll-out curriculum (DART): at first every segment continues true history; later, with growing
probability, it continues what the model itself generated for the segment before, with partner,
room and goal seen from where the roll-out has come to stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.diffusion.sampler import Conditions, sample
from remogen_ros.diffusion.schedule import Schedule
from remogen_ros.motion import features as layout
from remogen_ros.motion.poses import Motion
from remogen_ros.networks.adapter import Adapter, AdapterMix, Cues
from remogen_ros.networks.assembly import Prior
from remogen_ros.training.batches import Source, Window
from remogen_ros.training.config import StageConfig, TrainingConfig
from remogen_ros.training.losses import body_losses, feature_loss
from remogen_ros.training.segments import (
    CONTEXT_FRAMES,
    FUTURE_FRAMES,
    Segment,
    eased_future,
    segment_of,
    window_frames,
)

ROLLOUT_STEPS = 4
"""Denoising steps of a roll-out: only its history is used, so few are enough."""

_LOST = 0.25
"""A roll-out whose pose is further than this from the truth (mean joint error, metres, place and
heading aside) teaches nothing: that sample goes back to true history."""


def _chance(random: torch.Generator, count: int, probability: float) -> Tensor:
    return torch.rand(count, generator=random) < probability


@dataclass
class DenoisingLoss:
    """One segment a step; windows of several segments are walked through in order.

    Attributes:
        adapters: those in training, with weight 1; empty for the prior.
        stage: its configuration.
    """

    prior: Prior
    adapters: Sequence[tuple[Adapter, float]]
    source: Source
    schedule: Schedule
    stage: StageConfig
    shared: TrainingConfig
    text_dropout: float
    random: torch.Generator

    def __post_init__(self) -> None:
        self._window: Window | None = None
        self._number = 0
        self._context: Motion | None = None

    def __call__(self, step: int) -> dict[str, Tensor]:
        """Weighted loss terms of the next segment."""
        window, context = self._position()
        start = CONTEXT_FRAMES + self._number * FUTURE_FRAMES
        true_context = window.motion.frames(start - CONTEXT_FRAMES, start)
        future = window.motion.frames(start, start + FUTURE_FRAMES)
        if context is None:
            context = true_context
        else:
            context = self._recovered(context, true_context)
            future = eased_future(context, true_context, future, meet=bool(self.adapters))
        segment = segment_of(context, future, start, self.prior.statistics)
        conditions = self._conditions(window, segment)
        terms = self._terms(segment, conditions)
        self._number += 1
        self._context = None
        progress = step / self.stage.steps - self.stage.rollout_from
        span = max(1e-6, 1 - self.stage.rollout_from)
        if self._number < self.stage.segments and bool(
            _chance(self.random, 1, min(1.0, 2 * progress / span))
        ):
            self._context = self._rolled_out(segment, context, conditions)
        return terms

    def _position(self) -> tuple[Window, Motion | None]:
        if self._window is None or self._number >= self.stage.segments:
            frames = window_frames(self.stage.segments)
            self._window = self.source.draw(self.stage.batch, frames, self.random)
            self._number, self._context = 0, None
        return self._window, self._context

    def _recovered(self, context: Motion, true_context: Motion) -> Motion:
        pose, truth = context.joints()[:, -1], true_context.joints()[:, -1]
        apart = ((pose - pose[:, :1]) - (truth - truth[:, :1])).norm(dim=-1).mean(-1) > _LOST
        return Motion(
            torch.where(apart[:, None, None], true_context.root_positions, context.root_positions),
            torch.where(
                apart[:, None, None, None, None], true_context.rotations, context.rotations
            ),
        )

    def _conditions(self, window: Window, segment: Segment) -> Conditions:
        batch = len(window.text)
        text, known = window.words(segment.start, segment.start + FUTURE_FRAMES)
        cues = aged_cues(window, segment, self.shared.cue_age, self.random)
        noise = torch.randn(segment.history.shape, generator=self.random)
        scale = self.shared.history_noise / self.prior.feature_std.clamp_min(
            self.shared.history_noise
        )
        return Conditions(
            segment.history + scale * noise,
            text,
            known & ~_chance(self.random, batch, self.text_dropout),
            cues.kept(~_chance(self.random, batch, self.shared.cue_dropout)),
        )

    def _terms(self, segment: Segment, given: Conditions) -> dict[str, Tensor]:
        batch = len(segment.history)
        with torch.no_grad():
            clean, _ = self.prior.vae.encode(segment.history, segment.future)
            clean = clean / self.prior.denoiser.latent_std
        index = torch.randint(self.schedule.steps, (batch,), generator=self.random)
        noise = torch.randn(clean.shape, generator=self.random)
        predicted = self.prior.denoiser(
            self.schedule.add_noise(clean, index, noise),
            self.schedule.numbers[index],
            given.history,
            given.text,
            given.text_known,
            AdapterMix(self.adapters, given.cues) if self.adapters else None,
        )
        future = self.prior.decode(predicted, segment.history)
        weights = self.stage.body.model_dump()
        body = body_losses(future, segment.future, segment.history[:, -1], self.prior.statistics)
        return {
            "latent": feature_loss(predicted, clean),
            "features": feature_loss(future, segment.future),
        } | {name: weights[name] * term for name, term in body.items()}

    @torch.no_grad()
    def _rolled_out(self, segment: Segment, context: Motion, given: Conditions) -> Motion:
        future = generated(self.prior, self.adapters, self.schedule, segment, given, self.random)
        joined = torch.cat((context.root_positions, future.root_positions), dim=1)
        rotations = torch.cat((context.rotations, future.rotations), dim=1)
        return Motion(joined[:, -CONTEXT_FRAMES:], rotations[:, -CONTEXT_FRAMES:])


def aged_cues(window: Window, segment: Segment, oldest: int, random: torch.Generator) -> Cues:
    """What was perceived up to `oldest` frames before a segment: streaming plans that far ahead."""
    newest = segment.start - 1
    age = int(torch.randint(min(oldest, newest) + 1, (1,), generator=random))
    return window.cues(newest - age, segment.frame)


def generated(
    prior: Prior,
    adapters: Sequence[tuple[Adapter, float]],
    schedule: Schedule,
    segment: Segment,
    given: Conditions,
    random: torch.Generator,
) -> Motion:
    """The world motion (B, F) that the model itself would show for a segment, quickly denoised."""
    quick = schedule.respaced(min(ROLLOUT_STEPS, schedule.steps))
    noise = torch.randn(quick.steps, len(given.history), prior.vae.latent, generator=random)
    latent = sample(prior.denoiser, quick, adapters, given, noise)
    values = prior.statistics.denormalise(prior.decode(latent, segment.history))
    return layout.decode(values, segment.frame)
