"""The streaming engine: a batch of egos, one pose of each per tick.

A segment of F = 8 frames is denoised into one latent; every frame of it is decoded from that
latent after refinement by the newest history and partner motion (FWSR). When the next segment is
denoised is a `Plan`: by default while this one is shown, a few steps a tick, so that no tick costs
more than the others.

Evaluation, tests and the live generator (a batch of one) all stream through here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from remogen_ros.cues.partners import newest_joints
from remogen_ros.diffusion.sampler import Denoising
from remogen_ros.diffusion.schedule import Schedule
from remogen_ros.motion import features as layout
from remogen_ros.motion.canonical import CanonicalFrame, canonical_frame
from remogen_ros.motion.poses import Motion, concatenate
from remogen_ros.motion.statistics import Statistics
from remogen_ros.networks.adapter import Cues
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import FUTURE_FRAMES, HISTORY_FRAMES
from remogen_ros.streaming.backends.base import Backend, Functions
from remogen_ros.streaming.backends.eager import EagerBackend
from remogen_ros.streaming.footing import Footing
from remogen_ros.streaming.hands import Hands
from remogen_ros.streaming.plan import FEWEST_STEPS, Plan
from remogen_ros.streaming.seam import Seam
from remogen_ros.streaming.stream import (
    Coming,
    Others,
    Segment,
    Senses,
    Stream,
    Weights,
    Words,
)
from remogen_ros.streaming.surprise import Expectation, correction

_CONTEXT = HISTORY_FRAMES + 1


@dataclass(frozen=True)
class _Now:
    """What one tick brings.

    Attributes:
        senses, words: as given to `step`.
        functions: of the back end, for the adapters that are mixed.
        weights: (adapters, B) of the mix.
        mixed: whether any adapter weighs anything.
    """

    senses: Senses
    words: Words
    functions: Functions
    weights: Tensor
    mixed: bool


class Engine:
    """Steps streams of one model."""

    def __init__(
        self, networks: Networks, plan: Plan | None = None, backend: Backend | None = None
    ) -> None:
        """For the networks of a bundle.

        Args:
            networks: of the bundle.
            plan: without one, as the live system does it.
            backend: of the same networks, guided as the plan is; without one, eager.
        """
        self.plan = plan or Plan()
        prior, guidance = networks.prior, self.plan.guidance_of(networks.config)
        self.backend = backend or EagerBackend(networks, guidance != 1.0)
        self.adapters: tuple[str, ...] = tuple(networks.config.adapters)
        """Names of the model's adapters."""
        self._config = networks.config
        self._latent = networks.config.vae.latent
        self._guidance = torch.tensor(guidance)
        self._schedule = self.plan.schedule(networks.config).to(self.backend.device)
        self._steps_a_tick = -(-self._schedule.steps // self.plan.ticks_ahead)
        # Streams live on the CPU, wherever the back end works.
        self._statistics = Statistics(prior.feature_mean.cpu(), prior.feature_std.cpu())
        self._idle_rotations = prior.idle_rotations.cpu()
        self._idle_height = prior.idle_height.cpu()

    def standing(self, positions: Tensor, turns: Tensor, seed: int) -> Stream:
        """Egos that stand at places (B, 3) on the floor, turned by (B, 3, 3) from facing +x.

        They stand until their first segment, denoised from what they perceive meanwhile, is ready.
        The random numbers of ego b are those of seed + b.
        """
        rotations = self._idle_rotations.expand(len(positions), 1, -1, -1, -1).clone()
        rotations[:, 0, 0] = turns @ self._idle_rotations[0]
        roots = positions[:, None] + self._idle_height * positions.new_tensor((0.0, 0.0, 1.0))
        pose = Motion(roots, rotations)
        stream = Stream.continuing(concatenate([pose] * _CONTEXT), seed)
        return replace(stream, place=self.plan.ahead_from or 0)

    @torch.inference_mode()
    def step(
        self, stream: Stream, senses: Senses, words: Words, weights: Weights
    ) -> tuple[Motion, Stream]:
        """Generate this tick's poses.

        Args:
            stream: as the last step left it; it stays as it is.
            senses: the newest of everything.
            words: what is asked of the egos.
            weights: those of adapters that the model lacks are ignored.

        Returns:
            (B, K) the poses to be shown now and those still to come in this segment, K in 1 .. F;
            and the stream to go on from.
        """
        now = self._now(senses, words, weights, len(stream.noise))
        if stream.expected is not None:
            stream = replace(stream, expected=stream.expected.later())
        if stream.place == 0:
            stream = self._with_next_segment(stream, now)
        segment, place = stream.segment, stream.place
        others = None if segment is None or not now.mixed else senses.partners(segment.frame)
        poses, refined = self._poses(stream, now, others)
        generated = poses.frames(place, place + 1)
        if self._surprised(stream, others, refined):
            stream = self._replanned(stream, poses, now)
        stream = self._denoised_ahead(stream, poses, now)
        # Not part of the history: to whom feet that stand fast are shown, setting off is strange.
        coming, seam = self._joined(stream, poses.frames(place, stream.length))
        coming, drawn, footing = self._standing(coming, stream.footing)
        shown, hands = self._touching(coming.frames(0, 1), stream.hands, segment, others)
        ends = self.plan.slide or place + 1 == stream.length
        stream = replace(
            stream,
            recent=concatenate([stream.recent.frames(1), generated]),
            seam=seam,
            footing=footing,
            hands=hands,
            place=0 if ends else place + 1,
        )
        # But all of it is elsewhere, which egos do not notice.
        return concatenate([shown, coming.frames(1)]), stream.elsewhere(drawn)

    def _now(self, senses: Senses, words: Words, weights: Weights, egos: int) -> _Now:
        given = {
            name: torch.as_tensor(weights[name], dtype=torch.float32).expand(egos)
            for name in self.adapters
            if name in weights
        }
        weighing = [name for name, weight in given.items() if bool((weight > 0).any())]
        functions = self.backend.functions(weighing)
        nothing = torch.zeros(egos)
        mix = [given.get(name, nothing).clamp_min(0) for name in functions.adapters]
        return _Now(
            senses,
            words,
            functions,
            torch.stack(mix) if mix else torch.zeros(0, egos),
            bool(weighing),
        )

    # --- denoising -----------------------------------------------------------------------------

    def _begun(self, stream: Stream, context: Motion, now: _Now, schedule: Schedule) -> Stream:
        """The stream on its way to the segment that continues `context`."""
        frame = _frame_of_last(context)
        cues, words, device = now.senses.cues(frame), now.words, self.backend.device
        noise, states = _drawn(stream.noise, schedule.steps, self._latent)
        given = (self._features(context, frame), words.text, words.known, self._guidance)
        coming = Coming(
            Denoising.begun(schedule, noise.to(device)),
            now.functions.adapters,
            (
                *(value.to(device) for value in (*given, now.weights * self._heeding(now, cues))),
                *now.functions.encode(*vars(cues).values()),
            ),
            max(1, stream.length - stream.place),
        )
        expected = Expectation.of(cues.partners, frame) if self.plan.replans else None
        return replace(stream, noise=states, coming=coming, expected=expected)

    def _heeding(self, now: _Now, cues: Cues) -> Tensor:
        """(adapters, B) bool, whether there is anything that an adapter heeds.

        One that sees nothing has only its null token to go by, and egos drift off that.
        """
        known = {
            "partners": cues.partner_present.any(-1),
            "scene": cues.scene_known,
            "goal": cues.goal_known,
        }
        adapters = (self._config.adapters[name] for name in now.functions.adapters)
        heeded = [torch.stack([known[cue] for cue in each.cues]).any(0) for each in adapters]
        return torch.stack(heeded) if heeded else torch.zeros_like(now.weights)

    def _advanced(self, coming: Coming, steps: int) -> Coming:
        functions = self.backend.functions(coming.adapters)

        def predict(noisy: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
            clean, clipped = functions.predict(noisy, step, *coming.given)
            return clean, clipped

        return replace(coming, denoising=coming.denoising.advanced(steps, predict))

    def _with_next_segment(self, stream: Stream, now: _Now) -> Stream:
        """The stream at the start of the segment that was coming, or is denoised at once."""
        context = stream.recent
        if stream.coming is None:
            stream = self._begun(stream, context, now, self._schedule)
        if stream.coming is None:
            return stream
        denoised = self._advanced(stream.coming, self._schedule.steps).denoising
        frame = _frame_of_last(context)
        history = self._features(context, frame)
        segment = Segment(denoised.latent, history, frame, denoised.clip_ratio)
        return replace(stream, segment=segment, coming=None, length=FUTURE_FRAMES)

    def _denoised_ahead(self, stream: Stream, poses: Motion, now: _Now) -> Stream:
        """The stream after this tick's share of the denoising."""
        if self.plan.ahead_from is None:
            return stream
        if stream.coming is None and stream.place + self.plan.ticks_ahead >= stream.length:
            context = poses.frames(stream.length - _CONTEXT, stream.length)
            stream = self._begun(stream, context, now, self._schedule)
        if stream.coming is None:
            return stream
        steps = stream.coming.due(stream.length - stream.place - 1)
        return replace(stream, coming=self._advanced(stream.coming, steps))

    # --- surprise ------------------------------------------------------------------------------

    def _surprised(self, stream: Stream, others: Others | None, refined: Tensor | None) -> bool:
        plan, segment = self.plan, stream.segment
        if segment is None or others is None or not plan.replans:
            return False
        if len(stream.noise) != 1:
            raise ValueError("a plan that replans streams one ego at a time")
        far, much = plan.replan_deviation, plan.replan_correction
        if far is not None and stream.expected is not None:
            off = stream.expected.deviation(*newest_joints(others[0], segment.frame))
            if float(off) > far:
                return True
        if much is None or refined is None or stream.coming is not None:
            return False
        return float(correction(segment.latent, refined)) > much

    def _replanned(self, stream: Stream, poses: Motion, now: _Now) -> Stream:
        """The next segment denoised anew from the newest of everything, as soon as ticks allow.

        The running one is cut short if there is time; if not, the steps are fewer.
        """
        length = min(stream.length, stream.place + self.plan.ticks_ahead)
        steps = min(self._schedule.steps, self._steps_a_tick * (length - stream.place))
        if steps < min(FEWEST_STEPS, self._schedule.steps):
            return stream
        schedule = self._schedule
        if steps < schedule.steps:
            schedule = self.plan.schedule(self._config, steps).to(self.backend.device)
        context = poses.frames(length - _CONTEXT, length)
        stream = replace(stream, length=length, replans=stream.replans + 1)
        return self._begun(stream, context, now, schedule)

    # --- poses ---------------------------------------------------------------------------------

    def _poses(
        self, stream: Stream, now: _Now, others: Others | None
    ) -> tuple[Motion, Tensor | None]:
        """(B, F) frames of the running segment, as the newest observation leaves them, and the
        latent as they were refined."""
        segment, recent = stream.segment, stream.recent
        if segment is None:
            return concatenate([recent.frames(-1, None)] * FUTURE_FRAMES), None
        latent, history = segment.latent, segment.history
        frame = segment.frame.rotation, segment.frame.origin
        if self.plan.refine and others is not None:
            place = torch.full((len(history),), stream.place)
            poses = recent.root_positions, recent.rotations
            roots, rotations, refined = now.functions.refined(
                latent, place, history, *frame, *poses, *others
            )
            return Motion(roots, rotations), refined
        roots, rotations = now.functions.segment(latent, history, *frame)
        return Motion(roots, rotations), None

    def _joined(self, stream: Stream, coming: Motion) -> tuple[Motion, Seam | None]:
        """What is still to come of the segment, (B, K), eased into from the one before."""
        if stream.segment is None or not self.plan.joined or self.plan.slide:
            return coming, None
        seam = stream.seam
        if stream.place == 0 or seam is None:
            seam = Seam.between(stream.recent, coming.frames(0, 1))
        return seam.shown(coming, stream.place), seam

    def _standing(
        self, generated: Motion, footing: Footing | None
    ) -> tuple[Motion, Tensor, Footing | None]:
        nowhere = torch.zeros_like(generated.root_positions[:, 0])
        if not self.plan.footing:
            return generated, nowhere, None
        if footing is None:
            return generated, nowhere, Footing.of(generated)
        return footing.shown(generated)

    def _touching(
        self, shown: Motion, hands: Hands, segment: Segment | None, others: Others | None
    ) -> tuple[Motion, Hands]:
        if segment is None or others is None or not self.plan.touching:
            return shown, Hands.apart(len(hands.share))
        return hands.shown(shown, *newest_joints(others[0], segment.frame))

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
