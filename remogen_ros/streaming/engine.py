"""The streaming engine: a batch of egos, one pose of each per tick.

A segment of F = 8 frames is denoised into one latent; every frame of it is decoded from that
latent after refinement by the newest history and partner motion (FWSR). When the next segment is
denoised is a `Plan`: by default while this one is shown, a few steps a tick, so that no tick costs
more than the others.

Evaluation, tests and the live generator (a batch of one) all stream through here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from remogen_ros.cues.partners import newest_joints
from remogen_ros.diffusion.sampler import Conditions, Denoising
from remogen_ros.diffusion.schedule import cosine_schedule
from remogen_ros.motion import features as layout
from remogen_ros.motion.canonical import CanonicalFrame, canonical_frame
from remogen_ros.motion.poses import Motion, concatenate
from remogen_ros.networks.adapter import Cues
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import FUTURE_FRAMES, HISTORY_FRAMES
from remogen_ros.streaming.footing import Footing
from remogen_ros.streaming.hands import Hands
from remogen_ros.streaming.plan import Plan

Others = tuple[Tensor, Tensor]
"""Partner features (B, P, 16, 159), and who is present (B, P)."""


class Senses(Protocol):
    """What a batch of egos perceives at one tick, and nothing later."""

    def cues(self, frame: CanonicalFrame) -> Cues:
        """Seen from (B) canonical frames."""

    def partners(self, frame: CanonicalFrame) -> Others:
        """Seen from (B) canonical frames."""


@dataclass(frozen=True)
class Words:
    """What the egos are asked to do.

    Attributes:
        text: (B, width) sentence embeddings.
        known: (B,) bool; elsewhere nothing is asked.
    """

    text: Tensor
    known: Tensor


@dataclass(frozen=True)
class Segment:
    """The segment being shown.

    Attributes:
        latent: (B, latent) clean.
        history: (B, H, 276) normalised features it continues.
        frame: (B) the canonical frames of both.
        clip_ratio: share of token deltas that the adapter mix clipped.
    """

    latent: Tensor
    history: Tensor
    frame: CanonicalFrame
    clip_ratio: float


@dataclass(frozen=True)
class Stream:
    """Where a batch of egos has got to. `Engine.step` leaves it as it is and gives the next one.

    Attributes:
        recent: (B, H + 1) newest generated poses.
        place: frame of the segment that comes next, 0 .. F - 1.
        segment: None while the egos still stand as they started.
        coming: the next segment, while it is being denoised.
        footing: None before the first frame.
        hands: on their way to a partner's.
        noise: state of each ego's random numbers, so that none depends on who else is in the batch.
    """

    recent: Motion
    place: int
    segment: Segment | None
    coming: Denoising | None
    footing: Footing | None
    hands: Hands
    noise: tuple[Tensor, ...]


class Engine:
    """Steps streams of one model."""

    def __init__(self, networks: Networks, plan: Plan | None = None) -> None:
        """For the networks of a bundle; without a plan, as the live system does it."""
        self._networks = networks
        self._prior = networks.prior
        self._statistics = networks.prior.statistics
        self._schedule = cosine_schedule(networks.config.diffusion.steps)
        self._guidance = networks.config.diffusion.guidance
        self.plan = plan or Plan()

    def standing(self, positions: Tensor, turns: Tensor, seed: int) -> Stream:
        """Egos that stand at places (B, 3) on the floor, turned by (B, 3, 3) from facing +x.

        They stand until their first segment, denoised from what they perceive meanwhile, is ready.
        The random numbers of ego b are those of seed + b.
        """
        prior = self._prior
        rotations = prior.idle_rotations.expand(len(positions), 1, -1, -1, -1).clone()
        rotations[:, 0, 0] = turns @ prior.idle_rotations[0]
        roots = positions[:, None] + prior.idle_height * positions.new_tensor((0.0, 0.0, 1.0))
        pose = Motion(roots, rotations)
        stream = self.continuing(concatenate([pose] * (HISTORY_FRAMES + 1)), seed)
        ahead = self.plan.ahead_from
        return stream if ahead is None else replace(stream, place=ahead)

    def continuing(self, context: Motion, seed: int) -> Stream:
        """Egos that go on at once from H + 1 frames of motion, (B, H + 1) in the world.

        The random numbers of ego b are those of seed + b.
        """
        egos = range(len(context.root_positions))
        noise = (torch.Generator().manual_seed(seed + ego).get_state() for ego in egos)
        hands = Hands.apart(len(context.root_positions))
        return Stream(context, 0, None, None, None, hands, tuple(noise))

    @torch.inference_mode()
    def step(
        self, stream: Stream, senses: Senses, words: Words, weights: Mapping[str, float]
    ) -> tuple[Motion, Stream]:
        """Generate this tick's poses.

        Args:
            senses: the newest of everything.
            weights: mix weight of each adapter by name; those that the model lacks are ignored.

        Returns:
            (B, K) the poses to be shown now and those still to come in this segment, K in 1 .. F;
            and the stream to go on from.
        """
        plan, place, noise, segment = self.plan, stream.place, stream.noise, stream.segment
        weights = {name: float(weights[name]) for name in self.adapters if weights.get(name, 0) > 0}
        coming = None if stream.coming is None else stream.coming.forked()
        if place == 0:
            if coming is None:
                coming, noise = self._denoising(stream.recent, senses, words, weights, noise)
            coming.advance(coming.remaining)
            segment, coming = self._started(coming, stream.recent), None
        others = None
        if segment is not None and weights:
            others = senses.partners(segment.frame)
        poses = self._poses(segment, stream.recent, place, others)
        generated = poses.frames(place, place + 1)
        recent = concatenate([stream.recent.frames(1), generated])
        if plan.ahead_from is not None and place >= plan.ahead_from:
            if coming is None:
                context = poses.frames(-(HISTORY_FRAMES + 1), None)
                coming, noise = self._denoising(context, senses, words, weights, noise)
            coming.advance(-(-self._schedule.steps // (FUTURE_FRAMES - plan.ahead_from)))
        # Not part of the history: to whom feet that stand fast are shown, setting off is strange.
        shown, footing = self._standing(poses.frames(place), stream.footing)
        now, hands = self._touching(shown.frames(0, 1), stream.hands, segment, others)
        following = 0 if plan.slide else (place + 1) % FUTURE_FRAMES
        after = Stream(recent, following, segment, coming, footing, hands, noise)
        return concatenate([now, shown.frames(1)]), after

    def _standing(
        self, generated: Motion, footing: Footing | None
    ) -> tuple[Motion, Footing | None]:
        if not self.plan.footing:
            return generated, None
        if footing is None:
            return generated, Footing.of(generated)
        return footing.shown(generated)

    def _touching(
        self, shown: Motion, hands: Hands, segment: Segment | None, others: Others | None
    ) -> tuple[Motion, Hands]:
        if segment is None or others is None or not self.plan.touching:
            return shown, Hands.apart(len(hands.share))
        return hands.shown(shown, *newest_joints(others[0], segment.frame))

    def _started(self, coming: Denoising, context: Motion) -> Segment:
        frame = _frame_of_last(context)
        return Segment(coming.latent, self._features(context, frame), frame, coming.clip_ratio)

    def _denoising(
        self,
        context: Motion,
        senses: Senses,
        words: Words,
        weights: dict[str, float],
        noise: tuple[Tensor, ...],
    ) -> tuple[Denoising, tuple[Tensor, ...]]:
        """The way to the segment that continues `context`, and where the noise has got to."""
        frame = _frame_of_last(context)
        conditions = Conditions(
            self._features(context, frame), words.text, words.known, senses.cues(frame)
        )
        drawn, noise = _drawn(noise, self._schedule.steps, self._networks.config.vae.latent)
        denoising = Denoising(
            self._prior.denoiser,
            self._schedule,
            self._networks.weighted_adapters(weights),
            conditions,
            drawn.to(words.text.device),
            self._guidance if self.plan.guidance is None else self.plan.guidance,
        )
        return denoising, noise

    @property
    def adapters(self) -> tuple[str, ...]:
        """Names of the model's adapters."""
        return tuple(self._networks.config.adapters)

    def _poses(
        self,
        segment: Segment | None,
        recent: Motion,
        place: int,
        others: Others | None,
    ) -> Motion:
        """(B, F) frames of the running segment, as the newest observation leaves them."""
        if segment is None:
            return concatenate([recent.frames(-1, None)] * FUTURE_FRAMES)
        latent = segment.latent
        if self.plan.refine and others is not None:
            latent = self._networks.refinement(
                latent,
                torch.full((len(latent),), place, device=latent.device),
                self._features(recent, segment.frame),
                *others,
            )
        decoded = self._prior.decode(latent, segment.history)
        return self._prior.posed(decoded, segment.frame)

    def _features(self, context: Motion, frame: CanonicalFrame) -> Tensor:
        return self._statistics.normalise(layout.encode(context, frame))


def _frame_of_last(motion: Motion) -> CanonicalFrame:
    return canonical_frame(motion.root_positions[..., -1, :], motion.rotations[..., -1, 0, :, :])


def _drawn(noise: tuple[Tensor, ...], steps: int, latent: int) -> tuple[Tensor, tuple[Tensor, ...]]:
    """(steps, B, latent) standard normal from (B) states, and the states after it."""
    rows, states, random = [], [], torch.Generator()
    for state in noise:
        random.set_state(state)
        rows.append(torch.randn((steps, latent), generator=random))
        states.append(random.get_state())
    return torch.stack(rows, dim=1), tuple(states)
