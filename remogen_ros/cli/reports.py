"""What long commands show: a bar while they work, numbers, and what was left out at the end."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table


def progress_bar(console: Console) -> Progress:
    """A bar with the time that is left."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console,
    )  # fmt: skip


def numbers_table(first: str, *numbers: str, title: str | None = None, caption: str) -> Table:
    """A table of many numbers a row, none of them cut short in a terminal of 80 columns.

    Args:
        first: heading of the rows' names, which are wrapped where there is no room for them.
        numbers: headings of the numbers.
        title: above it.
        caption: what the headings mean.
    """
    return Table(
        Column(first, overflow="fold"),
        *(Column(heading, justify="right", no_wrap=True) for heading in numbers),
        title=title,
        caption=caption,
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )


def show_rejected(console: Console, rejected: Sequence[tuple[str, str]]) -> None:
    """A table of (name, reason); nothing if there are none."""
    if not rejected:
        return
    table = Table("rejected", "why", title=f"{len(rejected)} rejected")
    for name, reason in rejected:
        table.add_row(name, reason)
    console.print(table)
