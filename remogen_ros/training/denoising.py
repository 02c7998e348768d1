"""Phases 1b and 2: the denoiser, and adapters on the frozen denoiser, share one objective.

The roll-out curriculum (DART): at first every segment continues true history; later, with growing
probability, it continues what the model itself generated for the segment before, with partner,
room and goal seen from where the roll-out has come to stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from remogen_ros.diffusion.sampler import Conditions
from remogen_ros.diffusion.schedule import Schedule
from remogen_ros.motion.poses import Motion
from remogen_ros.networks.adapter import Adapter
from remogen_ros.networks.assembly import Prior
from remogen_ros.networks.mixing import AdapterMix
from remogen_ros.networks.precision import exact
from remogen_ros.networks.replay import Replayed
from remogen_ros.training.ageing import aged_cues, drawn_age
from remogen_ros.training.batches import Window
from remogen_ros.training.config import StageConfig, TrainingConfig
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.lateness import due, from_moment, hands_meet, still, stood
from remogen_ros.training.losses import Beside, body_losses, feature_loss
from remogen_ros.training.objective import Loss, LossState, Measures, Terms
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.rollouts import ROLLOUT_STEPS, either, recovered, rolled_out
from remogen_ros.training.segments import (
    CONTEXT_FRAMES,
    FUTURE_FRAMES,
    Segment,
    eased_future,
    segment_of,
    window_frames,
)

_BEHIND = 0.4
"""Metres that somebody late may be behind: further on, to be in time would be to fly."""

_NOISIEST_OF = 3
"""Draws of which an adapter on a frozen prior takes the noisiest."""


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
    drawn_from_device: Tensor | None = None
    context: Motion | None = None


@dataclass(frozen=True)
class DenoisingBatch:
    """A segment to be denoised.

    Attributes:
        segment: its true future, and the frame from which it is seen.
        context: (B, H + 1) world poses before it.
        given: its conditions.
        beside: the partner while it lasts; None for the prior.
        noise: (B, latent) standard normal.
        index: (B,) how many steps of noise, less one.
    """

    segment: Segment
    context: Motion
    given: Conditions
    beside: Beside | None
    noise: Tensor
    index: Tensor


@dataclass
class DenoisingLoss(Loss[DenoisingBatch]):
    """One segment a step; windows of several segments are walked through in order.

    Attributes:
        adapters: those in training, with weight 1; empty for the prior.
        stage: its configuration.
        noise: share of it that roll-outs put back, as streaming does.
        replay: whether roll-outs are CUDA graphs.
    """

    prior: Prior
    adapters: Sequence[tuple[Adapter, float]]
    windows: Drawing
    schedule: Schedule
    stage: StageConfig
    shared: TrainingConfig
    text_dropout: float
    noise: float = 1.0
    replay: bool = False
    _walk: _Walk | None = field(default=None, init=False)
    _newest: DenoisingBatch | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        quick = self.schedule.respaced(min(ROLLOUT_STEPS, self.schedule.steps))
        quick = quick.quieter(self.noise)

        def rolled(batch: DenoisingBatch) -> Motion:
            mix = self._mix(batch.given)
            return rolled_out(
                self.prior, mix, quick, batch.segment, batch.context, batch.given, self._random
            )

        self._rolled = Replayed(rolled, self.replay, (self._random.device,))

    @property
    def _random(self) -> Randomness:
        return self.windows.random

    def draw(self, step: int) -> DenoisingBatch:
        """The next segment."""
        walk = self._walk
        if walk is None or walk.number >= self.stage.segments:
            walk = self._walk = self._begun()
        segment, context = self._segment(walk)
        conditions = self._conditions(walk.window, segment)
        random, rows = self._random, len(segment.history)
        index = self._steps(rows)
        noise = random.normal(rows, self.prior.vae.latent)
        beside = self._beside(walk.window, segment)
        # All segments are of one kind, wherever in the window they start.
        segment = replace(segment, start=0)
        self._newest = DenoisingBatch(segment, context, conditions, beside, noise, index)
        walk.number += 1
        walk.context = None
        return self._newest

    def _steps(self, rows: int) -> Tensor:
        """(rows,) how noisy each segment is.

        An adapter on a frozen prior sees more of the noisiest: there it is decided what the ego
        will do, and the prior knows how to do it.
        """
        if not self.adapters or self.prior.denoiser.training:
            return self._random.below(self.schedule.steps, rows)
        return self._random.below(self.schedule.steps, _NOISIEST_OF, rows).amax(0)

    def follow(self, step: int) -> None:
        """Roll the newest segment out, if the next one is to continue that."""
        walk, newest = self._walk, self._newest
        if walk is None or newest is None or walk.number >= self.stage.segments:
            return
        if self._random.decides(self._share_of_own(step)):
            walk.context = self._rolled(newest)

    def _mix(self, given: Conditions) -> AdapterMix | None:
        return AdapterMix.of(self.adapters, given.cues) if self.adapters else None

    def _begun(self) -> _Walk:
        host, device = self._random.host.get_state(), None
        if self._random.device is not self._random.host:
            device = self._random.device.get_state()
        window = self.windows.window(window_frames(self.stage.segments))
        return _Walk(window, host, drawn_from_device=device)

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
        if self.adapters and walk.number:
            moment = self._moment(walk, start)
            truth = from_moment(motion, moment, -CONTEXT_FRAMES, 0)
            future = from_moment(motion, moment, 0, FUTURE_FRAMES)
            if walk.context is None:
                context = self._late(walk.window, start, moment)
        if walk.context is not None:
            context = recovered(walk.context, truth)
        if context is not truth:
            future = eased_future(context, truth, future, meet=bool(self.adapters))
        return segment_of(context, future, start, self.prior.statistics), context

    def _moment(self, walk: _Walk, start: int) -> Tensor:
        """(B,) frames of the window that egos have come to: `start`, or where who is late sets off.

        A roll-out misses a reaction's moment as well, but rarely just that of a rare reaction.
        """
        moment = due(walk.window, start, self._random)
        if walk.context is not None:
            late = still(walk.context)
        else:
            late = self._random.chance(self.shared.hesitant, len(moment))
        return torch.where(late, moment, start)

    def _late(self, window: Window, start: int, moment: Tensor) -> Motion:
        """The context (B, H + 1) of egos that have come to a moment (B,), true of who is in time.

        Who is late stands; who is to meet the partner's hands is somewhere on the way to them.
        """
        random, motion = self._random, window.motion
        stands = torch.where(moment < start, stood(moment, random), start)
        context = from_moment(motion, stands, -CONTEXT_FRAMES, 0)
        before = start - 1 - random.choice(start - CONTEXT_FRAMES)
        earlier = recovered(motion.frames(before - CONTEXT_FRAMES, before), context)
        away = (earlier.root_positions - context.root_positions)[:, -1, :2].norm(dim=-1)
        hesitates = random.chance(self.shared.hesitant, len(moment)) & (away < _BEHIND)
        return either(hesitates & hands_meet(window), earlier, context)

    def _conditions(self, window: Window, segment: Segment) -> Conditions:
        batch, random = len(window.text), self._random
        text, known = window.words(segment.start, segment.start + FUTURE_FRAMES)
        cues = aged_cues(window, segment, drawn_age(self.shared, random))
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

    def terms(self, batch: DenoisingBatch) -> tuple[Terms, Measures]:
        """See `Loss`."""
        segment, given, index = batch.segment, batch.given, batch.index
        mix = self._mix(given)
        with torch.no_grad():
            clean, _ = self.prior.vae.encode(segment.history, segment.future)
            clean = clean.float() / self.prior.denoiser.latent_std
        predicted = self.prior.denoiser(
            self.schedule.add_noise(clean, index, batch.noise),
            self.schedule.numbers[index],
            given.history,
            given.text,
            given.text_known,
            mix,
        ).float()
        future = self.prior.decode(predicted, segment.history)
        weights = self.stage.body.model_dump()
        body = body_losses(
            future, segment.future, segment.history[:, -1], self.prior.statistics, batch.beside
        )
        terms = {
            "latent": feature_loss(predicted, clean),
            "features": feature_loss(future, segment.future),
        } | {name: weights[name] * term for name, term in body.items()}
        return terms, {} if mix is None else {"clip_ratio": mix.clipped_share()}

    def state(self) -> LossState:
        """The walk; its windows are drawn again, not stored."""
        walk = self._walk
        if walk is None:
            return {}
        state: LossState = {"number": walk.number, "drawn_from": walk.drawn_from}
        if walk.drawn_from_device is not None:
            state["drawn_from_device"] = walk.drawn_from_device
        if walk.context is not None:
            state["roots"] = walk.context.root_positions
            state["rotations"] = walk.context.rotations
            state["joints"] = walk.context.joints()
        return state

    def restore(self, state: LossState) -> None:
        """See `Loss`."""
        if not state:
            return
        host, device = self._random.host, self._random.device
        now, now_device = host.get_state(), device.get_state()
        host.set_state(_tensor(state["drawn_from"]))
        if "drawn_from_device" in state:
            device.set_state(_tensor(state["drawn_from_device"]))
        self._walk = self._begun()
        host.set_state(now)
        device.set_state(now_device)
        self._walk.number = int(state["number"])
        if "roots" in state:
            place = self._random.place
            self._walk.context = Motion(
                *(_tensor(state[name]).to(place) for name in ("roots", "rotations", "joints"))
            )


def _tensor(value: Tensor | int) -> Tensor:
    return torch.as_tensor(value)
