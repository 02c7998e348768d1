"""`./remogen evaluate model`: a model on the test splits of prepared corpora, as one table."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

import torch
import tyro
from rich.console import Console
from rich.progress import Progress
from torch import Tensor

from remogen_ros.cli.reports import progress_bar
from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.errors import UserError
from remogen_ros.evaluation import methods
from remogen_ros.evaluation.endurance import (
    endurance,
    pelvis_range,
    range_values,
    reconstruction,
)
from remogen_ros.evaluation.evaluator import Kind, MotionEvaluator, corpus_version, load_evaluator
from remogen_ros.evaluation.methods import GROUND_TRUTH, Method
from remogen_ros.evaluation.protocol import Cell, Protocol, Yardstick
from remogen_ros.evaluation.replication import REPLICATIONS, Estimate
from remogen_ros.evaluation.response import FRAMES, responses
from remogen_ros.evaluation.results import Results, Row, row, rows_of, write_table
from remogen_ros.evaluation.takes import Takes
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.text import text_encoder
from remogen_ros.streaming.bundle import MANIFEST, Bundle, load_bundle
from remogen_ros.training.sources import embedded

_RESPONDING = 64
"""Egos whose response time is measured."""

_MINUTES = 3
"""Replications of the minute of streaming at most: 32 egos are a replication already."""

_PROTOCOL = "2"
"""Counted up when numbers come out differently for the same model: then none is taken up again."""

VAE, SEGMENTS, MINUTE, WHOLE = (
    "VAE",
    "true segments of the VAE",
    "prior, told, for a minute",
    "whole corpus",
)
"""Rows of single people that are measured in ways of their own."""


@dataclass(frozen=True)
class ModelEvaluation:
    """Evaluate a model on the test splits of prepared corpora: table.md and table.json.

    Corpora that are not given are left out, and so is what needs an evaluator where none is given
    (`./remogen train evaluator`). Every replication is kept in the folder: call it again with the
    same arguments to go on after an interruption.
    """

    out: Path
    """Folder of the table and of what it is made of."""
    model: Path = Path("models/demo")
    """Folder of the model's bundle."""
    single: Path | None = None
    """Corpus of single people: what the prior does when told."""
    single_evaluator: Path | None = None
    """Evaluator of that corpus."""
    duet: Path | None = None
    """Corpus of pairs: reactions, by every schedule."""
    duet_evaluator: Path | None = None
    """Evaluator of pairs; also used for pairs in rooms."""
    rooms: Path | None = None
    """Corpus of people in rooms: walking, sitting and reaching."""
    rooms_evaluator: Path | None = None
    """Evaluator of that corpus."""
    duet_in_rooms: Path | None = None
    """Corpus of pairs in rooms: mixed adapters."""
    others: dict[str, Path] = field(default_factory=dict)
    """Bundles whose `hhi` was trained in another way, by the name of their row."""
    only: tuple[str, ...] = ()
    """Methods to measure, by the name of their row ("VAE" and "prior, told, for a minute" too, with
    what they are held against); all of them if empty. Ground truth always is."""
    clips: int | None = 256
    """Test clips of each corpus at most, drawn at random; None for all."""
    replications: int = REPLICATIONS
    """How often everything is generated."""
    threads: Annotated[int, tyro.conf.arg(aliases=["-j"])] = 2
    """CPU threads."""

    def run(self, console: Console) -> None:
        """Evaluate and write the table.

        Raises:
            UserError: anything the user can mend.
        """
        if self.replications < 1 or self.threads < 1 or (self.clips or 1) < 1:
            raise UserError("--replications, --threads and --clips must be at least 1.")
        torch.set_num_threads(self.threads)
        bundle = load_bundle(self.model)
        plans = self._plans(bundle)
        if not plans:
            raise UserError("Give at least one corpus: --single, --duet, --rooms, --duet-in-rooms.")
        rows: list[Row] = []
        with progress_bar(console) as progress:
            for plan in plans:
                rows += Evaluation(self, bundle, plan, progress).rows()
                write_table(rows, self.out, self._heading(plans))
        console.print(f"wrote {self.out / 'table.md'} and table.json")

    def _plans(self, bundle: Bundle) -> list[CorpusPlan]:
        """What is to be done; all that is given is opened, so that what is wrong shows at once."""
        networks = bundle.networks
        others = {name: load_bundle(path).networks for name, path in self.others.items()}
        for name, other in others.items():
            if "hhi" not in other.config.adapters:
                raise UserError(f"The model {self.others[name]} has no adapter 'hhi'.")
        given: list[tuple[str, Path | None, Path | None, Kind, bool, list[Method]]] = [
            ("single", self.single, self.single_evaluator, "single", False,
             methods.of_single_people(networks)),
            ("duet", self.duet, self.duet_evaluator, "duet", False,
             methods.of_pairs(networks, others)),
            ("rooms", self.rooms, self.rooms_evaluator, "single", True,
             methods.of_rooms(networks)),
            ("duet in rooms", self.duet_in_rooms, self.duet_evaluator, "duet", True,
             methods.of_pairs_in_rooms(networks)),
        ]  # fmt: skip
        plans = [
            CorpusPlan(
                name,
                folder,
                _opened(folder, kind, in_rooms, name),
                None if evaluator is None else load_evaluator(evaluator, kind),
                _possible(compared),
            )
            for name, folder, evaluator, kind, in_rooms, compared in given
            if folder is not None
        ]
        known = {method.name for plan in plans for method in plan.methods}
        if any(plan.name == "single" for plan in plans):
            known |= {VAE, MINUTE}
        if unknown := [name for name in self.only if plans and name not in known]:
            raise UserError(
                f"There is no method {unknown[0]!r} on these corpora: choose from "
                f"{'; '.join(sorted(known))}."
            )
        return plans

    def wants(self, name: str) -> bool:
        """Whether the method of that name is to be measured."""
        return not self.only or name in self.only

    def _heading(self, plans: list[CorpusPlan]) -> str:
        lines = [
            f"# {self.model.name}",
            f"Test splits, {self.clips or 'all'} clips of each at most, {self.replications} "
            "replications, mean ± 95 % interval. The first frames of every clip are given: three, "
            "and of a pair a second and a half before.",
        ]
        for plan in plans:
            judge = "none" if plan.evaluator is None else plan.evaluator.sha256[:16]
            lines.append(f"- {plan.name}: corpus {corpus_version(plan.folder)}, evaluator {judge}")
        return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])


