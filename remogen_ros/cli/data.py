"""`./remogen data`: prepare motion data, compose corpora, and look into them."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.duet_corpus import prepare_duet, task_count
from remogen_ros.data.prepare import Summary, prepare_single
from remogen_ros.data.social_rules import load_social_rules
from remogen_ros.data.sources import find_recordings, unpack_archives
from remogen_ros.data.splits import SPLITS
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE


@dataclass(frozen=True)
class PrepareSingle:
    """Prepare the single-person corpus from Bandai-Namco, CMU and DeepMimic files.

    Attributes:
        source: folder with the datasets, packed (.tar.xz, .bvh.xz) or unpacked.
        out: folder of the corpus.
        phases: 10 Hz samplings of each training recording, each starting a little later.
        workers: processes; 0 means one per processor.
    """

    source: Path
    out: Path
    phases: int = 3
    workers: int = 0

    def run(self, console: Console) -> None:
        if self.phases < 1 or self.workers < 0:
            raise UserError("--phases must be at least 1 and --workers at least 0.")
        with tempfile.TemporaryDirectory() as unpacked, _progress(console) as progress:
            reading = progress.add_task("unpacking", total=None)
            if self.source.is_dir():
                unpack_archives(self.source, Path(unpacked))
            progress.remove_task(reading)
            recordings = find_recordings(self.source) + find_recordings(Path(unpacked))
            if not recordings:
                raise UserError(
                    f"{self.source} holds no Bandai-Namco, CMU or DeepMimic recording, packed or "
                    "unpacked."
                )
            task = progress.add_task("retargeting", total=len(recordings))
            workers = self.workers or os.cpu_count() or 1
            summary = prepare_single(
                recordings, self.out, self.phases, workers, lambda: progress.advance(task)
            )
        _show_summary(console, summary, self.out)


@dataclass(frozen=True)
class List:
    """List the clips of a corpus by what they show.

    Attributes:
        corpus: its folder.
    """

    corpus: tyro.conf.Positional[Path]

    def run(self, console: Console) -> None:
        corpus = open_corpus(self.corpus)
        table = Table(
            "source", "rule" if corpus.partner else "content", "clips", *SPLITS, "minutes"
        )
        groups: dict[tuple[str, str], list] = {}
        for clip in corpus.clips:
            if clip.phase == 0:
                groups.setdefault((clip.source, clip.rule or clip.content), []).append(clip)
        for (source, label), clips in sorted(groups.items()):
            splits = Counter(clip.split for clip in clips)
            minutes = sum(clip.count for clip in clips) / FRAME_RATE / 60
            table.add_row(
                source, label, str(len(clips)), *(str(splits[s]) for s in SPLITS), f"{minutes:.1f}"
            )
        console.print(table)


@dataclass(frozen=True)
class Inspect:
    """Show one clip of a corpus: labels, texts, extent, and how it stands on the floor.

    Attributes:
        corpus: its folder.
        name: of the clip.
    """

    corpus: tyro.conf.Positional[Path]
    name: tyro.conf.Positional[str]

    def run(self, console: Console) -> None:
        corpus = open_corpus(self.corpus)
        clips = [clip for clip in corpus.clips if clip.name == self.name]
        if not clips:
            raise UserError(f"The corpus {self.corpus} has no clip {self.name!r}.")
        clip = clips[0]
        motion = corpus.motion_of(clip)
        joints = motion.joints()
        path = motion.root_positions.diff(dim=0)[:, :2].norm(dim=-1).sum()
        table = Table("what", "value", show_header=False)
        for key, value in clip.model_dump(exclude={"texts", "start"}).items():
            table.add_row(key, str(value))
        table.add_row("samplings", str(len(clips)))
        table.add_row("seconds", f"{clip.count / FRAME_RATE:.1f}")
        table.add_row("path of the pelvis", f"{path:.2f} m")
        table.add_row("lowest joint", f"{joints[..., 2].min():.3f} m")
        table.add_row("texts", "\n".join(corpus.texts[i] for i in clip.texts))
        console.print(table)


@dataclass(frozen=True)
class PrepareDuet:
    """Compose the corpus of pairs from a single-person corpus and the table of social rules.

    Attributes:
        source: folder of the single-person corpus.
        out: folder of the corpus of pairs.
        seed: of every random choice.
        workers: processes; 0 means one per processor.
    """

    source: Path
    out: Path
    seed: int = 0
    workers: int = 0

    def run(self, console: Console) -> None:
        if self.seed < 0 or self.workers < 0:
            raise UserError("--seed and --workers must be at least 0.")
        with _progress(console) as progress:
            task = progress.add_task("composing", total=task_count())
            summary = prepare_duet(
                self.source,
                self.out,
                self.seed,
                self.workers or os.cpu_count() or 1,
                lambda: progress.advance(task),
            )
        table = Table("rule", *SPLITS, title=f"pairs in {self.out}")
        for rule in load_social_rules().rules:
            table.add_row(rule, *(str(summary.pairs[rule, split]) for split in SPLITS))
        console.print(table)


@dataclass(frozen=True)
class Prepare:
    """Prepare a corpus."""

    kind: (
        Annotated[PrepareSingle, tyro.conf.subcommand("single")]
        | Annotated[PrepareDuet, tyro.conf.subcommand("duet")]
    )

    def run(self, console: Console) -> None:
        self.kind.run(console)


def main(argv: list[str]) -> int:
    """Run `./remogen data ...`.

    Raises:
        UserError: anything the user can mend.
    """
    command = tyro.extras.subcommand_cli_from_dict(
        {"prepare": Prepare, "list": List, "inspect": Inspect},
        prog="remogen data",
        args=argv,
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes),
    )
    command.run(Console())
    return 0


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console,
    )  # fmt: skip


def _show_summary(console: Console, summary: Summary, out: Path) -> None:
    table = Table("source", *SPLITS, "hours", title=str(out))
    for source, seconds in sorted(summary.seconds.items()):
        counts = (str(summary.clips[source, split]) for split in SPLITS)
        table.add_row(source, *counts, f"{seconds / 3600:.2f}")
    console.print(table)
    if summary.rejected:
        rejected = Table("rejected", "why", title=f"{len(summary.rejected)} rejected")
        for name, reason in summary.rejected:
            rejected.add_row(name, reason)
        console.print(rejected)
