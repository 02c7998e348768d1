"""The three phases in order, each on what the ones before it left frozen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from remogen_ros.diffusion.schedule import Schedule, cosine_schedule
from remogen_ros.motion.features import FEATURE_COUNT, JOINT_DELTAS, JOINTS
from remogen_ros.motion.kinematics import forward_kinematics
from remogen_ros.motion.skeleton import ADULT, JOINT_COUNT
from remogen_ros.motion.statistics import Statistics
from remogen_ros.networks.assembly import Networks, standing_rotations
from remogen_ros.networks.linear_code import FittedCode
from remogen_ros.training.batches import Source
from remogen_ros.training.config import StageConfig, TrainingConfig
from remogen_ros.training.denoising import DenoisingLoss
from remogen_ros.training.intent import IntentLoss
from remogen_ros.training.linear_code import fit_linear_code
from remogen_ros.training.loop import LossFunction, Phase, run_phase
from remogen_ros.training.refinement import RefinementLoss
from remogen_ros.training.segments import (
    frame_of_last,
    segment_at,
    window_frames,
    with_root,
)
from remogen_ros.training.vae import VaeLoss

_STATISTICS_WINDOWS = 16384
_ADAPTER_TEXT_DROPOUT = 0.6
"""Live, most reactions come without words: the cue alone must suffice."""


@dataclass(frozen=True)
class Sources:
    """Where each phase's windows come from."""

    single: Source
    by_adapter: dict[str, Source]


@dataclass(frozen=True)
class Training:
    """One training run of a model."""

    networks: Networks
    sources: Sources
    config: TrainingConfig
    folder: Path
    seed: int = 0

    def run(self) -> None:
        """All phases; those already finished in the folder are only loaded."""
        for phase in self._phases():
            self.networks.requires_grad_(False)
            phase.module.requires_grad_(True)
            if phase.frozen is not None:
                phase.frozen.requires_grad_(False)
            phase.module.train()
            run_phase(phase, self.folder)
            self.networks.eval()

    def _phases(self) -> Iterator[Phase]:
        networks, config = self.networks, self.config
        prior = networks.prior
        schedule = cosine_schedule(networks.config.diffusion.steps)
        self._measure_corpus()
        random = self._random(1)
        vae = VaeLoss(prior, self.sources.single, config, random)
        yield self._phase("vae", prior.vae, vae, config.vae, random)
        vae.measure_latent_std()
        random = self._random(2)
        denoiser = DenoisingLoss(
            prior,
            (),
            self.sources.single,
            schedule,
            config.denoiser,
            config,
            config.text_dropout,
            random,
        )
        yield self._phase("denoiser", prior.denoiser, denoiser, config.denoiser, random)
        for number, (name, source) in enumerate(self.sources.by_adapter.items(), start=3):
            yield from self._adapter_phases(number, name, source, schedule)
        random = self._random(99)
        social = next(iter(self.sources.by_adapter))
        refinement = RefinementLoss(
            networks,
            networks.weighted_adapters({social: 1.0}),
            self.sources.by_adapter[social],
            schedule,
            config,
            random,
        )
        yield self._phase("refinement", networks.refinement, refinement, config.refinement, random)

    def _adapter_phases(
        self, number: int, name: str, source: Source, schedule: Schedule
    ) -> Iterator[Phase]:
        prior, config = self.networks.prior, self.config
        ((adapter, weight),) = self.networks.weighted_adapters({name: 1.0})
        intent = adapter.intent
        if intent is not None:
            random = self._random(100 + number)
            asked = IntentLoss(
                intent,
                prior.denoiser,
                source,
                config.intent,
                config.cue_age,
                random,
            )
            yield self._phase(f"{name}_intent", intent, asked, config.intent, random)
        stage, random = config.adapters[name], self._random(number)
        loss = DenoisingLoss(
            prior,
            [(adapter, weight)],
            source,
            schedule,
            stage,
            config,
            _ADAPTER_TEXT_DROPOUT,
            random,
        )
        yield self._phase(name, adapter, loss, stage, random, frozen=intent)

    def _random(self, number: int) -> torch.Generator:
        return torch.Generator().manual_seed(1000 * self.seed + number)

    def _phase(
        self,
        name: str,
        module: nn.Module,
        loss: LossFunction,
        stage: StageConfig,
        random: torch.Generator,
        frozen: nn.Module | None = None,
    ) -> Phase:
        return Phase(name, module, loss, stage, self.config, random, frozen)

    def _measure_corpus(self) -> None:
        """What the prior must know of its corpus: measured once, kept beside the checkpoints."""
        path = self.folder / "corpus.safetensors"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            measured = self._measured()
            save_file({name: value.contiguous() for name, value in measured.items()}, path)
        measured = load_file(path)
        prior = self.networks.prior
        prior.set_statistics(Statistics(measured["feature_mean"], measured["feature_std"]))
        prior.set_idle_pose(measured["idle_rotations"], measured["idle_height"])
        code = ("code_prediction", "code_analysis", "code_synthesis")
        prior.vae.start_from(FittedCode(*(measured[name] for name in code)))

    @torch.no_grad()
    def _measured(self) -> dict[str, Tensor]:
        """Feature statistics, the VAE's linear code, and the pose in which streaming starts."""
        window = self.sources.single.draw(_STATISTICS_WINDOWS, window_frames(1), self._random(0))
        identity = Statistics(torch.zeros(FEATURE_COUNT), torch.ones(FEATURE_COUNT))
        segment = segment_at(window.motion, 0, identity)
        statistics = Statistics.of(torch.cat((segment.history, segment.future), dim=1))
        latent, noise = self.networks.prior.vae.latent, self.config.history_noise
        code = fit_linear_code(segment.history, segment.future, statistics, latent, noise)
        standing = int(_restlessness(segment.future).argmin())
        last = window.motion.frames(-1)
        facing = frame_of_last(last).rotation[standing]
        rotations = last.rotations[standing, 0]
        return {
            "feature_mean": statistics.mean,
            "feature_std": statistics.std,
            "code_prediction": code.prediction,
            "code_analysis": code.analysis,
            "code_synthesis": code.synthesis,
            "idle_rotations": with_root(facing.mT @ rotations[0], rotations),
            "idle_height": last.root_positions[standing, 0, 2].clone(),
        }


def _restlessness(future: Tensor) -> Tensor:
    """How far each segment (B, F, 276), not normalised, is from a person who just stands, (B,).

    Metres from the standing pose, and metres moved in half a second.
    """
    pose = forward_kinematics(standing_rotations(), torch.tensor((0.0, 0.0, ADULT.pelvis_height)))
    joints = future[:, -1, JOINTS].unflatten(-1, (JOINT_COUNT, 3))
    floor = torch.tensor((1.0, 1.0, 0.0))
    placed = joints - joints[:, :1] * floor
    return (placed - pose).norm(dim=-1).mean(-1) + 5 * future[..., JOINT_DELTAS].abs().mean((1, 2))
