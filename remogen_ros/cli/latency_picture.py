"""Ticks as a picture: how long each of them took, and how they are distributed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from remogen_ros.cli.latency_run import DEADLINE_MS, Ticks
from remogen_ros.errors import UserError

_FEWEST_SHOWN = 400
"""Ticks of the series that are drawn; more would be a band."""

_COLOURS = ("#9aa0a6", "#1a73e8", "#188038", "#d93025")
_BOUNDARY = "#d93025"


def draw_ticks(runs: Sequence[Ticks], path: Path) -> None:
    """Draw series and distribution.

    Args:
        runs: what was measured.
        path: of the picture; its ending tells the format.

    Raises:
        UserError: there is no such format, or Matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UserError("--plot needs Matplotlib: pip install matplotlib") from error
    figure = Figure(figsize=(11, 4.2), dpi=130, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    if path.suffix.removeprefix(".") not in canvas.get_supported_filetypes():
        raise UserError(f"--plot {path}: choose a name that ends in .png, .pdf or .svg")
    series, spread = figure.subplots(1, 2, width_ratios=(3, 1), sharey=True)
    for run, colour in zip(runs, _COLOURS, strict=False):
        ms = np.array(run.ms[:_FEWEST_SHOWN])
        first = np.flatnonzero(run.boundary[:_FEWEST_SHOWN])
        series.plot(ms, color=colour, lw=1.0, label=run.name)
        series.plot(first, ms[first], ".", color=_BOUNDARY, ms=5)
        every = np.sort(run.ms)
        share = np.linspace(0, 100, len(every))
        spread.plot(share, every, color=colour, lw=2)
    series.plot([], [], ".", color=_BOUNDARY, ms=5, label="first of a segment")
    for axes in (series, spread):
        axes.axhline(DEADLINE_MS, color="#5f6368", lw=0.8, ls="--")
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.grid(axis="y", alpha=0.25)
    series.set(xlabel="tick", ylabel="ms", title="each tick; dashed: 10 Hz")
    spread.set(xlabel="percentile", title="all ticks")
    figure.legend(loc="outside lower center", ncols=len(runs) + 1, fontsize=8, frameon=False)
    figure.savefig(path)
