"""Learning curves as a picture: one panel a phase.

Matplotlib is imported where it draws: nothing else needs it, and it takes most of a second. Its
global state (pyplot, the current figure) is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from remogen_ros.errors import UserError
from remogen_ros.training.curves import Curve, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PICTURE = "curves.png"
"""In a run folder."""

_WIDTH, _HEIGHT, _TALL = 16.0, 4.8, 7.0
"""Of the picture, of a row of panels and of a panel alone, in inches of `_DPI` pixels."""
_DPI = 100
_INK, _PALE = "#222222", "#d8d8d8"
_VALIDATION = "#d55e00"
# Told apart by the colour-blind, too (after Okabe and Ito; Tol's for those beyond).
_COLOURS = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#882255", "#999933", "#332288",
    "#117733", "#aa4499",
)  # fmt: skip
_SPAN = 500
"""The largest total by the smallest term that is drawn: a term of next to nothing would press all
others together. The legend tells of it."""
_MARKED = 40
"""Validations up to which each has a mark."""


def draw_curves(curves: Sequence[Curve], path: Path) -> None:
    """Write a picture of curves; until it is whole, an older one stays.

    Args:
        curves: at least one.
        path: of the picture; its ending tells the format.

    Raises:
        UserError: there is no such format.
    """
    figure, kind = curves_figure(curves), path.suffix.lstrip(".").lower()
    if kind not in figure.canvas.get_supported_filetypes():
        raise UserError(f"{path} has no ending of a picture: call it .png, .svg or .pdf")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        figure.savefig(part, format=kind)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def curves_figure(curves: Sequence[Curve]) -> Figure:
    """A panel for each phase: of one run with the terms of its loss, of several runs compared."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    runs = dict.fromkeys(curve.run for curve in curves)
    # A term has the same colour in every panel.
    terms = dict.fromkeys(name for curve in curves for name in curve.terms)
    compared = len(runs) > 1
    colours = dict(zip(runs if compared else terms, cycle(_COLOURS)))
    panels = _panels(curves, compared)
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    height = _TALL if len(panels) == 1 else _HEIGHT * rows
    figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    for number, panel in enumerate(panels, 1):
        axes = figure.add_subplot(rows, columns, number)
        if compared:
            for curve in panel:
                _draw_total(axes, curve, colours[curve.run], curve.run)
                _draw_validation(axes, curve, colours[curve.run], "--")
        else:
            _draw_total(axes, panel[0], _INK, "training")
            _draw_validation(axes, panel[0], _VALIDATION, "-")
            _draw_terms(axes, panel[0], colours)
        _finish(axes, panel)
    return figure


def _panels(curves: Sequence[Curve], compared: bool) -> list[list[Curve]]:
    """Curves by panel; of several runs, the phases that they share, if they share any."""
    by_name: dict[str, list[Curve]] = {}
    for curve in curves:
        by_name.setdefault(curve.stage if compared else curve.phase, []).append(curve)
    shared = [panel for panel in by_name.values() if len(panel) > 1]
    return shared or list(by_name.values())


def _draw_total(axes: Axes, curve: Curve, colour: str, name: str) -> None:
    total = curve.total
    if len(total):
        smooth = total.smoothed()
        axes.plot(total.steps, total.values, color=colour, lw=0.8, alpha=0.25, zorder=2.5)
        axes.plot(
            smooth.steps, smooth.values, color=colour, lw=2.2, zorder=3, label=_told(name, smooth)
        )


def _draw_validation(axes: Axes, curve: Curve, colour: str, style: str) -> None:
    found = curve.validation
    if len(found):
        axes.plot(
            found.steps,
            found.values,
            color=colour,
            ls=style,
            lw=1.5,
            marker="o" if len(found) <= _MARKED else "",
            ms=4,
            zorder=3.5,
            label=_told("validation", found),
        )


def _draw_terms(axes: Axes, curve: Curve, colours: dict[str, str]) -> None:
    """From the largest to the smallest, as they lie; the legend has them in this order."""
    terms = {name: series.smoothed() for name, series in curve.terms.items() if len(series)}
    if len(terms) < 2:  # It is the total.
        return
    floor = _floor([curve])
    for name in sorted(terms, key=lambda name: -terms[name].values[-1]):
        series, told = terms[name], _told(name, terms[name])
        if series.values.max() < floor:
            axes.plot([], [], color=colours[name], lw=1, label=f"{told} (below)")
        else:
            axes.plot(series.steps, series.values, color=colours[name], lw=1, label=told)


def _floor(curves: Sequence[Curve]) -> float:
    """Where a panel ends at the bottom, if it has lines so far down."""
    totals = [series for curve in curves for series in (curve.total, curve.validation)]
    return max(float(series.values.max()) for series in totals if len(series)) / _SPAN


def _finish(axes: Axes, panel: Sequence[Curve]) -> None:
    """Title, scales, grid and legend."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    first, steps = panel[0], max(curve.steps for curve in panel)
    same = all(curve.phase == first.phase for curve in panel)
    axes.set_title(
        f"{first.phase if same else first.stage}: {steps:,} steps",
        loc="left",
        fontsize=13,
        color=_INK,
    )
    axes.set_yscale("log", nonpositive="mask")
    axes.set_xlim(0, steps * 1.01)
    low, high = axes.get_ylim()
    low = max(low, _floor(panel))
    axes.set_ylim(low, high)
    few = high < 20 * low  # Where less than some decades show, more numbers tell them.
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7) if few else (1, 2, 5)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel("step", color=_INK)
    axes.set_ylabel("loss", color=_INK)
    axes.grid(color=_PALE, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0,
        frameon=False,
        fontsize=10,
    )


def _told(name: str, series: Series) -> str:
    """A legend's entry: what it is, and where it is by now."""
    return f"{name}  {series.values[-1]:.3g}"
