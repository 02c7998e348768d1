"""The online generator: one pose of the ego per tick, each from the newest observation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import matrix_to_quaternion, yaw_matrix
from remogen_ros.networks.text import text_encoder
from remogen_ros.streaming.auto_mix import AutoMix
from remogen_ros.streaming.bundle import Bundle, load_bundle
from remogen_ros.streaming.cues import ObservedSenses
from remogen_ros.streaming.engine import Engine, Words
from remogen_ros.streaming.observation import Frame, Observation
from remogen_ros.streaming.plan import Plan


class Generator:
    """Streams the reaction of one ego. Not thread-safe: one thread steps it."""

    def __init__(self, bundle: Bundle, seed: int = 0, plan: Plan | None = None) -> None:
        self._engine = Engine(bundle.networks, plan)
        self._encoder_name = bundle.manifest.text_encoder
        self._nothing_said = torch.zeros(1, bundle.manifest.config.denoiser.text)
        self._intents: dict[str, Tensor] = {}
        self._seed = seed
        self.adapter_names: tuple[str, ...] = self._engine.adapters
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
        """Stand still at a place of the floor, facing `yaw` (radians about z).

        The ego stands for the half second that its first segment takes.
        """
        place = torch.tensor([[*position_xy, 0.0]])
        turn = yaw_matrix(torch.tensor([float(yaw)]))
        self._stream = self._engine.standing(place, turn, self._seed if seed is None else seed)
        self._shown = 0
        self._mix: AutoMix | None = None

    def prepare_intent(self, intent: str) -> None:
        """Embed an intent ahead of the tick that uses it; loads the text encoder if need be.

        Raises:
            UserError: the bundle's text encoder is not installed.
        """
        if intent and intent not in self._intents:
            self._intents[intent] = text_encoder(self._encoder_name).encode([intent])

    def step(self, observation: Observation) -> Frame:
        """Generate the pose of this tick.

        Args:
            observation: the newest of everything, in the fixed frame.
        """
        self.prepare_intent(observation.intent)
        words = Words(
            self._intents.get(observation.intent, self._nothing_said),
            torch.tensor([bool(observation.intent)]),
        )
        senses, weights = ObservedSenses(observation), observation.adapter_weights
        if observation.mix == "auto":
            self._mix = AutoMix.of(senses, self._stream.recent, self._mix)
            weights = {name: float(weight) for name, weight in self._mix.scaled(weights).items()}
        starts = self._stream.place == 0
        coming, self._stream = self._engine.step(self._stream, senses, words, weights)
        self._shown += 1
        segment = self._stream.segment
        clip_ratio = segment.clip_ratio if segment else 0.0
        return _frame(coming, self._shown - 1, starts, clip_ratio, weights)


def _frame(
    coming: Motion,
    index: int,
    segment_start: bool,
    clip_ratio: float,
    weights: Mapping[str, float],
) -> Frame:
    """The first of the coming poses (1, K) of a segment, and the others as its horizon."""
    quaternions = matrix_to_quaternion(coming.rotations[0]).numpy()
    roots = coming.root_positions[0].numpy()
    return Frame(
        index=index,
        root_position=roots[0],
        joint_rotations=quaternions[0],
        joint_positions=coming.frames(0, 1).joints()[0, 0].numpy(),
        horizon_root_positions=roots[1:],
        horizon_joint_rotations=quaternions[1:],
        segment_start=segment_start,
        clip_ratio=clip_ratio,
        adapter_weights=weights,
    )
