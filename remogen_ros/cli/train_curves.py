"""Learning curves of runs: `./remogen train curves`, and while a model is trained."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import tyro

from remogen_ros.errors import UserError
from remogen_ros.training.curves import needed_curves
from remogen_ros.training.curves_picture import PICTURE, draw_curves
from remogen_ros.training.loop import SampleHook
from remogen_ros.training.reporting import log_path

_PAUSE = 15.0
"""Seconds between two pictures of a training: one takes up to a second of the time to train."""


@dataclass(frozen=True)
class CurvesCommand:
    """Draw the learning curves of a run, or compare those of several; nothing is trained.

    Of one run, a panel for each phase: the loss (pale as logged, dark smoothed), its terms and the
    loss on validation. Of several, a panel for each phase that two of them have, the regimes of an
    adapter counting as one.
    """

    runs: tyro.conf.Positional[tuple[Path, ...]]
    """Run folders."""
    out: Path | None = None
    """Picture to write (.png, .svg, .pdf); else curves.png in the run folder, or, of several runs,
    here."""

    def run(self) -> Path:
        """Draw; where the picture is.

        Raises:
            UserError: no run, one without logs, or a picture that cannot be written.
        """
        if not self.runs:
            raise UserError("there is nothing to draw: give one run folder or more")
        alone = len(self.runs) == 1
        names = [run.resolve().name for run in self.runs]
        if len(set(names)) < len(names):
            names = [str(run) for run in self.runs]
        curves = [
            c for run, name in zip(self.runs, names, strict=True) for c in needed_curves(run, name)
        ]
        out = self.out or (self.runs[0] / PICTURE if alone else Path(PICTURE))
        try:
            draw_curves(curves, out)
        except OSError as error:
            raise UserError(f"{out} cannot be written ({error.strerror}): give --out") from error
        return out


@dataclass
class CurvesHook:
    """Redraws the picture of a run at its validations, unless it was drawn just now.

    A picture that cannot be drawn stops no training; when that ends, `tell_curves` says why.

    Attributes:
        out: folder of the run.
        then: what else a validation calls, after it.
    """

    out: Path
    then: SampleHook | None
    _next: float = 0.0

    def __call__(self, phase: str, step: int) -> None:
        """Draw."""
        if time.monotonic() >= self._next:
            with suppress(UserError):
                CurvesCommand((self._folder(phase),)).run()
            self._next = time.monotonic() + _PAUSE
        if self.then is not None:
            self.then(phase, step)

    def _folder(self, phase: str) -> Path:
        """Where the phase logs: an ablation in a folder of its own."""
        own = self.out / phase.replace("_", "-")
        return own if log_path(own, phase).exists() else self.out


def tell_curves(folder: Path) -> None:
    """Draw the curves of a training that has ended, and print where they are, or why not."""
    try:
        print(f"wrote {CurvesCommand((folder,)).run()}")
    except UserError as error:
        print(f"no learning curves: {error}")


def main(argv: list[str]) -> int:
    """Entry point.

    Raises:
        UserError: anything the user can mend.
    """
    out = tyro.cli(CurvesCommand, args=argv, prog="remogen train curves").run()
    print(f"wrote {out}")
    return 0
