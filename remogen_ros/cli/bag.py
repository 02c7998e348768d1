"""`./remogen bag`: build the demonstration recording, and look into bags."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from remogen_ros.recording.bags import summarise


@dataclass(frozen=True)
class BuildDemo:
    """Build the demonstration recording from motion capture and a room.

    Attributes:
        source: folder with cmu/ (Boxing_Toes, 01_01, SOURCE.txt) and scenes/ (apartment,
            MORSE-COPYRIGHT.txt), packed or unpacked.
        out: folder of the new bag.
        seed: of noise and timing; the same seed gives the same recording.
    """

    source: Path
    out: Path
    seed: int = 0

    def run(self, console: Console) -> None:
        # Open3D, which the virtual camera needs, is slow to import: not for `bag info`.
        from remogen_ros.recording.demo import build_demo

        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("recording", total=1.0)
            build_demo(
                self.source, self.out, self.seed, lambda done: bar.update(task, completed=done)
            )
        Info(self.out).run(console)


@dataclass(frozen=True)
class Info:
    """Say what a bag holds.

    Attributes:
        bag: its folder.
    """

    bag: tyro.conf.Positional[Path]

    def run(self, console: Console) -> None:
        summary = summarise(self.bag)
        table = Table("topic", "type", "messages", "Hz", "latched")
        for topic in summary.topics:
            rate = f"{topic.rate_hz:.1f}" if topic.rate_hz else ""
            latched = "yes" if topic.latched else ""
            table.add_row(topic.name, topic.type_name, str(topic.count), rate, latched)
        console.print(table)
        console.print(
            f"{summary.path}: {summary.duration_s:.1f} s, {summary.size_bytes / 1e6:.2f} MB"
        )


Command = (
    Annotated[BuildDemo, tyro.conf.subcommand("build-demo")]
    | Annotated[Info, tyro.conf.subcommand("info")]
)


def main(argv: list[str]) -> int:
    """Run one command; return the exit code."""
    tyro.cli(Command, prog="remogen bag", args=argv).run(Console())
    return 0
