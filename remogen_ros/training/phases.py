"""The three phases, each on what the ones before it left frozen; together or one at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lightning_fabric import Fabric
from torch import nn

from remogen_ros.diffusion.schedule import Schedule, cosine_schedule
from remogen_ros.errors import UserError
from remogen_ros.networks.adapter import Adapter
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.intent import IntentEncoder
from remogen_ros.training.batches import Source
from remogen_ros.training.bystanders import CrowdedSource
from remogen_ros.training.checkpoints import checkpoint_path
from remogen_ros.training.config import Regime, StageConfig, TrainingConfig
from remogen_ros.training.corpus_measures import measured
from remogen_ros.training.denoising import DenoisingLoss
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.forgetting import (
    forget_adapter,
    forget_denoiser,
    forget_refinement,
)
from remogen_ros.training.freezing import check_frozen, frozen_digests
from remogen_ros.training.intent import IntentLoss
from remogen_ros.training.loop import Phase, SampleHook, run_phase
from remogen_ros.training.machine import ONE_DEVICE, Machine
from remogen_ros.training.objective import Loss
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.refinement import RefinementLoss
from remogen_ros.training.run_folder import (
    claim_folder,
    has_measured,
    load_adapter,
    load_prior,
    load_rest,
    salience_of,
    save_measured,
    teach_measured,
)
from remogen_ros.training.segments import window_frames
from remogen_ros.training.vae import VaeLoss, measure_latent_std

_STATISTICS_WINDOWS = 16384
_ADAPTER_TEXT_DROPOUT = 0.6
"""Live, most reactions come without words: the cue alone must suffice."""

# Numbers that make the seeds of what is random; adapters count from _ADAPTERS on.
_CORPUS, _VAE, _DENOISER, _ADAPTERS, _LATENTS, _FRESH, _REFINEMENT = 0, 1, 2, 3, 90, 91, 99
_INTENTS, _FRESH_ADAPTERS, _FRESH_REFINEMENT, _SALIENCES = 100, 200, 300, 400
_VALIDATION = 999

MakeLoss = Callable[[Drawing], Loss]
"""The loss of a phase on the windows of a drawing."""


@dataclass(frozen=True)
class Sources:
    """Where each phase's windows come from; None where a phase is not to be trained."""

    single: Source | None
    by_adapter: dict[str, Source]


_NOTHING = Sources(None, {})


