"""What has been measured so far, on disk, and the table that is made of it.

Every replication is kept as soon as it is done, so that an evaluation of hours can be interrupted.
"""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from remogen_ros.errors import UserError
from remogen_ros.evaluation.distributions import multimodality
from remogen_ros.evaluation.protocol import Cell
from remogen_ros.evaluation.replication import Estimate

TABLE = "table.json"
_MULTIMODAL_TEXTS = 100
"""Random clips of which MultiModality is taken over the replications (text-to-motion: 100)."""


class Row(BaseModel):
    """One number of the table.

    Attributes:
        corpus: on whose test split.
        method: what was measured.
        metric: with its unit.
        mean: over all of them.
        ci95: half the 95 % interval; None for a single one.
        n: replications; egos, of response times.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    corpus: str
    method: str
    metric: str
    mean: float
    ci95: float | None
    n: int


class KeptRows(BaseModel):
    """What was measured once.

    Attributes:
        of: as for `Results`.
        rows: the numbers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: str
    rows: tuple[Row, ...]


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
        except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
            raise UserError(
                f"{path} is damaged ({error}): remove it, to have it done again."
            ) from None
        self._check(path, about.get("of"))
        return cell

    def keep(self, corpus: str, method: str, replication: int, cell: Cell) -> None:
        """Write a replication, whole or not at all."""
        path = self._path(corpus, method, replication)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        about = {"values": json.dumps(cell.values), "of": self.of}
        save_file({"embeddings": cell.embeddings.contiguous()}, part, about)
        os.replace(part, path)

    def rows(self, corpus: str, name: str, measure: Callable[[], list[Row]]) -> list[Row]:
        """The rows of what is measured once, not by replications: found, or measured and kept.

        Raises:
            UserError: they are damaged, or of something else.
        """
        path = self.folder / "once" / corpus / f"{_file_name(name)}.json"
        if path.exists():
            try:
                kept = KeptRows.model_validate_json(path.read_bytes())
            except (ValidationError, OSError) as error:
                raise UserError(
                    f"{path} is damaged ({str(error).splitlines()[0]}): remove it, to have it done "
                    "again."
                ) from None
            self._check(path, kept.of)
            return list(kept.rows)
        kept = KeptRows(of=self.of, rows=tuple(measure()))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(kept.model_dump_json(indent=1), "utf-8")
        os.replace(part, path)
        return list(kept.rows)

    def _check(self, path: Path, of: str | None) -> None:
        if of != self.of:
            raise UserError(
                f"{path} is of another evaluation (model, clips or evaluator differ): write into "
                "another folder, or remove that one."
            )

    def _path(self, corpus: str, method: str, replication: int) -> Path:
        name = f"{_file_name(method)}.{replication:02}.safetensors"
        return self.folder / "replications" / corpus / name


def _file_name(method: str) -> str:
    """Another one for every method."""
    return quote(method, safe=" ,+")


def rows_of(corpus: str, method: str, cells: Sequence[Cell]) -> list[Row]:
    """Means and intervals of the replications of one method, and its MultiModality."""
    columns: dict[str, list[float]] = defaultdict(list)
    for cell in cells:
        for name, value in cell.values.items():
            columns[name].append(value)
    rows = [row(corpus, method, name, Estimate.of(values)) for name, values in columns.items()]
    motions = torch.stack([cell.embeddings for cell in cells], dim=1)
    if len(cells) > 1 and motions.shape[-1] and bool((motions[:, 0] != motions[:, 1]).any()):
        random = torch.Generator().manual_seed(0)
        # Cells have the clips in order of their length.
        drawn = torch.randperm(len(motions), generator=random)[:_MULTIMODAL_TEXTS]
        spread = multimodality(motions[drawn], random)
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
    digits = 3 if abs(row.mean) < 100 else 0
    mean = f"{row.mean:.{digits}f}"
    return mean if row.ci95 is None else f"{mean} ± {row.ci95:.{digits}f}"
