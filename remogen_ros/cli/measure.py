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
    """Measure the motion of a corpus: sliding feet, jerk, what is missed or in the way.

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
            "hands miss, cm", "bodies in bodies, cm", "inside furniture, %", "goal missed, cm",
            caption="skate and jerk are means, the others the worst of all",
        )  # fmt: skip
        for label, (count, found) in measures_by_label(corpus, self.most).items():
            worst = (found.contact, found.penetration, found.inside, found.goal)
            means = (f"{found.skate:.3f}", f"{found.jerk:.1f}")
            table.add_row(label, str(count), *means, *map(_cell, worst))
        console.print(table)


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2f}"
