"""The optimisation loop: AdamW, warm-up and cosine decay, EMA, resumable checkpoints, a log."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from remogen_ros.errors import UserError
from remogen_ros.training.config import StageConfig, TrainingConfig

_LOG_EVERY = 20

LossFunction = Callable[[int], dict[str, Tensor]]
"""Step number -> named loss terms, already weighted, whose sum is minimised."""


@dataclass(frozen=True)
class Phase:
    """What one phase trains, and how; `frozen` is a part of the module that is kept as it is."""

    name: str
    module: nn.Module
    loss: LossFunction
    stage: StageConfig
    shared: TrainingConfig
    generator: torch.Generator
    frozen: nn.Module | None = None


def _learning_rate_scale(step: int, stage: StageConfig) -> float:
    warm = min(1.0, (step + 1) / max(1, stage.warmup))
    return warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / stage.steps)))


def run_phase(phase: Phase, folder: Path) -> None:
    """Train `phase.module` in place; it ends with its averaged (EMA) weights.

    A checkpoint in `folder` is resumed; a finished phase returns at once.

    Raises:
        UserError: a loss that is not finite, or a checkpoint of another configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stage, shared = phase.stage, phase.shared
    fingerprint = phase.name + stage.model_dump_json() + shared.shared_json()
    ema = AveragedModel(phase.module, multi_avg_fn=get_ema_multi_avg_fn(shared.ema))
    parameters = [p for p in phase.module.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=stage.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: _learning_rate_scale(step, stage)
    )
    checkpoint = folder / f"{phase.name}.checkpoint.pt"
    step = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        if state["fingerprint"] != fingerprint:
            raise UserError(
                f"{checkpoint} was made with another configuration of '{phase.name}': "
                "train into another folder, or remove that file to start over"
            )
        phase.module.load_state_dict(state["module"])
        ema.load_state_dict(state["ema"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        phase.generator.set_state(state["generator"])
        step = state["step"]

    def save() -> None:
        part = checkpoint.with_suffix(".part")
        torch.save(
            {
                "fingerprint": fingerprint,
                "module": phase.module.state_dict(),
                "ema": ema.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "generator": phase.generator.get_state(),
                "step": step,
            },
            part,
        )
        os.replace(part, checkpoint)

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}  {task.fields[status]}"),
        TimeRemainingColumn(),
    )
    log = folder / f"{phase.name}.log.jsonl"
    with Progress(*columns) as progress, log.open("a") as lines:
        bar = progress.add_task(phase.name, total=stage.steps, completed=step, status="")
        began, first = time.monotonic(), step
        while step < stage.steps:
            terms = phase.loss(step)
            total = torch.stack(list(terms.values())).sum()
            if not torch.isfinite(total.detach()):
                raise UserError(
                    f"the loss of '{phase.name}' became {float(total.detach())} at step {step}: "
                    f"lower the learning rate, or resume from {checkpoint}"
                )
            optimiser.zero_grad(set_to_none=True)
            total.backward()
            nn.utils.clip_grad_norm_(parameters, shared.gradient_clip)
            optimiser.step()
            schedule.step()
            ema.update_parameters(phase.module)
            step += 1
            progress.update(bar, completed=step)
            if step % _LOG_EVERY == 0 or step == stage.steps:
                rate = (step - first) * stage.batch / (time.monotonic() - began)
                row = {"step": step, "samples_per_s": round(rate)} | {
                    name: round(float(term.detach()), 5) for name, term in terms.items()
                }
                lines.write(json.dumps(row) + "\n")
                lines.flush()
                progress.update(
                    bar, status=f"loss {float(total.detach()):.4f}, {rate:.0f} samples/s"
                )
            if step % shared.checkpoint_every == 0 or step == stage.steps:
                save()
    phase.module.load_state_dict(ema.module.state_dict())
