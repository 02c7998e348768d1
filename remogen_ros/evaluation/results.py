"""What has been measured so far, on disk, and the table that is made of it.

Every replication is kept as soon as it is done, so that an evaluation of hours can be interrupted.
"""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from remogen_ros.errors import UserError
from remogen_ros.evaluation.distributions import multimodality
from remogen_ros.evaluation.protocol import Cell
from remogen_ros.evaluation.replication import Estimate

TABLE = "table.json"
_MULTIMODAL_TEXTS = 100
"""Clips of which MultiModality is taken over the replications (text-to-motion: 100 texts)."""


class Row(BaseModel):
    """One number of the table.

    Attributes:
        corpus: on whose test split.
        method: what was measured.
        metric: with its unit.
        mean: over replications.
        ci95: half the 95 % interval; None for a single replication.
        n: replications.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    corpus: str
    method: str
    metric: str
    mean: float
    ci95: float | None
    n: int


@dataclass(frozen=True)
class Results:
    """The replications in a folder.

    Attributes:
        folder: where they are.
        of: what was evaluated: everything on which the numbers depend. Those of something else are
            refused.
    """

    folder: Path
    of: str

    def found(self, corpus: str, method: str, replication: int) -> Cell | None:
        """A replication that was done before.

        Raises:
            UserError: it is damaged, or of something else.
        """
        path = self._path(corpus, method, replication)
        if not path.exists():
            return None
        try:
            with safe_open(path, "pt") as file:
                about = file.metadata()
                cell = Cell(json.loads(about["values"]), file.get_tensor("embeddings"))
        except (SafetensorError, OSError, KeyError, ValueError) as error:
            raise UserError(
                f"{path} is damaged ({error}): remove it, to have it done again."
            ) from None
        if about.get("of") != self.of:
            raise UserError(
                f"{path} is of another evaluation (model, clips or evaluator differ): write into "
                "another folder, or remove that one."
            )
        return cell

    def keep(self, corpus: str, method: str, replication: int, cell: Cell) -> None:
        """Write a replication, whole or not at all."""
        path = self._path(corpus, method, replication)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        about = {"values": json.dumps(cell.values), "of": self.of}
        save_file({"embeddings": cell.embeddings.contiguous()}, part, about)
        os.replace(part, path)

    def _path(self, corpus: str, method: str, replication: int) -> Path:
        name = "".join(letter if letter.isalnum() else "_" for letter in method)
        return self.folder / "replications" / corpus / f"{name}.{replication:02}.safetensors"


def rows_of(corpus: str, method: str, cells: Sequence[Cell]) -> list[Row]:
    """Means and intervals of the replications of one method, and its MultiModality."""
    columns: dict[str, list[float]] = defaultdict(list)
    for cell in cells:
        for name, value in cell.values.items():
            columns[name].append(value)
    rows = [row(corpus, method, name, Estimate.of(values)) for name, values in columns.items()]
    motions = torch.stack([cell.embeddings[:_MULTIMODAL_TEXTS] for cell in cells], dim=1)
    if len(cells) > 1 and motions.shape[-1] and bool((motions[:, 0] != motions[:, 1]).any()):
        spread = multimodality(motions, torch.Generator().manual_seed(0))
        rows.append(row(corpus, method, "MultiModality", Estimate(spread, math.nan, len(cells))))
    return rows


def row(corpus: str, method: str, metric: str, estimate: Estimate) -> Row:
    """One number as a row."""
    interval = None if math.isnan(estimate.ci95) else estimate.ci95
    return Row(
        corpus=corpus,
        method=method,
        metric=metric,
        mean=estimate.mean,
        ci95=interval,
        n=estimate.n,
    )


def write_table(rows: Sequence[Row], folder: Path, heading: str) -> None:
    """`table.json`, a list of rows, and `table.md`, a table of each corpus for people."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps([row.model_dump() for row in rows], indent=1)
    (folder / TABLE).write_text(text + "\n", "utf-8")
    parts = [heading]
    for corpus in dict.fromkeys(row.corpus for row in rows):
        parts.append(f"## {corpus}\n\n" + markdown([r for r in rows if r.corpus == corpus]))
    (folder / "table.md").write_text("\n\n".join(parts) + "\n", "utf-8")


def markdown(rows: Sequence[Row]) -> str:
    """Metrics down, methods across; the interval behind each mean."""
    methods = list(dict.fromkeys(row.method for row in rows))
    metrics = list(dict.fromkeys(row.metric for row in rows))
    known = {(row.metric, row.method): row for row in rows}
    lines = ["| | " + " | ".join(methods) + " |", "|---" * (len(methods) + 1) + "|"]
    for metric in metrics:
        told = [_told(known.get((metric, method))) for method in methods]
        lines.append(f"| {metric} | " + " | ".join(told) + " |")
    return "\n".join(lines)


def _told(row: Row | None) -> str:
    if row is None:
        return ""
    mean = f"{row.mean:.3f}" if abs(row.mean) < 100 else f"{row.mean:.0f}"
    return mean if row.ci95 is None else f"{mean} ± {row.ci95:.3f}"
