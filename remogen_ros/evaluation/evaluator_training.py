"""Training of the text-motion evaluator: AdamW, cosine decay, the best on validation is kept.

It goes on from `training.pt` when it is called again. `evaluator.log.jsonl` tells the loss, and how
well the captions of the validation split find their motion among 32. The best is the one whose
captions are least often nearer to a motion of which they are false: plain R-Precision is as high as
captions allow within a few hundred steps, and then only noise.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, Field
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

from remogen_ros.data.corpus import Corpus
from remogen_ros.errors import UserError
from remogen_ros.evaluation.evaluator import save_evaluator
from remogen_ros.evaluation.evaluator_clips import CaptionedClips
from remogen_ros.evaluation.evaluator_features import evaluator_features
from remogen_ros.evaluation.evaluator_loss import evaluator_loss
from remogen_ros.evaluation.evaluator_networks import EvaluatorConfig, EvaluatorNetworks
from remogen_ros.evaluation.evaluator_retrieval import Found, Retrieval, retrieval
from remogen_ros.motion.statistics import Statistics
from remogen_ros.training.checkpoints import write_state

CHECKPOINT = "training.pt"
LOG = "evaluator.log.jsonl"

_WEIGHT_DECAY = 0.05
_GRADIENT_CLIP = 1.0

_MEASURED = 512
"""Cropped clips over which features are normalised."""


class EvaluatorTraining(BaseModel):
    """How an evaluator is trained."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = Field(4000, ge=1)
    batch: int = Field(128, ge=2)
    learning_rate: float = Field(5e-4, gt=0)
    warmup: int = Field(100, ge=0, description="steps of linear warm-up")
    check_every: int = Field(200, ge=1, description="steps between validations and checkpoints")
    seed: int = 0

    def learning_rate_scale(self, step: int) -> float:
        """Linear warm-up, then half a cosine down to a hundredth."""
        warm = min(1.0, (step + 1) / max(1, self.warmup))
        return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / self.steps)))


class _Optimisation:
    """Networks, optimiser and all else that has to outlive an interruption."""

    def __init__(
        self, networks: EvaluatorNetworks, training: EvaluatorTraining, path: Path
    ) -> None:
        self.networks = networks
        self.random = torch.Generator().manual_seed(training.seed)
        self.step = 0
        self.best: Found = (-1.0, -1.0, -1.0)
        self._fingerprint = training.model_dump_json() + networks.config.model_dump_json()
        self._path = path
        self._optimiser = torch.optim.AdamW(
            networks.parameters(), lr=training.learning_rate, weight_decay=_WEIGHT_DECAY
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser, training.learning_rate_scale
        )

    def update(self, loss: Tensor) -> None:
        """One step down a loss.

        Raises:
            UserError: it is not finite.
        """
        if not torch.isfinite(loss):
            raise UserError(
                f"The evaluator's loss became {float(loss)} at step {self.step}: lower the "
                f"learning rate, or go on from {self._path}."
            )
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.networks.parameters(), _GRADIENT_CLIP)
        self._optimiser.step()
        self._schedule.step()
        self.step += 1

    def save(self) -> None:
        """Write the checkpoint; an interruption leaves the last one whole.

        Raises:
            UserError: it cannot be written.
        """
        state: dict[str, object] = {
            "fingerprint": self._fingerprint,
            "networks": self.networks.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
            "random": self.random.get_state(),
            "dropout": torch.get_rng_state(),
            "step": self.step,
            "best": list(self.best),
        }
        write_state(state, self._path, self.step)

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one.

        Raises:
            UserError: it is of another training.
        """
        if not self._path.exists():
            return
        state = torch.load(self._path, weights_only=True)
        if state["fingerprint"] != self._fingerprint:
            raise UserError(
                f"{self._path} is of an evaluator that was trained otherwise: train into another "
                "folder, or remove that file to begin again."
            )
        self.networks.load_state_dict(state["networks"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        self.random.set_state(state["random"])
        torch.set_rng_state(state["dropout"])
        self.step = state["step"]
        one, two, three = state["best"]
        self.best = (one, two, three)


def train_evaluator(
    corpus: Corpus, name: str, sentences: Tensor, training: EvaluatorTraining, out: Path
) -> Found:
    """Train an evaluator on a corpus' training split; the best one on validation is written.

    Args:
        corpus: of single people or of pairs.
        name: of the corpus, with its version.
        sentences: (texts, 384) sentence embeddings of the corpus' texts.
        training: how.
        out: folder of the evaluator, its checkpoint and its log.

    Returns:
        Unambiguous R@1, 2, 3 of the one that was written, on the validation split.

    Raises:
        UserError: a split has too few captions, or the checkpoint is of another training.
    """
    torch.manual_seed(training.seed)
    clips, validation = CaptionedClips(corpus, "train"), CaptionedClips(corpus, "val")
    networks = EvaluatorNetworks(EvaluatorConfig(pairs=corpus.partner is not None))
    networks.motion.calibrate(_statistics(clips, training.seed))
    out.mkdir(parents=True, exist_ok=True)
    run = _Optimisation(networks, training, out / CHECKPOINT)
    run.resume()
    columns = (
        TextColumn("evaluator"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[status]}"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns) as progress:
        bar = progress.add_task("", total=training.steps, completed=run.step, status="")
        while run.step < training.steps:
            networks.train()
            batch = clips.draw(training.batch, run.random)
            loss = evaluator_loss(networks, batch, sentences[batch.captions], run.random)
            run.update(loss)
            progress.update(bar, completed=run.step)
            if run.step % training.check_every == 0 or run.step == training.steps:
                found = retrieval(networks, validation, sentences)
                if sum(found.unambiguous) > sum(run.best):
                    run.best = found.unambiguous
                    save_evaluator(networks, out, name, found)
                _log(out / LOG, run.step, float(loss.detach()), found)
                run.save()
                progress.update(bar, status="R@1 {:.2f}  R@3 {:.2f}".format(*found.plain[::2]))
    return run.best


def _statistics(clips: CaptionedClips, seed: int) -> Statistics:
    """Of the features of randomly cropped clips."""
    drawn = clips.draw(_MEASURED, torch.Generator().manual_seed(seed))
    used = torch.arange(drawn.ego.shape[1]) < drawn.lengths[:, None]
    return Statistics.of(evaluator_features(drawn.ego, drawn.partner)[used])


def _log(path: Path, step: int, loss: float, found: Retrieval) -> None:
    rounded = {name: [round(share, 4) for share in row] for name, row in asdict(found).items()}
    row = {"step": step, "loss": round(loss, 4)} | rounded
    with path.open("a") as lines:
        lines.write(json.dumps(row) + "\n")
