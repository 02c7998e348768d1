"""Phases 1b and 2: the denoiser, and adapters on the frozen denoiser, share one objective.

The roll-out curriculum (DART): at first every segment continues true history; later, with growing
probability, it continues what the model itself generated for the segment before, with partner,
room and goal seen from where the roll-out has come to stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from remogen_ros.diffusion.sampler import Conditions
from remogen_ros.diffusion.schedule import Schedule
from remogen_ros.motion.poses import Motion
from remogen_ros.networks.adapter import Adapter, AdapterMix, Cues
from remogen_ros.networks.assembly import Prior
from remogen_ros.networks.precision import exact
from remogen_ros.training.batches import Window
from remogen_ros.training.config import StageConfig, TrainingConfig
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.losses import Beside, body_losses, feature_loss
from remogen_ros.training.objective import Loss, LossState
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.rollouts import recovered, rolled_out
from remogen_ros.training.segments import (
    CONTEXT_FRAMES,
    FUTURE_FRAMES,
    Segment,
    eased_future,
    segment_of,
    window_frames,
)


@dataclass
class _Walk:
    """Where a walk through a batch of windows has come to.

    Attributes:
        window: the batch.
        drawn_from: state of the host's generator before it was drawn, so that it can be again.
        number: of the next segment.
        context: (B, H + 1) what was generated before that; None where it continues the truth.
    """

    window: Window
    drawn_from: Tensor
    number: int = 0
    context: Motion | None = None


@dataclass
class DenoisingLoss(Loss):
    """One segment a step; windows of several segments are walked through in order.

    Attributes:
        adapters: those in training, with weight 1; empty for the prior.
        stage: its configuration.
    """

    prior: Prior
    adapters: Sequence[tuple[Adapter, float]]
    windows: Drawing
    schedule: Schedule
    stage: StageConfig
    shared: TrainingConfig
    text_dropout: float
    _walk: _Walk | None = field(default=None, init=False)
    _mix: AdapterMix | None = field(default=None, init=False)

    @property
    def _random(self) -> Randomness:
        return self.windows.random

    def __call__(self, step: int) -> dict[str, Tensor]:
        """Weighted loss terms of the next segment."""
        walk = self._walk
        if walk is None or walk.number >= self.stage.segments:
            walk = self._walk = self._begun()
        segment, context = self._segment(walk)
        conditions = self._conditions(walk.window, segment)
        self._mix = AdapterMix(self.adapters, conditions.cues) if self.adapters else None
        terms = self._terms(segment, conditions, self._beside(walk.window, segment))
        walk.number += 1
        walk.context = None
        if walk.number < self.stage.segments and self._random.decides(self._share_of_own(step)):
            walk.context = rolled_out(
                self.prior, self._mix, self.schedule, segment, context, conditions, self._random
            )
        return terms

    def _begun(self) -> _Walk:
        drawn_from = self._random.host.get_state()
        return _Walk(self.windows.window(window_frames(self.stage.segments)), drawn_from)

    def _share_of_own(self, step: int) -> float:
        """How often a segment continues what the model generated."""
        progress = step / self.stage.steps - self.stage.rollout_from
        return min(1.0, 2 * progress / max(1e-6, 1 - self.stage.rollout_from))

    def _segment(self, walk: _Walk) -> tuple[Segment, Motion]:
        """The next segment, and the world poses (B, H + 1) that it continues."""
        start = CONTEXT_FRAMES + walk.number * FUTURE_FRAMES
        motion = walk.window.motion
        truth = motion.frames(start - CONTEXT_FRAMES, start)
        future = motion.frames(start, start + FUTURE_FRAMES)
        context = truth
        if walk.context is not None:
            context = recovered(walk.context, truth)
            future = eased_future(context, truth, future, meet=bool(self.adapters))
        return segment_of(context, future, start, self.prior.statistics), context

    def _conditions(self, window: Window, segment: Segment) -> Conditions:
        batch, random = len(window.text), self._random
        text, known = window.words(segment.start, segment.start + FUTURE_FRAMES)
        cues = aged_cues(window, segment, self.shared.cue_age, random)
        noise = random.normal(*segment.history.shape)
        scale = self.shared.history_noise / self.prior.feature_std.clamp_min(
            self.shared.history_noise
        )
        return Conditions(
            segment.history + scale * noise,
            text,
            known & ~random.chance(self.text_dropout, batch),
            cues.kept(~random.chance(self.shared.cue_dropout, batch)),
        )

    @exact
    def _beside(self, window: Window, segment: Segment) -> Beside | None:
        """Whom an adapter is to keep its distance from, or to touch; the prior knows of nobody."""
        if not self.adapters:
            return None
        return window.beside(segment.start, segment.start + FUTURE_FRAMES, segment.frame)

    def _terms(
        self, segment: Segment, given: Conditions, beside: Beside | None
    ) -> dict[str, Tensor]:
        random = self._random
        with torch.no_grad():
            clean, _ = self.prior.vae.encode(segment.history, segment.future)
            clean = clean.float() / self.prior.denoiser.latent_std
        index = random.below(self.schedule.steps, len(segment.history))
        noise = random.normal(*clean.shape)
        predicted = self.prior.denoiser(
            self.schedule.add_noise(clean, index, noise),
            self.schedule.numbers[index],
            given.history,
            given.text,
            given.text_known,
            self._mix,
        ).float()
        future = self.prior.decode(predicted, segment.history)
        weights = self.stage.body.model_dump()
        body = body_losses(
            future, segment.future, segment.history[:, -1], self.prior.statistics, beside
        )
        return {
            "latent": feature_loss(predicted, clean),
            "features": feature_loss(future, segment.future),
        } | {name: weights[name] * term for name, term in body.items()}

    def measures(self) -> dict[str, float]:
        """How often the adapters' deltas were clipped, 0 .. 1."""
        return {} if self._mix is None else {"clip_ratio": self._mix.clip_ratio}

    def state(self) -> LossState:
        """The walk; its windows are drawn again, not stored."""
        walk = self._walk
        if walk is None:
            return {}
        state: LossState = {"number": walk.number, "drawn_from": walk.drawn_from}
        if walk.context is not None:
            state["roots"] = walk.context.root_positions
            state["rotations"] = walk.context.rotations
            state["joints"] = walk.context.joints()
        return state

    def restore(self, state: LossState) -> None:
        """See `Loss`."""
        if not state:
            return
        host = self._random.host
        now = host.get_state()
        host.set_state(_tensor(state["drawn_from"]))
        self._walk = self._begun()
        host.set_state(now)
        self._walk.number = int(state["number"])
        if "roots" in state:
            place = self._random.place
            self._walk.context = Motion(
                *(_tensor(state[name]).to(place) for name in ("roots", "rotations", "joints"))
            )


def _tensor(value: Tensor | int) -> Tensor:
    return torch.as_tensor(value)


@exact
def aged_cues(window: Window, segment: Segment, oldest: int, random: Randomness) -> Cues:
    """What was perceived up to `oldest` frames before a segment: streaming plans that far ahead."""
    newest = segment.start - 1
    age = random.choice(min(oldest, newest) + 1)
    return window.cues(newest - age, segment.frame)
