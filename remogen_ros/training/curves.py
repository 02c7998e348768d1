"""Learning curves: what the logs of a run folder tell, as series by phase."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remogen_ros.errors import UserError
from remogen_ros.training.config import Regime
from remogen_ros.training.reporting import Row, log_path, read_log

_LOG = log_path(Path(), "").name
_TOTAL = "loss"
_VALIDATION = "val/"
# `Report.losses` writes the loss terms between these; measures of any name may follow.
_BEFORE_TERMS, _AFTER_TERMS = "samples_per_s", "gradient_norm"
_SMOOTHED = 20
"""A smoothed point is the mean over one part in so many of its series."""


@dataclass(frozen=True)
class Series:
    """Numbers that were logged.

    Attributes:
        steps: (n,) of training, ascending.
        values: (n,) without a unit, finite.
    """

    steps: NDArray[np.float64]
    values: NDArray[np.float64]

    @classmethod
    def of(cls, points: Iterable[tuple[float, float]]) -> Series:
        """Of pairs of a step and a value; what is not finite is left out.

        Of a step that is there twice, the later value counts.
        """
        pairs = np.array(sorted(dict(points).items()), dtype=np.float64).reshape(-1, 2)
        kept = pairs[np.isfinite(pairs).all(axis=1)]
        return cls(kept[:, 0], kept[:, 1])

    def __len__(self) -> int:
        return len(self.steps)

    def smoothed(self) -> Series:
        """Means over neighbours on both sides.

        Towards the first point, where losses fall steeply, there are ever fewer of them, as many on
        either side, so that the fall is not flattened; the last points take what there is.
        """
        count = len(self)
        at = np.arange(count)
        half = np.minimum(count // (2 * _SMOOTHED), at)
        first, end = at - half, np.minimum(at + half + 1, count)
        sums = np.concatenate([[0.0], np.cumsum(self.values)])
        return Series(self.steps, (sums[end] - sums[first]) / (end - first))


@dataclass(frozen=True)
class Curve:
    """One phase of one run.

    Attributes:
        run: how the run is called.
        phase: name of the phase.
        total: the loss that was minimised.
        terms: what it is the sum of, by name; weighted.
        validation: the total on held-out windows.
    """

    run: str
    phase: str
    total: Series
    terms: dict[str, Series]
    validation: Series

    @property
    def steps(self) -> int:
        """The newest step that was logged."""
        return int(max(series.steps[-1] for series in (self.total, self.validation) if len(series)))

    @property
    def stage(self) -> str:
        """Name of the phase, less the regime of an ablation: by what runs are compared."""
        name, _, regime = self.phase.rpartition("_")
        return name if regime in {known.value for known in Regime} else self.phase


def run_curves(folder: Path, run: str = "") -> tuple[Curve, ...]:
    """The curves of a run folder, in the order of training; a phase with no row yet has none.

    Args:
        folder: of the run.
        run: how to call it.

    Raises:
        UserError: a log is not one.
    """
    found = [_curve(path, run) for path in folder.glob(f"*{_LOG}")]
    return tuple(sorted((curve for curve in found if curve is not None), key=_order))


def needed_curves(folder: Path, run: str = "") -> tuple[Curve, ...]:
    """As `run_curves`, at least one.

    Raises:
        UserError: there are none.
    """
    if curves := run_curves(folder, run):
        return curves
    if logs := sorted(folder.glob(f"*{_LOG}")):
        raise UserError(f"{logs[0]} has no whole row yet: wait until the training has logged one")
    raise UserError(f"{folder} holds no log (PHASE{_LOG}): give the folder of a training run")


def _curve(path: Path, run: str) -> Curve | None:
    rows = _rows(path)
    trained = [row for row in rows if not any(name.startswith(_VALIDATION) for name in row)]
    held_out = [
        {name.removeprefix(_VALIDATION): v for name, v in row.items() if name != "step"}
        | {"step": row["step"]}
        for row in rows
        if any(name.startswith(_VALIDATION) for name in row)
    ]
    terms = [(row["step"], _terms(row)) for row in trained]
    names = dict.fromkeys(name for _, values in terms for name in values)
    total = Series.of(
        (row["step"], row.get(_TOTAL, sum(values.values())))
        for row, (_, values) in zip(trained, terms, strict=True)
        if values or _TOTAL in row
    )
    validation = Series.of(
        (row["step"], sum(v for name, v in row.items() if name != "step")) for row in held_out
    )
    if not len(total) and not len(validation):
        return None
    by_name = {
        name: Series.of((step, values[name]) for step, values in terms if name in values)
        for name in names
    }
    return Curve(run, path.name.removesuffix(_LOG), total, by_name, validation)


def _rows(path: Path) -> list[Row]:
    """The rows of a log with those of their values that are numbers."""
    try:
        rows = read_log(path)
        return [
            {"step": float(row["step"])}
            | {name: float(v) for name, v in row.items() if isinstance(v, int | float)}
            for row in rows
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} is damaged: restore it, or move it away") from error


def _terms(row: Row) -> Row:
    names = list(row)
    if _BEFORE_TERMS not in row or _AFTER_TERMS not in row:
        return {}
    return {k: row[k] for k in names[names.index(_BEFORE_TERMS) + 1 : names.index(_AFTER_TERMS)]}


def _order(curve: Curve) -> tuple[int, str, int, str]:
    """As phases are trained: of an adapter intent encoder, itself, salience; refinement last."""
    rank = {"vae": 0, "denoiser": 1, "refinement": 3}.get(curve.phase, 2)
    adapter, _, part = curve.stage.partition("_")
    return rank, adapter, {"intent": 0, "": 1, "salience": 2}.get(part, 1), curve.phase
