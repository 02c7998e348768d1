"""`./remogen evaluate`: how good a model is, in numbers and in pictures."""

from __future__ import annotations

from remogen_ros.cli.choices import Choice, run_choice
from remogen_ros.cli.evaluate_model import ModelEvaluation
from remogen_ros.cli.evaluate_robot import RobotEvaluation
from remogen_ros.cli.evaluate_strips import Strips
from remogen_ros.cli.evaluate_trackers import Trackers

EVALUATIONS: dict[str, type[Choice]] = {
    "model": ModelEvaluation,
    "strips": Strips,
    "robot": RobotEvaluation,
    "trackers": Trackers,
}


def main(argv: list[str]) -> int:
    """Run `./remogen evaluate WHAT ...`."""
    return run_choice(argv, "evaluate", "evaluation", EVALUATIONS)
