"""`./remogen evaluate`: how good a model is, in numbers and in pictures."""

from __future__ import annotations

import tyro
from rich.console import Console

from remogen_ros.cli.evaluate_model import ModelEvaluation
from remogen_ros.cli.evaluate_strips import Strips
from remogen_ros.errors import UserError

EVALUATIONS: dict[str, type[ModelEvaluation] | type[Strips]] = {
    "model": ModelEvaluation,
    "strips": Strips,
}
"""What can be evaluated: a dataclass of its options, with `run(console)`."""


def main(argv: list[str]) -> int:
    """Run `./remogen evaluate WHAT ...`.

    Raises:
        UserError: anything the user can mend.
    """
    if not argv or argv[0] in ("-h", "--help"):
        print("usage: remogen evaluate WHAT ...")
        for name, evaluation in EVALUATIONS.items():
            print(f"  {name:<8} {(evaluation.__doc__ or '').splitlines()[0]}")
        return 0
    what, *arguments = argv
    if what not in EVALUATIONS:
        raise UserError(f"There is no evaluation {what!r}: choose one of {', '.join(EVALUATIONS)}.")
    tyro.cli(EVALUATIONS[what], prog=f"remogen evaluate {what}", args=arguments).run(Console())
    return 0
