"""One corpus of `./remogen evaluate model`: everything on it is measured, or found measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from rich.progress import Progress
from torch import Tensor

from remogen_ros.data.corpus import Corpus
from remogen_ros.evaluation.endurance import (
    endurance,
    pelvis_range,
    range_values,
    reconstruction,
)
from remogen_ros.evaluation.evaluator import MotionEvaluator
from remogen_ros.evaluation.methods import GROUND_TRUTH, STANDING, Method
from remogen_ros.evaluation.protocol import Cell, Protocol
from remogen_ros.evaluation.replication import Estimate
from remogen_ros.evaluation.response import FRAMES, responses
from remogen_ros.evaluation.results import Results, Row, row, rows_of
from remogen_ros.evaluation.takes import Takes
from remogen_ros.networks.assembly import Networks

_RESPONDING = 64
"""Egos whose response time is measured."""

_MINUTES = 3
"""Replications of the minute of streaming, of 32 egos each."""

VAE, MINUTE = ALONE = ("VAE", "prior, told, for a minute")
"""Rows of single people that are measured in ways of their own."""

_SEGMENTS, _WHOLE = "true segments of the VAE", "whole corpus"
"""Rows that those are to be held against."""


@dataclass(frozen=True)
class CorpusPlan:
    """What is to be measured on one corpus.

    Attributes:
        name: of the corpus in the table.
        folder: where it is.
        corpus: opened.
        evaluator: None to leave out what needs one.
        methods: to be measured; their models have every adapter that they mix.
        alone: what of ALONE, and whether STANDING, is to be measured as well.
    """

    name: str
    folder: Path
    corpus: Corpus
    evaluator: MotionEvaluator | None
    methods: list[Method]
    alone: tuple[str, ...]


@dataclass(frozen=True)
class CorpusEvaluation:
    """Measures all methods on one corpus.

    Attributes:
        plan: what is to be done.
        networks: of the model.
        takes: the clips.
        sentences: (texts, width) embeddings of the corpus' texts, as the model takes them.
        protocol: of those clips.
        results: where replications are kept.
        replications: of each method.
        progress: where it is shown.
    """

    plan: CorpusPlan
    networks: Networks
    takes: Takes
    sentences: Tensor
    protocol: Protocol
    results: Results
    replications: int
    progress: Progress

    def rows(self) -> list[Row]:
        """Measure, or find measured, everything."""
        name = self.plan.name
        truth = [self.protocol.ground_truth(number) for number in range(self.replications)]
        rows = rows_of(name, GROUND_TRUTH, truth)
        if STANDING in self.plan.alone:
            still = [self.protocol.standing(number) for number in range(self.replications)]
            rows += rows_of(name, STANDING, still)
        for method in self.plan.methods:
            rows += rows_of(name, method.name, self._streamed(method))
            # Words do not make anybody faster.
            if name == "duet" and not method.told:
                rows += self.results.rows(name, method.name, partial(self._response, method))
        for alone, measure in ((VAE, self._code), (MINUTE, self._minute)):
            if alone in self.plan.alone:
                rows += self.results.rows(name, alone, measure)
        return rows

    def _streamed(self, method: Method) -> list[Cell]:
        times, count = self.replications, len(self.takes)
        task = self.progress.add_task(f"{self.plan.name}: {method.name}", total=times * count)
        cells = []
        for number in range(times):
            cell = self.results.found(self.plan.name, method.name, number)
            if cell is None:
                cell = self.protocol.measure(
                    method, number, lambda done: self.progress.advance(task, done)
                )
                self.results.keep(self.plan.name, method.name, number, cell)
            self.progress.update(task, completed=(number + 1) * count)
            cells.append(cell)
        return cells

    def _response(self, method: Method) -> list[Row]:
        records, size = self.takes.records[-_RESPONDING:], method.batch
        batches = [
            responses(
                method,
                self.takes.take(records[first : first + size], FRAMES),
                self.sentences.shape[1],
                seed=first,
            )
            for first in range(0, len(records), size)
        ]
        answers, visible, leaked = (
            torch.cat(values, dim=1) for values in zip(*batches, strict=True)
        )
        measured = {
            "response time, frames": answers,
            "visible response time, frames": visible,
            "leaks, %": 100 * leaked.float(),
        }
        return [
            row(self.plan.name, method.name, metric, Estimate.of(values.mean(0).tolist()))
            for metric, values in measured.items()
        ]

    def _code(self) -> list[Row]:
        name = self.plan.name
        return [
            row(name, method, metric, Estimate.of([value]))
            for method, values in zip(
                (VAE, _SEGMENTS), reconstruction(self.networks, self.plan.corpus), strict=True
            )
            for metric, value in values.items()
        ]

    def _minute(self) -> list[Row]:
        name, usual = self.plan.name, pelvis_range(self.plan.corpus)
        minutes = [
            endurance(self.networks, self.takes, self.sentences, usual, number)
            for number in range(_MINUTES)
        ]
        return [
            row(name, MINUTE, metric, Estimate.of([minute[metric] for minute in minutes]))
            for metric in minutes[0]
        ] + [
            row(name, _WHOLE, metric, Estimate.of([value]))
            for metric, value in range_values(usual).items()
        ]
