"""Commands that do one of several things, as `./remogen bench WHAT ...`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import tyro
from rich.console import Console

from remogen_ros.errors import UserError


class Choice(Protocol):
    """A dataclass of options, whose docstring is its help."""

    def run(self, console: Console) -> int | None:
        """Do it; the exit code, None for 0."""


def run_choice(
    argv: list[str], command: str, noun: str, choices: Mapping[str, type[Choice]]
) -> int:
    """Run what the first argument names with the others as its options.

    Raises:
        UserError: anything the user can mend.
    """
    if not argv or argv[0] in ("-h", "--help"):
        print(f"usage: remogen {command} WHAT ...")
        for name, choice in choices.items():
            print(f"  {name:<8} {(choice.__doc__ or '').splitlines()[0]}")
        return 0
    what, *options = argv
    if what not in choices:
        raise UserError(f"There is no {noun} {what!r}: choose one of {', '.join(choices)}.")
    chosen = tyro.cli(choices[what], prog=f"remogen {command} {what}", args=options)
    return chosen.run(Console()) or 0
