"""What long commands show: a bar while they work, and what was left out at the end."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table


def progress_bar(console: Console) -> Progress:
    """A bar with the time that is left."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console,
    )  # fmt: skip


def show_rejected(console: Console, rejected: Sequence[tuple[str, str]]) -> None:
    """A table of (name, reason); nothing if there are none."""
    if not rejected:
        return
    table = Table("rejected", "why", title=f"{len(rejected)} rejected")
    for name, reason in rejected:
        table.add_row(name, reason)
    console.print(table)
