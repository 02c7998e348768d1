"""Checkpoints of a phase: written whole or not at all, and read only where they fit."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

from remogen_ros.errors import UserError
from remogen_ros.training.objective import LossState


@dataclass(frozen=True)
class ProcessState:
    """What one process of a training remembers beside the weights.

    Attributes:
        random: of its generators.
        losses: of the losses of each part of its batch.
    """

    random: list[Tensor]
    losses: list[LossState]


@dataclass(frozen=True)
class Checkpoint:
    """A phase after some steps.

    Attributes:
        fingerprint: everything that makes another loss curve.
        module, average, optimiser, schedule: their states.
        step: steps done, of `steps`.
        processes: one state a process; none in a file of before there were several.
    """

    fingerprint: str
    module: dict[str, Tensor]
    average: dict[str, Tensor]
    optimiser: dict[str, Any]
    schedule: dict[str, Any]
    step: int
    steps: int
    processes: list[ProcessState]

    @property
    def finished(self) -> bool:
        """Whether the phase was trained to its end."""
        return self.step >= self.steps

    @property
    def weights(self) -> dict[str, Tensor]:
        """The averaged weights, with which a finished phase ends."""
        prefix = "module."
        return {
            name.removeprefix(prefix): value
            for name, value in self.average.items()
            if name.startswith(prefix)
        }


def checkpoint_path(folder: Path, phase: str) -> Path:
    """Where the checkpoint of a phase is."""
    return folder / f"{phase}.checkpoint.pt"


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write it, as `write_state`."""
    content = {
        "fingerprint": checkpoint.fingerprint,
        "module": checkpoint.module,
        "ema": checkpoint.average,
        "optimiser": checkpoint.optimiser,
        "schedule": checkpoint.schedule,
        "step": checkpoint.step,
        "steps": checkpoint.steps,
        "processes": [{"random": p.random, "losses": p.losses} for p in checkpoint.processes],
    }
    write_state(content, path, checkpoint.step)


def write_state(content: dict[str, object], path: Path, step: int) -> None:
    """Write what a training was at a step beside its place, then move it there.

    Raises:
        UserError: it cannot be written; what was there before is still there.
    """
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        kept = "the last good one is kept" if path.exists() else "there is none yet"
        raise UserError(
            f"the checkpoint {path} of step {step} cannot be written "
            f"({_reason(error)}; {kept}): make space, and give the same command again"
        ) from error


def _reason(error: BaseException) -> str:
    """What the system said, also when PyTorch's writer speaks first."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return str(error).splitlines()[0]


def load_checkpoint(path: Path) -> Checkpoint:
    """Read one; those written before there were several processes, too.

    Raises:
        UserError: it is damaged.
    """
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
        return Checkpoint(
            state["fingerprint"],
            state["module"],
            state["ema"],
            state["optimiser"],
            state["schedule"],
            state["step"],
            state.get("steps", state["step"]),
            [ProcessState(p["random"], p["losses"]) for p in state.get("processes", [])],
        )
    except (OSError, RuntimeError, KeyError, EOFError, ValueError, UnpicklingError) as error:
        raise UserError(
            f"the checkpoint {path} is damaged ({str(error).splitlines()[0]}): "
            "remove it to start that phase over"
        ) from error


def fit(module: nn.Module, weights: dict[str, Tensor], path: Path) -> None:
    """Load weights into a module.

    Raises:
        UserError: they are of networks of another size.
    """
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise other_size(path) from error


def other_size(path: Path) -> UserError:
    """What to say of a file of networks of another size."""
    return UserError(
        f"{path} holds networks of another size: give the --model that it was trained with, "
        "or another --out"
    )


def load_finished(module: nn.Module, folder: Path, phase: str, hint: str) -> None:
    """The weights with which a phase ended.

    Args:
        module: what that phase trained.
        folder: of the run.
        phase: its name.
        hint: the command that trains it.

    Raises:
        UserError: the phase was not trained to its end, or the weights do not fit.
    """
    path = checkpoint_path(folder, phase)
    if not path.exists():
        raise UserError(f"{folder} holds no trained '{phase}': run `{hint}` first")
    checkpoint = load_checkpoint(path)
    if not checkpoint.finished:
        raise UserError(
            f"the phase '{phase}' in {folder} is at step {checkpoint.step} of "
            f"{checkpoint.steps}: run `{hint}` to its end first"
        )
    fit(module, checkpoint.weights, path)


def load_if_finished(module: nn.Module, folder: Path, phase: str) -> None:
    """The weights with which a phase ended, if it has; it may be in training elsewhere.

    Raises:
        UserError: the checkpoint is damaged, or the weights do not fit.
    """
    path = checkpoint_path(folder, phase)
    if path.exists() and (checkpoint := load_checkpoint(path)).finished:
        fit(module, checkpoint.weights, path)
