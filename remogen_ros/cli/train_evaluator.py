"""`./remogen train evaluator`: train the text-motion evaluator of a corpus; resumable."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import tyro

from remogen_ros.cli.train_curves import tell_curves
from remogen_ros.data.corpus import open_corpus
from remogen_ros.evaluation.evaluator import corpus_version, load_evaluator
from remogen_ros.evaluation.evaluator_training import EvaluatorTraining, train_evaluator
from remogen_ros.networks.precision import fast_products
from remogen_ros.networks.text import text_encoder
from remogen_ros.training.sources import embedded


@dataclass(frozen=True)
class Arguments:
    """Train the evaluator by which generated motion is measured, on a corpus' training split.

    Call it again with the same arguments to go on after an interruption.
    """

    corpus: Path
    """Prepared corpus, of single people or of pairs."""
    out: Path
    """Folder of the evaluator, its checkpoint and its log."""
    steps: int = 4000
    """Steps of training."""
    batch: int = 128
    """Clips of one step."""
    seed: int = 0
    """Seed of initialisation and batches."""
    threads: Annotated[int, tyro.conf.arg(aliases=["-j"])] = 2
    """CPU threads."""


@fast_products()
def main(argv: list[str]) -> int:
    """Entry point."""
    arguments = tyro.cli(Arguments, args=argv, prog="remogen train evaluator")
    torch.set_num_threads(arguments.threads)
    corpus = open_corpus(arguments.corpus)
    sentences = embedded(corpus.texts, text_encoder("minilm"))
    training = EvaluatorTraining(steps=arguments.steps, batch=arguments.batch, seed=arguments.seed)
    name = corpus_version(arguments.corpus)
    train_evaluator(corpus, name, sentences, training, arguments.out)
    evaluator = load_evaluator(arguments.out)
    found = evaluator.manifest.retrieval
    figures = ", ".join(f"R@{top} {share:.3f}" for top, share in enumerate(found, 1))
    print(f"wrote {arguments.out} ({evaluator.sha256[:12]}): {figures} on the validation split")
    tell_curves(arguments.out)
    return 0
