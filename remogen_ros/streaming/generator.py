"""The online generator: one pose of the ego per tick, each from the newest observation.

A segment of F = 8 frames is denoised into one latent; every frame of it is decoded from that
latent after refinement by the newest history and partner motion (FWSR). The next segment is
denoised while this one is shown, a few steps a tick, so that no tick costs more than the others.
After a reset the ego stands still for the half second that its first segment takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from remogen_ros.diffusion.sampler import Conditions, Denoising
from remogen_ros.diffusion.schedule import cosine_schedule
from remogen_ros.motion import features as layout
from remogen_ros.motion.canonical import CanonicalFrame, canonical_frame
from remogen_ros.motion.poses import Motion, concatenate
from remogen_ros.motion.rotations import matrix_to_quaternion, yaw_matrix
from remogen_ros.networks.config import FUTURE_FRAMES, HISTORY_FRAMES
from remogen_ros.networks.text import text_encoder
from remogen_ros.streaming.bundle import Bundle, load_bundle
from remogen_ros.streaming.cues import observed_cues, observed_partners
from remogen_ros.streaming.footing import Footing
from remogen_ros.streaming.observation import Frame, Observation

PLAN_FROM = 3
"""Frame of a segment from which the next one is denoised, two steps a tick."""


@dataclass(frozen=True)
class Segment:
    """The segment being shown.

    Attributes:
        latent: (1, latent) clean.
        history: (1, H, 276) normalised features it continues.
        frame: the canonical frame of both.
        clip_ratio: share of token deltas that the adapter mix clipped.
    """

    latent: Tensor
    history: Tensor
    frame: CanonicalFrame
    clip_ratio: float


class Generator:
    """Streams the reaction of one ego. Not thread-safe: one thread steps it."""

    def __init__(self, bundle: Bundle, seed: int = 0) -> None:
        self._networks = bundle.networks
        self._prior = bundle.networks.prior
        self._config = bundle.manifest.config
        self._encoder_name = bundle.manifest.text_encoder
        self._schedule = cosine_schedule(self._config.diffusion.steps)
        self._statistics = self._prior.statistics
        self._intents: dict[str, Tensor] = {}
        self._seed = seed
        self._footing = Footing()
        self.adapter_names: tuple[str, ...] = tuple(self._config.adapters)
        self.reset()

    @staticmethod
    def load(model: Path, device: str = "cpu", seed: int = 0) -> Generator:
        """A generator of the model in a folder.

        Raises:
            UserError: the model is missing, truncated, changed, or of another format.
        """
        bundle = load_bundle(model)
        bundle.networks.to(device)
        return Generator(bundle, seed)

    def reset(
        self,
        position_xy: tuple[float, float] = (0.0, 0.0),
        yaw: float = 0.0,
        seed: int | None = None,
    ) -> None:
        """Stand still at a place of the floor, facing `yaw` (radians about z)."""
        self._random = torch.Generator().manual_seed(self._seed if seed is None else seed)
        root = torch.tensor([*position_xy, float(self._prior.idle_height)])
        rotations = self._prior.idle_rotations.clone()
        rotations[0] = yaw_matrix(torch.tensor(float(yaw))) @ rotations[0]
        frames = HISTORY_FRAMES + 1
        self._recent = Motion(root.expand(frames, 3), rotations.expand(frames, -1, -1, -1))
        self._footing.reset()
        self._shown = 0
        self._place = PLAN_FROM
        self._segment: Segment | None = None
        self._next: Denoising | None = None

    def prepare_intent(self, intent: str) -> None:
        """Embed an intent ahead of the tick that uses it; loads the text encoder if need be.

        Raises:
            UserError: the bundle's text encoder is not installed.
        """
        if intent and intent not in self._intents:
            self._intents[intent] = text_encoder(self._encoder_name).encode([intent])

    @torch.inference_mode()
    def step(self, observation: Observation) -> Frame:
        """Generate the pose of this tick.

        Args:
            observation: the newest of everything, in the fixed frame.
        """
        place = self._place
        if self._next is not None and self._next.remaining == 0 and place == 0:
            self._segment = self._started_segment(self._next)
            self._next = None
        poses = self._poses(observation, place)
        generated = poses.frames(place, place + 1)
        self._recent = concatenate([self._recent.frames(1), generated])
        if place >= PLAN_FROM:
            self._plan_ahead(observation, poses)
        self._shown += 1
        self._place = (place + 1) % FUTURE_FRAMES
        # Not part of the history: to whom feet that stand fast are shown, setting off is strange.
        shown = self._footing.shown(generated)
        return self._frame(concatenate([shown, poses.frames(place + 1)]))

    def _started_segment(self, planned: Denoising) -> Segment:
        frame = _frame_of_last(self._recent)
        history = self._features(self._recent, frame)
        return Segment(planned.latent, history, frame, planned.clip_ratio)

    def _plan_ahead(self, observation: Observation, poses: Motion) -> None:
        if self._next is None:
            self._next = self._denoising(observation, poses.frames(-(HISTORY_FRAMES + 1), None))
        ticks = FUTURE_FRAMES - PLAN_FROM
        self._next.advance(-(-self._schedule.steps // ticks))

    def _denoising(self, observation: Observation, context: Motion) -> Denoising:
        frame = _frame_of_last(context)
        weights = {
            name: float(weight)
            for name, weight in observation.adapter_weights.items()
            if name in self.adapter_names
        }
        self.prepare_intent(observation.intent)
        known = bool(observation.intent)
        width = self._config.denoiser.text
        text = self._intents[observation.intent] if known else torch.zeros(1, width)
        conditions = Conditions(
            self._features(context, frame),
            text,
            torch.tensor([known]),
            observed_cues(observation, frame),
        )
        shape = (self._schedule.steps, 1, self._config.vae.latent)
        return Denoising(
            self._prior.denoiser,
            self._schedule,
            self._networks.weighted_adapters(weights),
            conditions,
            torch.randn(shape, generator=self._random),
            self._config.diffusion.guidance,
        )

    def _poses(self, observation: Observation, place: int) -> Motion:
        """The F frames of the running segment, as the newest observation leaves them."""
        segment = self._segment
        if segment is None:
            still = self._recent.frames(-1, None)
            return concatenate([still] * FUTURE_FRAMES)
        latent = segment.latent
        if any(weight > 0 for weight in observation.adapter_weights.values()):
            latent = self._networks.refinement(
                latent,
                torch.tensor([place]),
                self._features(self._recent, segment.frame),
                *observed_partners(observation, segment.frame),
            )
        decoded = self._prior.decode(latent, segment.history)[0]
        return layout.decode(self._statistics.denormalise(decoded), segment.frame)

    def _features(self, context: Motion, frame: CanonicalFrame) -> Tensor:
        return self._statistics.normalise(layout.encode(context, frame))[None]

    def _frame(self, coming: Motion) -> Frame:
        """The first of the coming poses of the segment, and the others as its horizon."""
        quaternions = matrix_to_quaternion(coming.rotations).numpy()
        roots = coming.root_positions.numpy()
        return Frame(
            index=self._shown - 1,
            root_position=roots[0],
            joint_rotations=quaternions[0],
            joint_positions=coming.frames(0, 1).joints()[0].numpy(),
            horizon_root_positions=roots[1:],
            horizon_joint_rotations=quaternions[1:],
            segment_start=len(coming) == FUTURE_FRAMES,
            clip_ratio=self._segment.clip_ratio if self._segment else 0.0,
        )


def _frame_of_last(motion: Motion) -> CanonicalFrame:
    return canonical_frame(motion.root_positions[-1], motion.rotations[-1, 0])
