"""`./remogen data measure`: how good the motion of a corpus is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import tyro
from rich.console import Console
from rich.table import Table

from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.measures import measures_by_label
from remogen_ros.errors import UserError


@dataclass(frozen=True)
class Measure:
    """Measure the motion of a corpus: sliding feet, jerk, hands that miss, bodies in each other.

    Attributes:
        corpus: its folder.
        most: clips of each rule or content that are measured, evenly spread.
    """

    corpus: tyro.conf.Positional[Path]
    most: int = 50

    def run(self, console: Console) -> None:
        if self.most < 1:
            raise UserError("--most must be at least 1.")
        corpus = open_corpus(self.corpus)
        table = Table(
            "rule" if corpus.partner else "content", "clips", "foot skate, m/s", "jerk, m/s^3",
            "hands miss, cm (worst)", "penetration, cm (worst)",
        )  # fmt: skip
        for label, (count, found) in measures_by_label(corpus, self.most).items():
            cells = (f"{found.skate:.3f}", f"{found.jerk:.1f}",
                     _cell(found.contact), _cell(found.penetration))  # fmt: skip
            table.add_row(label, str(count), *cells)
        console.print(table)


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2f}"