@dataclass(frozen=True)
class CorpusPlan:
    """What is to be measured on one corpus.

    Attributes:
        name: of the corpus in the table.
        folder: where it is.
        corpus: opened.
        evaluator: None to leave out what needs one.
        methods: the model has every adapter that they mix.
    """

    name: str
    folder: Path
    corpus: Corpus
    evaluator: MotionEvaluator | None
    methods: list[Method]


def _opened(folder: Path, kind: Kind, in_rooms: bool, name: str) -> Corpus:
    corpus = open_corpus(folder)
    if corpus.index.kind != kind:
        raise UserError(
            f"{folder} is a corpus of kind {corpus.index.kind!r}; {name!r} needs one of kind "
            f"{kind!r}."
        )
    if in_rooms and not corpus.scenes:
        raise UserError(f"The corpus {folder} has no rooms; {name!r} needs some.")
    return corpus


def _possible(compared: list[Method]) -> list[Method]:
    return [m for m in compared if set(m.weights) <= set(m.networks.config.adapters)]


class Evaluation:
    """Measures all methods on one corpus."""

    def __init__(
        self, arguments: ModelEvaluation, bundle: Bundle, plan: CorpusPlan, progress: Progress
    ) -> None:
        self._arguments = arguments
        self._plan = plan
        self._progress = progress
        self._networks: Networks = bundle.networks
        self._corpus = plan.corpus
        self._takes = Takes(plan.corpus, "test", arguments.clips)
        self._sentences: Tensor = embedded(
            plan.corpus.texts, text_encoder(bundle.manifest.text_encoder)
        )
        self._results = Results(arguments.out, self._identity(bundle, plan.evaluator))
        self._protocol = Protocol(
            plan.corpus, self._takes, self._sentences, self._yardstick(plan.evaluator)
        )

    def rows(self) -> list[Row]:
        """Measure, or find measured, everything."""
        name, times = self._plan.name, self._arguments.replications
        truth = [self._protocol.ground_truth(number) for number in range(times)]
        rows = rows_of(name, GROUND_TRUTH, truth)
        for method in self._plan.methods:
            if not self._arguments.wants(method.name):
                continue
            rows += rows_of(name, method.name, self._replications(method))
            # Words do not make anybody faster.
            if name == "duet" and not method.told:
                rows += self._results.rows(name, method.name, partial(self._response, method))
        if name == "single" and self._arguments.wants(VAE):
            rows += self._results.rows(name, VAE, self._code)
        if name == "single" and self._arguments.wants(MINUTE):
            rows += self._results.rows(name, MINUTE, self._minute)
        return rows

    def _replications(self, method: Method) -> list[Cell]:
        times, count = self._arguments.replications, len(self._takes)
        task = self._progress.add_task(f"{self._plan.name}: {method.name}", total=times * count)
        cells = []
        for number in range(times):
            cell = self._results.found(self._plan.name, method.name, number)
            if cell is None:
                cell = self._protocol.measure(
                    method, number, lambda done: self._progress.advance(task, done)
                )
                self._results.keep(self._plan.name, method.name, number, cell)
            self._progress.update(task, completed=(number + 1) * count)
            cells.append(cell)
        return cells

    def _response(self, method: Method) -> list[Row]:
        take = self._takes.take(self._takes.records[-_RESPONDING:], FRAMES)
        answers, visible, leaked = responses(method, take, self._sentences.shape[1], seed=0)
        measured = {
            "response time, frames": answers,
            "visible response time, frames": visible,
            "leaks, %": 100 * leaked.float(),
        }
        return [
            row(self._plan.name, method.name, metric, Estimate.of(values.mean(0).tolist()))
            for metric, values in measured.items()
        ]

    def _code(self) -> list[Row]:
        name = self._plan.name
        return [
            row(name, method, metric, Estimate.of([value]))
            for method, values in zip(
                (VAE, SEGMENTS), reconstruction(self._networks, self._corpus), strict=True
            )
            for metric, value in values.items()
        ]

    def _minute(self) -> list[Row]:
        name, usual = self._plan.name, pelvis_range(self._corpus)
        minutes = [
            endurance(self._networks, self._takes, self._sentences, usual, number)
            for number in range(_MINUTES)
        ]
        return [
            row(name, MINUTE, metric, Estimate.of([minute[metric] for minute in minutes]))
            for metric in minutes[0]
        ] + [
            row(name, WHOLE, metric, Estimate.of([value]))
            for metric, value in range_values(usual).items()
        ]

    def _yardstick(self, evaluator: MotionEvaluator | None) -> Yardstick | None:
        if evaluator is None:
            return None
        encoder = text_encoder(evaluator.manifest.text_encoder)
        return Yardstick(evaluator, embedded(self._corpus.texts, encoder))

    def _identity(self, bundle: Bundle, evaluator: MotionEvaluator | None) -> str:
        """Everything on which a replication depends, in short."""
        others: Mapping[str, Path] = self._arguments.others
        parts = [
            hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
            for folder in (bundle.folder, *others.values())
        ]
        parts.append(corpus_version(self._plan.folder))
        parts.append("" if evaluator is None else evaluator.sha256)
        parts += [str(self._arguments.clips), _PROTOCOL]
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()
