"""`./remogen evaluate model`: a model on the test splits of prepared corpora, as one table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import torch
import tyro
from rich.console import Console
from rich.progress import Progress

from remogen_ros.cli.evaluate_corpus import ALONE, CorpusEvaluation, CorpusPlan
from remogen_ros.cli.reports import progress_bar
from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.errors import UserError
from remogen_ros.evaluation import methods
from remogen_ros.evaluation.evaluator import Kind, corpus_version, load_evaluator
from remogen_ros.evaluation.methods import STANDING, Method
from remogen_ros.evaluation.protocol import Protocol, Yardstick
from remogen_ros.evaluation.replication import REPLICATIONS
from remogen_ros.evaluation.results import Results, Row, write_table
from remogen_ros.evaluation.takes import Takes
from remogen_ros.networks.precision import fast_products
from remogen_ros.networks.text import text_encoder
from remogen_ros.streaming.bundle import Bundle, bundle_sha256, load_bundle
from remogen_ros.training.sources import embedded

HELD_OUT = "duet, held-out styles"
"""Name of the pairs in those styles in the table."""

_PROTOCOL = "10"
"""Counted up when numbers come out differently for the same model: then none is taken up again."""


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
    held_out_styles: tuple[str, ...] = ()
    """Styles of the corpus of pairs that have rows of their own, for adapters that were trained
    without them."""
    only: tuple[str, ...] = ()
    """Methods to measure, by the name of their row, "standing", "VAE" and "prior, told, for a
    minute" among them; all if empty. Ground truth always is."""
    clips: int | None = 256
    """Test clips of each corpus at most, drawn at random; None for all."""
    replications: int = REPLICATIONS
    """How often everything is generated."""
    threads: Annotated[int, tyro.conf.arg(aliases=["-j"])] = 2
    """CPU threads."""

    @fast_products()
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
                rows += self._evaluation(plan, bundle, progress).rows()
                write_table(rows, self.out, self._heading(plans))
        console.print(f"wrote {self.out / 'table.md'} and table.json")

    def _evaluation(self, plan: CorpusPlan, bundle: Bundle, progress: Progress) -> CorpusEvaluation:
        takes, texts = Takes(plan.corpus, "test", self.clips), plan.corpus.texts
        sentences = embedded(texts, text_encoder(bundle.manifest.text_encoder))
        yardstick = None
        if plan.evaluator is not None:
            encoder = text_encoder(plan.evaluator.manifest.text_encoder)
            yardstick = Yardstick(plan.evaluator, embedded(texts, encoder))
        protocol = Protocol(plan.corpus, takes, sentences, yardstick)
        results = Results(self.out, self._identity(bundle, plan))
        return CorpusEvaluation(
            plan,
            bundle.networks,
            takes,
            sentences,
            protocol,
            results,
            self.replications,
            progress,
        )

    def _plans(self, bundle: Bundle) -> list[CorpusPlan]:
        """What is to be done; all that is given is opened, so that what is wrong shows at once."""
        networks = bundle.networks
        loaded = {name: load_bundle(path) for name, path in self.others.items()}
        encoder = bundle.manifest.text_encoder
        for other in loaded.values():
            if "hhi" not in other.networks.config.adapters:
                raise UserError(f"The model {other.folder} has no adapter 'hhi'.")
            if other.manifest.text_encoder != encoder:
                raise UserError(
                    f"The model {other.folder} has another text encoder than '{encoder}': "
                    "evaluate it by itself."
                )
        others = {name: other.networks for name, other in loaded.items()}
        given: list[tuple[str, Path | None, Path | None, Kind, bool, list[Method]]] = [
            ("single", self.single, self.single_evaluator, "single", False,
             methods.of_single_people(networks)),
            ("duet", self.duet, self.duet_evaluator, "duet", False,
             methods.of_pairs(networks, others)),
            (HELD_OUT, self.duet if self.held_out_styles else None, self.duet_evaluator, "duet",
             False, methods.of_held_out_styles(networks, others)),
            ("rooms", self.rooms, self.rooms_evaluator, "single", True,
             methods.of_rooms(networks)),
            ("duet in rooms", self.duet_in_rooms, self.duet_evaluator, "duet", True,
             methods.of_pairs_in_rooms(networks)),
        ]  # fmt: skip
        plans = [
            CorpusPlan(
                name,
                folder,
                self._opened(folder, kind, in_rooms, name),
                None if evaluator is None else load_evaluator(evaluator, kind),
                _possible(compared),
                (STANDING, *ALONE) if name == "single" else (STANDING,),
            )
            for name, folder, evaluator, kind, in_rooms, compared in given
            if folder is not None
        ]
        known = {name for plan in plans for name in (*(m.name for m in plan.methods), *plan.alone)}
        if unknown := [name for name in self.only if plans and name not in known]:
            raise UserError(
                f"There is no method {unknown[0]!r} on these corpora: choose from "
                f"{'; '.join(sorted(known))}."
            )
        return [self._chosen(plan) for plan in plans]

    def _opened(self, folder: Path, kind: Kind, in_rooms: bool, name: str) -> Corpus:
        corpus = open_corpus(folder)
        if corpus.index.kind != kind:
            raise UserError(
                f"{folder} is a corpus of kind {corpus.index.kind!r}; {name!r} needs one of kind "
                f"{kind!r}."
            )
        if in_rooms and not corpus.scenes:
            raise UserError(f"The corpus {folder} has no rooms; {name!r} needs some.")
        return corpus.of_styles(self.held_out_styles) if name == HELD_OUT else corpus

    def _chosen(self, plan: CorpusPlan) -> CorpusPlan:
        if not self.only:
            return plan
        chosen = [method for method in plan.methods if method.name in self.only]
        return replace(
            plan, methods=chosen, alone=tuple(name for name in plan.alone if name in self.only)
        )

    def _heading(self, plans: list[CorpusPlan]) -> str:
        lines = [
            f"# {self.model.name}",
            f"Test splits, {self.clips or 'all'} clips of each at most, {self.replications} "
            "replications, mean ± 95 % interval. The first frames of every clip are given: three, "
            "and of a pair a second and a half before.",
        ]
        if self.held_out_styles:
            lines.append(f"- {HELD_OUT}: {', '.join(self.held_out_styles)}")
        for plan in plans:
            judge = "none" if plan.evaluator is None else plan.evaluator.sha256[:16]
            lines.append(f"- {plan.name}: corpus {corpus_version(plan.folder)}, evaluator {judge}")
        return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])

    def _identity(self, bundle: Bundle, plan: CorpusPlan) -> str:
        """Everything on which a replication depends, in short."""
        parts = [bundle_sha256(folder) for folder in (bundle.folder, *self.others.values())]
        parts.append(corpus_version(plan.folder))
        parts.append("" if plan.evaluator is None else plan.evaluator.sha256)
        parts += [str(self.clips), _PROTOCOL]
        if plan.name == HELD_OUT:
            parts += sorted(self.held_out_styles)
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def _possible(compared: list[Method]) -> list[Method]:
    return [m for m in compared if set(m.weights) <= set(m.networks.config.adapters)]
