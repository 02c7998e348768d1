"""The online generator: one pose of the ego per tick, each from the newest observation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from remogen_ros.errors import UserError
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import matrix_to_quaternion, yaw_matrix
from remogen_ros.networks.text import text_encoder
from remogen_ros.streaming.auto_mix import AutoMix
from remogen_ros.streaming.backends.base import Backend
from remogen_ros.streaming.backends.choosing import BackendChoice
from remogen_ros.streaming.backends.names import BackendName
from remogen_ros.streaming.bundle import Bundle, load_bundle
from remogen_ros.streaming.cues import ObservedSenses
from remogen_ros.streaming.engine import Engine
from remogen_ros.streaming.observation import Frame, Observation
from remogen_ros.streaming.plan import Plan
from remogen_ros.streaming.stream import Senses, Stream, Words

REMEMBERED_INTENTS = 64
"""Sentences whose embeddings are kept; the oldest goes first."""


def _silent(sentence: str) -> None:
    """Says nothing."""


class Generator:
    """Streams the reaction of one ego. Not thread-safe: one thread steps it."""

    def __init__(
        self,
        bundle: Bundle,
        seed: int = 0,
        plan: Plan | None = None,
        backend: Backend | None = None,
        warn: Callable[[str], object] = _silent,
    ) -> None:
        """A generator of a model.

        Args:
            bundle: of the model.
            seed: of the random numbers after each reset.
            plan: without one, as the live system does it.
            backend: without one, eager.
            warn: told when the back end fails and another one takes over.
        """
        # Not the bundle: whoever runs compiled functions needs its networks no more.
        self._folder = bundle.folder
        self._engine = Engine(bundle.networks, plan, backend)
        self._encoder_name = bundle.manifest.text_encoder
        self._nothing_said = torch.zeros(1, bundle.manifest.config.denoiser.text)
        self._intents: dict[str, Tensor] = {}
        self._seed = seed
        self._warn = warn
        self.adapter_names: tuple[str, ...] = self._engine.adapters
        self.reset()

    @staticmethod
    def load(
        model: Path,
        device: str = "cpu",
        seed: int = 0,
        plan: Plan | None = None,
        backend: BackendName = "eager",
        adapters: Sequence[str] | None = None,
        threads: int = 1,
        say: Callable[[str], object] = _silent,
        warn: Callable[[str], object] = _silent,
    ) -> Generator:
        """A generator of the model in a folder.

        Args:
            model: the folder.
            device: of PyTorch, where the networks work.
            seed, plan: as above.
            backend: that runs the networks.
            adapters: all that will ever be mixed; None for those of the model.
            threads: of the processor, for a back end with threads of its own.
            say: told what takes seconds.
            warn: told when another back end takes over.

        Raises:
            UserError: the model is missing, truncated, changed, or of another format; there is no
                such device; or the back end cannot work here.
        """
        plan = plan or Plan()
        bundle = load_bundle(model)
        put_on(bundle, device)
        known = bundle.manifest.config.adapters
        mixed = tuple(name for name in known if adapters is None or name in adapters)
        guided = plan.guidance_of(bundle.manifest.config) != 1.0
        choice = BackendChoice(bundle, mixed, guided, threads, say)
        return Generator(bundle, seed, plan, choice.named(backend), warn)

    @property
    def backend(self) -> str:
        """Name of the back end that runs the networks now."""
        return self._engine.backend.name

    @property
    def replans(self) -> int:
        """How often partners surprised since the last reset."""
        return self._stream.replans

    def reset(
        self,
        position_xy: tuple[float, float] = (0.0, 0.0),
        yaw: float = 0.0,
        seed: int | None = None,
    ) -> None:
        """Stand still at a place of the floor, facing `yaw` (radians about z).

        The ego stands for the 0.6 s that its first segment takes.
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
            if len(self._intents) > REMEMBERED_INTENTS:
                self._intents.pop(next(iter(self._intents)))

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
        senses = ObservedSenses(observation)
        weights = self._weights(observation, senses)
        starts = self._stream.place == 0
        coming, self._stream = self._streamed(senses, words, weights)
        self._shown += 1
        segment = self._stream.segment
        clip_ratio = segment.clip_ratio if segment else 0.0
        return _frame(coming, self._shown - 1, starts, clip_ratio, weights)

    def _weights(self, observation: Observation, senses: Senses) -> Mapping[str, float]:
        weights = observation.adapter_weights
        if observation.mix == "fixed":
            self._mix = None
            return weights
        self._mix = AutoMix.of(senses, self._stream.recent, self._mix)
        return {name: float(weight) for name, weight in self._mix.scaled(weights).items()}

    def _streamed(
        self, senses: Senses, words: Words, weights: Mapping[str, float]
    ) -> tuple[Motion, Stream]:
        engine, stream = self._engine, self._stream
        try:
            return engine.step(stream, senses, words, weights)
        except Exception as error:
            if engine.backend.name == "eager" and engine.backend.device.type == "cpu":
                raise
            # A GPU can be full or gone. Poses shown last are all that another back end needs; an
            # error that is not the back end's own is raised there, too, and changes nothing.
            other = Engine(load_bundle(self._folder).networks, engine.plan)
            stream = replace(stream, place=0, segment=None, coming=None, expected=None)
            made = other.step(stream, senses, words, weights)
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        self._engine = other
        self._warn(
            f"back end {engine.backend.name} failed and eager on the CPU goes on, more slowly: "
            f"{reason}"
        )
        return made


def put_on(bundle: Bundle, device: str) -> None:
    """Move the networks of a bundle to a device of PyTorch.

    Raises:
        UserError: it is not there.
    """
    try:
        bundle.networks.to(device)
    except (RuntimeError, AssertionError) as error:  # PyTorch without CUDA asserts that it has it.
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"device '{device}' cannot be used ({reason}): choose cpu, or cuda where there is a GPU"
        ) from error


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
