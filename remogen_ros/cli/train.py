"""`./remogen train`: train a model on prepared corpora, all of it or a phase at a time."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import tyro
from lightning_fabric import Fabric

from remogen_ros.cli import train_curves
from remogen_ros.cli.train_corpora import Corpora, OpenCorpora
from remogen_ros.cli.train_curves import CurvesCommand, CurvesHook, tell_curves
from remogen_ros.cli.train_samples import Samples
from remogen_ros.cli.train_start import encoder_name, initial_networks
from remogen_ros.data.corpus import licences_in, together
from remogen_ros.errors import UserError
from remogen_ros.networks.precision import fast_products
from remogen_ros.streaming.bundle import (
    bundle_sha256,
    read_manifest,
    save_bundle,
)
from remogen_ros.training.config import Regime, TrainingConfig
from remogen_ros.training.config_files import training_config
from remogen_ros.training.machine import Device, Machine, Precision, compile_layers
from remogen_ros.training.phases import Training
from remogen_ros.training.run_folder import note_licences, noted_licences

BUNDLE = "bundle"
"""Folder of the trained model in that of its run."""


@dataclass(frozen=True, kw_only=True)
class Options(ABC):
    """What every phase can be told."""

    out: Path = Path("runs/model")
    """Folder of the run: checkpoints, logs, curves; the bundle goes to `<out>/bundle`."""
    model: str | None = None
    """Size of the networks: small (the default), paper or tiny; of --start-from, its own."""
    start_from: Path | None = None
    """A trained bundle to begin with, rather than random weights: what is trained goes on from its
    weights, what is not stays as it is there. Its statistics are kept."""
    text_encoder: str | None = None
    """What embeds intents: minilm (the default; comes with the installation) or clip (ViT-B/32,
    if you have its weights: `hf download openai/clip-vit-base-patch32`); of --start-from, its
    own."""
    config: str = "demo"
    """Hyper-parameters: demo (two CPU cores), paper (a GPU), smoke (tests), or a YAML file with
    `base: NAME` and what differs."""
    licence: str | None = None
    """Licence of the weights; by default those of all data that they learned from, as the corpora,
    and the bundle of --start-from, tell them."""
    seed: int = 0
    """Seed of initialisation, batches and noise."""
    threads: Annotated[int, tyro.conf.arg(aliases=["-j"])] = 2
    """CPU threads of each process."""
    device: Device = "auto"
    """Where to train; auto takes a GPU where there is one."""
    devices: int = 1
    """Processes that share each batch, one for each GPU (DDP)."""
    precision: Precision = "auto"
    """Of the networks; auto is bf16 on a GPU and 32 on a CPU."""
    micro_batch: int | None = None
    """Windows of a batch in memory at a time, where a GPU has too little for all."""
    compile: bool = False
    """Compile the layers: the first steps take minutes, those after them less time."""
    cuda_graphs: bool = True
    """On one GPU: replay each step as a CUDA graph, rather than have Python launch its kernels."""
    samples: bool = True
    """Draw what the model does at each validation, into `<out>/samples`."""

    @property
    @abstractmethod
    def corpora(self) -> Corpora:
        """What it learns from."""

    @abstractmethod
    def train(self, training: Training) -> Path:
        """Train; the folder with what came of it, for a bundle."""


@dataclass(frozen=True, kw_only=True)
class PriorCommand(Options):
    """Phase 1: the motion VAE and the denoiser, on single people and, as far as they are given, the
    egos of pairs and the people in rooms, an equal share of each."""

    single: Path
    """Prepared single-person corpus."""
    duet: Path | None = None
    """Prepared two-person corpus, whose egos bring standing and setting off; left out at the cost
    of both."""
    rooms: Path | None = None
    """Prepared corpus of people in rooms, who bring walks with turns, sitting and reaching."""

    @property
    def corpora(self) -> Corpora:
        """People alone."""
        return Corpora(self.single, self.duet, self.rooms)

    def train(self, training: Training) -> Path:
        """The VAE and the denoiser."""
        training.prior()
        training.load_rest()
        return self.out


@dataclass(frozen=True, kw_only=True)
class AdapterCommand(Options):
    """Phase 2: one adapter, on the trained prior of the run folder.

    With a regime other than frozen, an ablation of its own: into `<out>/<name>-<regime>`.
    """

    name: tyro.conf.Positional[str]
    """hhi (people) or hsi (rooms)."""
    regime: Regime = Regime.FROZEN
    """frozen: the adapter alone. joint: the prior's denoiser with it. scratch: a denoiser of random
    weights with it, no prior."""
    joint: bool = False
    """Short for --regime joint."""
    from_scratch: bool = False
    """Short for --regime scratch."""
    afresh: bool = False
    """Begin the adapter with random weights, though --start-from has trained ones."""
    single: Path | None = None
    """Prepared single-person corpus: hsi learns on it, among scattered boxes, without --rooms."""
    duet: Path | None = None
    """Prepared two-person corpus: hhi learns on it; hsi, from its egos among scattered boxes, that
    a room alone is no reason to go anywhere."""
    rooms: Path | None = None
    """Prepared corpus of people in rooms: hsi learns on it."""
    without_styles: tuple[str, ...] = ()
    """Styles, as the corpus labels its clips, that the adapter is not to see: to be tested on."""

    @property
    def corpora(self) -> Corpora:
        """Those of this adapter alone."""
        return Corpora(self.single, self.duet, self.rooms, (self.name,), self.without_styles)

    def train(self, training: Training) -> Path:
        """The intent encoder, if it has one, and its blocks.

        Raises:
            UserError: regimes that exclude each other.
        """
        short = [
            regime
            for regime, asked in ((Regime.JOINT, self.joint), (Regime.SCRATCH, self.from_scratch))
            if asked
        ]
        if len({self.regime, *short} - {Regime.FROZEN}) > 1:
            raise UserError("--joint, --from-scratch and --regime exclude each other: give one")
        folder = training.adapter(self.name, short[0] if short else self.regime, self.afresh)
        if folder == self.out:
            training.load_rest()
        return folder


@dataclass(frozen=True, kw_only=True)
class RefinementCommand(Options):
    """Phase 3: Frame-wise Segment Refinement, on the trained prior and the adapter hhi."""

    duet: Path
    """Prepared two-person corpus."""
    afresh: bool = False
    """Begin with random weights, though --start-from has trained ones."""

    @property
    def corpora(self) -> Corpora:
        """Pairs alone."""
        return Corpora(duet=self.duet, adapters=("hhi",))

    def train(self, training: Training) -> Path:
        """The refinement."""
        training.refinement(self.afresh)
        training.load_rest()
        return self.out


@dataclass(frozen=True, kw_only=True)
class AllCommand(Options):
    """All three phases in their order, and the bundle."""

    single: Path
    """Prepared single-person corpus."""
    duet: Path
    """Prepared two-person corpus; its egos also go into the prior."""
    rooms: Path | None = None
    """Prepared corpus of people in rooms; they also go into the prior. Without one, boxes are
    scattered around single people."""

    @property
    def corpora(self) -> Corpora:
        """All of them."""
        return Corpora(self.single, self.duet, self.rooms, adapters=("hhi", "hsi"))

    def train(self, training: Training) -> Path:
        """All of it."""
        training.run()
        return self.out


@dataclass(frozen=True)
class EvaluatorCommand:
    """The text-motion evaluator, by which motion is measured; it has options of its own."""


_COMMANDS = (
    Annotated[PriorCommand, tyro.conf.subcommand("prior")]
    | Annotated[AdapterCommand, tyro.conf.subcommand("adapter")]
    | Annotated[RefinementCommand, tyro.conf.subcommand("refinement")]
    | Annotated[AllCommand, tyro.conf.subcommand("all")]
    | Annotated[EvaluatorCommand, tyro.conf.subcommand("evaluator")]
    | Annotated[CurvesCommand, tyro.conf.subcommand("curves")]
)


def main(argv: list[str]) -> int:
    """Entry point.

    Raises:
        UserError: anything the user can mend.
    """
    if argv[:1] == ["evaluator"]:
        return int(importlib.import_module("remogen_ros.cli.train_evaluator").main(argv[1:]))
    if argv[:1] == ["curves"]:
        return train_curves.main(argv[1:])
    command = tyro.cli(
        _COMMANDS,
        args=argv,
        prog="remogen train",
        description="Train a model, a phase at a time or all at once. Give the same command again "
        "to go on after an interruption.",
        config=(tyro.conf.OmitSubcommandPrefixes, tyro.conf.EnumChoicesFromValues),
    )
    assert not isinstance(command, EvaluatorCommand | CurvesCommand)
    torch.set_num_threads(command.threads)
    machine = Machine(
        command.device,
        command.devices,
        command.precision,
        command.micro_batch,
        command.compile,
        command.cuda_graphs,
    )
    fabric = machine.fabric()
    config = training_config(command.config)
    encoder = encoder_name(command.text_encoder, command.start_from)
    corpora = command.corpora.opened(config, fabric.device, encoder)
    with fabric.rank_zero_first():
        learned = _learned_licences(command, corpora)
    licence = command.licence or learned
    training = _training(command, encoder, config, corpora, fabric, machine)
    with fast_products(machine.accelerator == "cpu"):
        folder = command.train(training)
    if fabric.is_global_zero:
        save_bundle(training.networks.cpu(), folder / BUNDLE, licence, encoder)
        print(f"wrote {folder / BUNDLE}, under: {licence}")
        tell_curves(folder)
    return 0


def _learned_licences(command: Options, corpora: OpenCorpora) -> str:
    """Those of all data of this run, as far as it has come, and of the bundle it began with."""
    told = noted_licences(command.out)
    if command.start_from is not None:
        told |= licences_in(read_manifest(command.start_from).licence)
    told |= corpora.licences
    note_licences(command.out, told)
    return together(told)


def _training(
    command: Options,
    encoder: str,
    config: TrainingConfig,
    corpora: OpenCorpora,
    fabric: Fabric,
    machine: Machine,
) -> Training:
    torch.manual_seed(command.seed)
    networks = initial_networks(command.model, command.start_from, encoder)
    if machine.compiled:
        compile_layers(networks)
    held_out = corpora.sources("val")
    samples = Samples(networks, held_out, command.out / "samples") if command.samples else None
    return Training(
        networks,
        corpora.sources("train"),
        config,
        command.out,
        fabric,
        machine,
        command.seed,
        held_out,
        CurvesHook(command.out, samples),
        None if command.start_from is None else bundle_sha256(command.start_from),
    )
