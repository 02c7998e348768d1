"""The optimisation loop: AdamW, warm-up and cosine decay, EMA, checkpoints, validation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from remogen_ros.errors import UserError
from remogen_ros.networks.replay import Replayed
from remogen_ros.training.averaging import Average
from remogen_ros.training.checkpoints import (
    Checkpoint,
    ProcessState,
    checkpoint_path,
    fit,
    load_checkpoint,
    save_checkpoint,
)
from remogen_ros.training.config import StageConfig, TrainingConfig
from remogen_ros.training.machine import gathered
from remogen_ros.training.objective import Loss, Measures, Objective, Terms
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.reporting import Report, Row, reporting

_LOG_EVERY = 20

SampleHook = Callable[[str, int], None]
"""Called at each validation, with the phase's name and the step, while the averaged weights are in
place: to show what the model does by now."""


@dataclass(frozen=True)
class Phase:
    """What one phase trains, and how.

    Attributes:
        name: of its files.
        module: what is trained, of networks that are on the device already.
        losses: one for each part of a process' batch.
        stage, shared: its configuration.
        random: what its losses draw from.
        hardware: what of the machine makes another loss curve.
        data: the same of which windows are drawn: seed and clips.
        replay: whether a step's gradient is worked out by a CUDA graph.
        frozen: a part of the module that is kept as it is.
        validation: makes the loss on held-out windows afresh, always with the same ones; None
            without any.
    """

    name: str
    module: nn.Module
    losses: tuple[Loss, ...]
    stage: StageConfig
    shared: TrainingConfig
    random: Randomness
    hardware: str = ""
    data: str = ""
    replay: bool = False
    frozen: nn.Module | None = None
    validation: Callable[[], Loss] | None = None

    @property
    def fingerprint(self) -> str:
        """Everything that makes another loss curve."""
        configuration = self.stage.model_dump_json() + self.shared.shared_json()
        return self.name + configuration + self.hardware + self.data


def _learning_rate_scale(step: int, stage: StageConfig) -> float:
    warm = min(1.0, (step + 1) / max(1, stage.warmup))
    return warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / stage.steps)))


def run_phase(phase: Phase, folder: Path, fabric: Fabric, hook: SampleHook | None = None) -> None:
    """Train `phase.module` in place; it ends with its averaged (EMA) weights.

    A checkpoint in `folder` is resumed; a finished phase returns at once.

    Raises:
        UserError: a loss or a window that is not finite, a checkpoint of another configuration,
            or one that cannot be written.
    """
    _Run(phase, folder, fabric, hook).run()


class _Run:
    """One phase on its way."""

    def __init__(self, phase: Phase, folder: Path, fabric: Fabric, hook: SampleHook | None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._phase, self._folder, self._fabric, self._hook = phase, folder, fabric, hook
        self._step = 0
        self._parameters = [p for p in phase.module.parameters() if p.requires_grad]
        self._average = Average(phase.module, phase.shared.ema)
        self._optimiser = AdamW(self._parameters, lr=phase.stage.learning_rate, fused=True)
        self._schedule = LambdaLR(
            self._optimiser, lambda step: _learning_rate_scale(step, phase.stage)
        )
        self._path = checkpoint_path(folder, phase.name)
        phase.random.seed_dropout()
        if self._path.exists():
            self._resume()
        objective = Objective(phase.module, phase.losses)
        self._objective, self._stepper = fabric.setup(objective, self._optimiser)
        self._gradient = Replayed(self._worked_out, phase.replay)

    def run(self) -> None:
        """All steps that are left."""
        stage, shared = self._phase.stage, self._phase.shared
        name, shown = self._phase.name, self._fabric.is_global_zero
        with reporting(self._folder, name, stage.steps, self._step, stage.batch, shown) as report:
            while self._step < stage.steps:
                terms, measures, norm = self._advance()
                last = self._step == stage.steps
                report.progress(self._step)
                logged = self._step % _LOG_EVERY == 0 or last
                saved = self._step % shared.checkpoint_every == 0 or last
                # Looking at a number waits for a GPU: there, only now and then.
                if logged or saved or self._fabric.device.type == "cpu":
                    self._check(terms, norm)
                if logged:
                    self._log(report, terms, measures, norm)
                if self._step % shared.validate_every == 0 or last:
                    self._validate(report)
                if saved:
                    self._save()
        self._average.keep()

    def _advance(self) -> tuple[Terms, Measures, Tensor]:
        """One step: the mean loss terms over the parts of the batch, what was measured of the last
        part, and the gradient's norm."""
        losses = self._phase.losses
        with self._fabric.autocast():
            batches = tuple(loss.draw(self._step) for loss in losses)
        terms, measures = self._gradient(batches)
        clip = self._phase.shared.gradient_clip
        norm = nn.utils.clip_grad_norm_(self._parameters, clip, foreach=True)
        self._stepper.step()
        self._schedule.step()
        self._average.update()
        with self._fabric.autocast():
            for loss in losses:
                loss.follow(self._step)
        self._step += 1
        return terms, measures, norm

    def _worked_out(self, batches: tuple[object, ...]) -> tuple[Terms, Measures]:
        """The gradient of all parts of a batch, into the parameters'."""
        parts = len(batches)
        sums: Terms = {}
        measures: Measures = {}
        # Whatever replays this writes where the gradients were when it was captured.
        self._stepper.zero_grad(set_to_none=not self._phase.replay)
        self._objective.batches = batches
        for part in range(parts):
            with self._fabric.no_backward_sync(self._objective, enabled=part < parts - 1):
                terms, measures = self._objective(part)
                total = torch.stack(list(terms.values())).sum() / parts
                self._fabric.backward(total)
            for name, term in terms.items():
                share = term.detach() / parts
                sums[name] = sums[name] + share if name in sums else share
        return sums, measures

    def _check(self, terms: Terms, norm: Tensor) -> None:
        """Nothing that is not finite is kept: a finite loss, too, may have such a gradient."""
        total = torch.stack(list(terms.values())).sum()
        for what, value in (("loss", float(total)), ("gradient", float(norm))):
            if not math.isfinite(value):
                kept = f", or resume from {self._path}" if self._path.exists() else ""
                raise UserError(
                    f"the {what} of '{self._phase.name}' became {value} by step {self._step - 1}, "
                    "though the numbers in its batch are finite: it diverged; lower the learning "
                    f"rate{kept}"
                )

    def _log(self, report: Report, terms: Terms, measures: Measures, norm: Tensor) -> None:
        values = torch.stack([*terms.values(), norm.detach()]).tolist()
        row: Row = dict(zip([*terms, "gradient_norm"], values, strict=True))
        row["learning_rate"] = float(self._optimiser.param_groups[0]["lr"])
        row |= {name: float(value) for name, value in measures.items()}
        report.losses(self._step, sum(values[:-1]), row)

    @torch.no_grad()
    def _validate(self, report: Report) -> None:
        phase = self._phase
        if not self._fabric.is_global_zero or (phase.validation is None and self._hook is None):
            return
        phase.module.eval()
        with self._average.in_place(), self._fabric.autocast():
            if phase.validation is not None:
                loss, batches = phase.validation(), phase.shared.validation_batches
                rows = [loss(0) for _ in range(batches)]
                means = {k: torch.stack([row[k] for row in rows]).mean() for k in rows[0]}
                report.log(self._step, {f"val/{k}": float(v) for k, v in means.items()})
            if self._hook is not None:
                self._hook(phase.name, self._step)
        phase.module.train()
        if phase.frozen is not None:
            phase.frozen.eval()

    def _save(self) -> None:
        losses = [_on_cpu(loss.state()) for loss in self._phase.losses]
        processes = gathered(self._fabric, ProcessState(self._phase.random.state(), losses))
        if self._fabric.is_global_zero:
            save_checkpoint(
                Checkpoint(
                    self._phase.fingerprint,
                    self._phase.module.state_dict(),
                    self._average.state(),
                    self._optimiser.state_dict(),
                    self._schedule.state_dict(),
                    self._step,
                    self._phase.stage.steps,
                    processes,
                ),
                self._path,
            )

    def _resume(self) -> None:
        phase, state = self._phase, load_checkpoint(self._path)
        if state.fingerprint != phase.fingerprint:
            raise UserError(
                f"{self._path} was made with another configuration of '{phase.name}', another seed "
                "or other clips: train into another folder, or remove that file to start over"
            )
        fit(phase.module, state.module, self._path)
        self._average.restore(state.average)
        self._optimiser.load_state_dict(state.optimiser)
        self._schedule.load_state_dict(state.schedule)
        self._step = state.step
        if state.processes:
            own = state.processes[self._fabric.global_rank]
            phase.random.restore(own.random)
            for loss, remembered in zip(phase.losses, own.losses, strict=True):
                loss.restore(remembered)


def _on_cpu(state: dict[str, Tensor | int]) -> dict[str, Tensor | int]:
    return {k: v.cpu() if isinstance(v, Tensor) else v for k, v in state.items()}