@dataclass(frozen=True)
class Training:
    """One training run of a model.

    Attributes:
        networks: to be trained.
        sources: of training windows.
        config: hyper-parameters.
        folder: of the run: checkpoints, logs, what was measured of the corpus.
        fabric: the processes that train.
        machine: what they are to do.
        seed: of everything random.
        held_out: sources of validation windows.
        hook: is called at each validation.
        start: hash of the trained bundle with whose weights the networks begin, if not random.
    """

    networks: Networks
    sources: Sources
    config: TrainingConfig
    folder: Path
    fabric: Fabric
    machine: Machine = ONE_DEVICE
    seed: int = 0
    held_out: Sources = _NOTHING
    hook: SampleHook | None = None
    start: str | None = None

    def run(self) -> None:
        """All phases; those already finished in the folder are only loaded."""
        self.prior()
        for name in self.sources.by_adapter:
            self.adapter(name)
        self.refinement()

    def prior(self) -> None:
        """The VAE, then the denoiser of its latents."""
        networks, config = self.networks, self.config
        self._begin()
        self._measure_corpus()
        single, held_out = self._single(), self.held_out.single
        prior = networks.prior
        self._train(
            "vae",
            prior.vae,
            config.vae,
            _VAE,
            lambda windows: VaeLoss(prior, windows, config),
            single,
            held_out,
        )
        # The same on every process.
        unit = Randomness.of(self._seed(_LATENTS), device=self.fabric.device)
        measure_latent_std(prior, Drawing(single, config.vae.batch, unit))
        make = self._denoising((), config.denoiser, config.text_dropout)
        self._train("denoiser", prior.denoiser, config.denoiser, _DENOISER, make, single, held_out)

    def adapter(self, name: str, regime: Regime = Regime.FROZEN, afresh: bool = False) -> Path:
        """One adapter on the prior of the folder; the folder with what came of it.

        Args:
            name: of the adapter.
            regime: what is trained with it.
            afresh: whether it begins with random weights, whatever the networks begin with.

        Raises:
            UserError: there is no such adapter, or no trained prior.
        """
        adapter = self._known(name)
        self._begin()
        load_prior(self.networks.prior, self.folder, needed=self.start is None)
        config, source = self.config, self.sources.by_adapter[name]
        held_out = self.held_out.by_adapter.get(name)
        number = list(self.networks.adapters).index(name)
        if afresh:
            forget_adapter(self.networks, name, self._seed(_FRESH_ADAPTERS + number))
        intent, denoiser = adapter.intent, self.networks.prior.denoiser
        if intent is not None and regime is not Regime.SCRATCH:
            encoder = intent
            self._train(
                f"{name}_intent",
                encoder,
                config.intent,
                _INTENTS + _ADAPTERS + number,
                lambda windows: IntentLoss(encoder, denoiser, windows, config),
                source,
                held_out,
            )
            # Words tell gestures apart in minutes; a denoising loss alone takes far longer.
            if adapter.others is not None and adapter.untrained:
                adapter.others.hear_like(intent.others)
        stage = self._adapter_stage(name)
        make = self._denoising([(adapter, 1.0)], stage, _ADAPTER_TEXT_DROPOUT)
        if regime is Regime.FROZEN:
            self._train(
                name, adapter, stage, _ADAPTERS + number, make, source, held_out, frozen=intent
            )
            if intent is not None:
                self._salience(name, intent, _SALIENCES + number)
            return self.folder
        if regime is Regime.SCRATCH:
            forget_denoiser(self.networks, self._seed(_FRESH))
        both = nn.ModuleDict({"adapter": adapter, "denoiser": denoiser})
        folder = self.folder / f"{name}-{regime.value}"
        phase = f"{name}_{regime.value}"
        self._train(phase, both, stage, _ADAPTERS + number, make, source, held_out, folder=folder)
        return folder

    def _salience(self, name: str, intent: IntentEncoder, number: int) -> None:
        """Whom to heed among several; last, as it changes nothing for who is with one partner."""
        source, held_out = self.sources.by_adapter[name], self.held_out.by_adapter.get(name)
        denoiser, config = self.networks.prior.denoiser, self.config
        self._train(
            salience_of(name),
            intent.salience,
            config.salience,
            number,
            lambda windows: IntentLoss(intent, denoiser, windows, config),
            CrowdedSource(source),
            None if held_out is None else CrowdedSource(held_out),
        )

    def refinement(self, afresh: bool = False) -> None:
        """FWSR, on the frozen prior and the first adapter.

        Args:
            afresh: as for an adapter.

        Raises:
            UserError: they are not trained.
        """
        self._begin()
        load_prior(self.networks.prior, self.folder, needed=self.start is None)
        networks, config = self.networks, self.config
        social = next(iter(networks.adapters))
        self._known(social)
        if self.start is None or checkpoint_path(self.folder, social).exists():
            load_adapter(self.networks, self.folder, social)
        if afresh:
            forget_refinement(networks, self._seed(_FRESH_REFINEMENT))
        schedule = self._schedule().quieter(networks.config.diffusion.noise)
        weighted = networks.weighted_adapters({social: 1.0})
        self._train(
            "refinement",
            networks.refinement,
            config.refinement,
            _REFINEMENT,
            lambda windows: RefinementLoss(
                networks, weighted, windows, schedule, config, self.machine.replays
            ),
            self.sources.by_adapter[social],
            self.held_out.by_adapter.get(social),
        )

    def load_rest(self) -> None:
        """Adapters and refinement that the folder has already, for a bundle with all of it."""
        load_rest(self.networks, self.folder)

    def _begin(self) -> None:
        with self.fabric.rank_zero_first():
            claim_folder(self.folder, self.networks.config, self.start)
        self.networks.to(self.fabric.device)

    def _measure_corpus(self) -> None:
        """Measured once, kept beside the checkpoints; trained weights hold for no other."""
        if self.start is not None:
            return
        with self.fabric.rank_zero_first():
            if not has_measured(self.folder) and not checkpoint_path(self.folder, "vae").exists():
                random = Randomness.of(self._seed(_CORPUS))
                window = Drawing(self._single(), _STATISTICS_WINDOWS, random).window(
                    window_frames(1)
                )
                latent, noise = self.networks.prior.vae.latent, self.config.history_noise
                save_measured(self.folder, measured(window, latent, noise))
        teach_measured(self.networks.prior, self.folder)

    def _single(self) -> Source:
        if self.sources.single is None:
            raise UserError("the prior needs single people: give --single")
        return self.sources.single

    def _known(self, name: str) -> Adapter:
        adapter = dict(self.networks.adapters.items()).get(name)
        if not isinstance(adapter, Adapter):
            names = ", ".join(self.networks.adapters)
            raise UserError(f"unknown adapter '{name}': choose one of {names}")
        if name not in self.sources.by_adapter:
            raise UserError(f"there is nothing to train the adapter '{name}' on: give its corpus")
        return adapter

    def _adapter_stage(self, name: str) -> StageConfig:
        stage = self.config.adapters.get(name)
        if stage is None:
            raise UserError(f"the configuration has no adapter '{name}': add it to its `adapters`")
        return stage

    def _denoising(
        self, adapters: list[tuple[Adapter, float]] | tuple[()], stage: StageConfig, dropout: float
    ) -> MakeLoss:
        prior, schedule, config = self.networks.prior, self._schedule(), self.config
        noise, replays = self.networks.config.diffusion.noise, self.machine.replays
        return lambda windows: DenoisingLoss(
            prior, adapters, windows, schedule, stage, config, dropout, noise, replays
        )

    def _schedule(self) -> Schedule:
        return cosine_schedule(self.networks.config.diffusion.steps).to(self.fabric.device)

    def _seed(self, number: int) -> int:
        return 1000 * self.seed + number

    def _train(
        self,
        name: str,
        module: nn.Module,
        stage: StageConfig,
        number: int,
        make: MakeLoss,
        source: Source,
        held_out: Source | None,
        frozen: nn.Module | None = None,
        folder: Path | None = None,
    ) -> None:
        """Train one module, and prove that nothing else changed.

        Args:
            name: of the phase.
            module: what is trained.
            stage: its configuration.
            number: of its seed.
            make: its loss.
            source, held_out: windows to train and to validate on.
            frozen: a part of the module that is kept as it is.
            folder: for its files, if not that of the run.
        """
        fabric, networks = self.fabric, self.networks
        random = Randomness.of(self._seed(number), fabric.global_rank, fabric.device)
        parts = self.machine.parts(stage.batch, fabric.world_size)

        def validation() -> Loss:
            assert held_out is not None
            again = Randomness.of(self._seed(_VALIDATION), device=fabric.device)
            return make(Drawing(held_out, parts[0], again))

        phase = Phase(
            name,
            module,
            tuple(make(Drawing(source, part, random)) for part in parts),
            stage,
            self.config,
            random,
            self.machine.fingerprint(),
            f" seed={self.seed} clips={source.digest}",
            self.machine.replays,
            frozen,
            None if held_out is None else validation,
        )
        networks.eval().requires_grad_(False)
        module.train().requires_grad_(True)
        if frozen is not None:
            frozen.eval().requires_grad_(False)
        before = frozen_digests(networks, module)
        run_phase(phase, folder or self.folder, fabric, self.hook)
        check_frozen(before, networks, module, name)
        networks.eval()
