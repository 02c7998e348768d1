"""`./remogen data prepare duet | rooms | duet-in-rooms`: the composed corpora."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from remogen_ros.cli.reports import progress_bar, show_rejected
from remogen_ros.data.duets.corpus import PAIRS, prepare_duet, task_count
from remogen_ros.data.duets.social_rules import load_social_rules
from remogen_ros.data.parts import forget_parts
from remogen_ros.data.rooms import hybrid
from remogen_ros.data.rooms.corpus import CLIPS_PER_ROOM, prepare_rooms
from remogen_ros.data.rooms.house import LAYOUTS, House
from remogen_ros.data.rooms.room_acts import ACTS
from remogen_ros.data.splits import SPLITS, Split
from remogen_ros.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Composed:
    """What composing any corpus needs.

    Attributes:
        source: folder of the corpus whose motion is used.
        out: folder of the composed corpus.
        seed: of every random choice.
        workers: processes; 0 means one per processor.
        afresh: throw away what an interrupted run has left, instead of going on from there.
    """

    source: Path
    out: Path
    seed: int = 0
    workers: int = 0
    afresh: bool = False

    @property
    def processes(self) -> int:
        """How many to use."""
        return self.workers or os.cpu_count() or 1

    def check(self) -> None:
        """See that it can begin.

        Raises:
            UserError: a number that makes no sense.
        """
        if self.seed < 0 or self.workers < 0:
            raise UserError("--seed and --workers must be at least 0.")
        if self.afresh:
            forget_parts(self.out)


@dataclass(frozen=True, kw_only=True)
class Duet(Composed):
    """Compose the corpus of pairs from a single-person corpus and the table of social rules.

    Attributes:
        train_pairs: for the training split, about. With more of the same clips, hands meet at more
            places and moments, which an adapter otherwise learns by heart; a training takes about
            0.1 GB of memory for a thousand. The other splits are what they are.
    """

    train_pairs: int = PAIRS["train"]

    def run(self, console: Console) -> None:
        self.check()
        if self.train_pairs < 1:
            raise UserError("--train-pairs must be at least 1.")
        total: dict[Split, int] = {**PAIRS, "train": self.train_pairs}
        with progress_bar(console) as progress:
            task = progress.add_task("composing", total=task_count(total))
            summary = prepare_duet(
                self.source,
                self.out,
                self.seed,
                self.processes,
                lambda: progress.advance(task),
                total,
            )
        table = Table("rule", *SPLITS, title=f"pairs in {self.out}")
        for rule in load_social_rules().rules:
            table.add_row(rule, *(str(summary.pairs[rule, split]) for split in SPLITS))
        console.print(table)


@dataclass(frozen=True, kw_only=True)
class Rooms(Composed):
    """Compose the corpus of people in furnished rooms from a single-person corpus.

    Attributes:
        scenes: folder with the furniture library and the modelled rooms (docs/data.md).
        layouts: how many random rooms to furnish.
        clips: in each of them; ten times as many in each modelled room.
    """

    scenes: Path
    layouts: int = LAYOUTS
    clips: int = CLIPS_PER_ROOM

    def run(self, console: Console) -> None:
        self.check()
        if self.layouts < 0 or self.clips < 1:
            raise UserError("--layouts must be at least 0 and --clips at least 1.")
        house = House(self.scenes, self.seed, self.layouts)
        with progress_bar(console) as progress:
            task = progress.add_task("composing", total=len(house.splits()))
            summary = prepare_rooms(
                self.source,
                house,
                self.out,
                self.processes,
                lambda: progress.advance(task),
                self.clips,
            )
        hours = summary.seconds / 3600
        table = Table("act", *SPLITS, title=f"clips in {self.out}, {hours:.2f} hours")
        for act in ACTS:
            table.add_row(act, *(str(summary.clips[act, split]) for split in SPLITS))
        console.print(table)
        show_rejected(console, summary.rejected)


@dataclass(frozen=True, kw_only=True)
class DuetInRooms(Composed):
    """Place the test pairs of a corpus of pairs in rooms: for evaluation, never for training.

    Attributes:
        scenes: folder with the furniture library and the modelled rooms (docs/data.md).
        layouts: of how many random rooms those of the test split are used.
    """

    scenes: Path
    layouts: int = LAYOUTS

    def run(self, console: Console) -> None:
        self.check()
        house = House(self.scenes, self.seed, self.layouts)
        with progress_bar(console) as progress:
            task = progress.add_task("placing", total=hybrid.task_count(self.source))
            summary = hybrid.prepare_hybrid(
                self.source, house, self.out, self.processes, lambda: progress.advance(task)
            )
        hours = summary.seconds / 3600
        table = Table("rule", "pairs", title=f"pairs in {self.out}, {hours:.2f} hours")
        for rule, count in sorted(summary.pairs.items()):
            table.add_row(rule, str(count))
        console.print(table)
        show_rejected(console, summary.rejected)
