"""`./remogen evaluate trackers`: does the ego do the same whichever tracker sees the person?"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from remogen_ros.cli.reports import numbers_table, progress_bar
from remogen_ros.errors import UserError
from remogen_ros.evaluation.tracker_forms import FormComparison, FormRow
from remogen_ros.recording.sightings import read_sightings
from remogen_ros.recording.tracker_forms import TRACKER_FORMS
from remogen_ros.streaming.generator import Generator

TABLE = "trackers.json"


@dataclass(frozen=True)
class Trackers:
    """Replay one recording in the form of every tracker, and compare the reactions.

    Each form is written as a bag, read, and reacted to offline, message by message, by one model
    with one seed. Every row is beside the native form with all 22 joints. The rows at the end are
    that form with noise as in training: what the model was taught to take for the same.
    """

    model: Path = Path("models/demo")
    """Folder of the model's bundle."""
    bag: Path = Path("bags/demo")
    """A recording with Azure Kinect bodies, and its camera on /tf_static."""
    start: float = 0.0
    """Where in the recording to begin, seconds."""
    duration: float = 8.0
    """How much of it to replay, seconds."""
    blurred: int = 4
    """How many rows with noise as in training, each with a seed of its own."""
    out: Path | None = None
    """Folder for the bags, which ./remogen play plays, and trackers.json; neither is kept if left
    out."""

    def run(self, console: Console) -> None:
        """Replay, compare and print the table.

        Raises:
            UserError: anything the user can mend.
        """
        if not (self.duration >= 2.0 and self.start >= 0.0 and self.blurred >= 0):
            raise UserError("--duration must be at least 2, --start and --blurred at least 0.")
        if self.out is not None and self.out.exists() and any(self.out.iterdir()):
            raise UserError(f"{self.out} is not empty; choose another folder.")
        torch.set_num_threads(1)
        sightings = read_sightings(self.bag, self.start, self.duration)
        generator = Generator.load(self.model)
        with self._folder() as folder:
            comparison = FormComparison(generator, sightings, folder)
            rows = []
            with progress_bar(console) as progress:
                for form in progress.track(TRACKER_FORMS, description="forms"):
                    rows.append(comparison.row(form))
                for seed in progress.track(range(self.blurred), description="noise"):
                    rows.append(comparison.blurred_row(seed))
        if self.out is not None:
            text = json.dumps([asdict(row) for row in rows], indent=1)
            (self.out / TABLE).write_text(text + "\n", "utf-8")
        console.print(_table(rows))

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        if self.out is not None:
            self.out.mkdir(parents=True, exist_ok=True)
            yield self.out
        else:
            with tempfile.TemporaryDirectory() as folder:
                yield Path(folder)


def _table(rows: list[FormRow]) -> Table:
    table = numbers_table(
        "form", "partner", "unknown", "root", "last s", "joints", "moved",
        caption="Off from the native form, means over ticks: the partner's joints, mm (unknown, "
        "%); the ego's root, m, also in the last second; the ego's joints from its pelvis, cm. "
        "Moved: the ego at all, m.",
    )  # fmt: skip
    for row in rows:
        table.add_row(
            row.form,
            f"{row.partner_mm:.1f}",
            f"{100 * row.unknown:.1f}",
            f"{row.root_m:.3f}",
            f"{row.root_last_m:.3f}",
            f"{100 * row.joints_m:.2f}",
            f"{row.moved_m:.2f}",
        )
    return table
