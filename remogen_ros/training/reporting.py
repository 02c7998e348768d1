"""What a training tells while it runs: a log, TensorBoard scalars, a bar of progress."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from torch.utils.tensorboard import SummaryWriter

from remogen_ros.errors import UserError

Row = dict[str, float]
"""Name -> value. Slashes group names in TensorBoard, as in `val/latent`."""


def log_path(folder: Path, phase: str) -> Path:
    """Where the log of a phase is: one JSON object a line."""
    return folder / f"{phase}.log.jsonl"


def read_log(path: Path) -> list[Row]:
    """The rows of a log; a half-written last one is left out."""
    rows: list[Row] = []
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows


@dataclass
class Report:
    """Of one phase; made by `reporting`."""

    _bar: Progress
    _task: TaskID
    _lines: TextIO | None
    _scalars: SummaryWriter | None
    _batch: int
    _first: int
    _began: float

    def rate(self, step: int) -> float:
        """Samples per second since the start or resumption."""
        return (step - self._first) * self._batch / max(time.monotonic() - self._began, 1e-9)

    def progress(self, step: int) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=step)

    def log(self, step: int, values: Row) -> None:
        """Keep values of a step."""
        if self._lines is not None:
            row: Row = {"step": step} | {name: round(value, 7) for name, value in values.items()}
            self._lines.write(json.dumps(row) + "\n")
            self._lines.flush()
        if self._scalars is not None:
            for name, value in values.items():
                self._scalars.add_scalar(name, value, step)

    def losses(self, step: int, total: float, values: Row) -> None:
        """Keep the losses of a step, and show their sum and the rate."""
        rate = self.rate(step)
        self.log(step, {"samples_per_s": rate} | values)
        self._bar.update(self._task, status=f"loss {total:.4f}, {rate:.0f} samples/s")


def _hold(log: TextIO, path: Path) -> None:
    """Until it is closed, nobody else holds it: two trainings would mix their files."""
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(
            f"another training is writing {path}: wait for it, stop it, or give another --out"
        ) from None


@contextmanager
def reporting(
    folder: Path, phase: str, steps: int, first: int, batch: int, shown: bool
) -> Iterator[Report]:
    """Report on one phase.

    Args:
        folder: of the run.
        phase: its name.
        steps: how many it has.
        first: how many are done already; what was logged of later ones is forgotten.
        batch: samples of a step.
        shown: False for every process but the first one.

    Raises:
        UserError: another training is at the same phase of the same run.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}  {task.fields[status]}"),
        TimeRemainingColumn(),
    )
    with ExitStack() as stack:
        bar = stack.enter_context(Progress(*columns, disable=not shown))
        task = bar.add_task(phase, total=steps, completed=first, status="")
        lines = scalars = None
        if shown:
            path = log_path(folder, phase)
            lines = stack.enter_context(path.open("a", encoding="utf-8"))
            _hold(lines, path)
            kept = [json.dumps(row) + "\n" for row in read_log(path) if row["step"] <= first]
            lines.truncate(0)
            lines.writelines(kept)
            scalars = SummaryWriter(str(folder / "tensorboard" / phase), purge_step=first + 1)
            stack.callback(scalars.close)
        yield Report(bar, task, lines, scalars, batch, first, time.monotonic())
