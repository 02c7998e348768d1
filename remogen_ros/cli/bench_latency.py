"""`./remogen bench latency`: how long each tick of the generator takes, and what of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import torch
import tyro
from rich.console import Console
from rich.table import Table

from remogen_ros.cli.latency_inputs import Stage, staged
from remogen_ros.cli.latency_picture import check_format, draw_ticks
from remogen_ros.cli.latency_run import DEADLINE_MS, Ticks, TimedBackend, timed
from remogen_ros.cli.measured import check_folder, machine, versions, write_json
from remogen_ros.errors import UserError
from remogen_ros.nodes.resources import shipped_folder
from remogen_ros.streaming.backends.choosing import BackendChoice, share_threads
from remogen_ros.streaming.backends.names import BackendName
from remogen_ros.streaming.bundle import load_bundle, save_untrained
from remogen_ros.streaming.generator import Generator, put_on
from remogen_ros.streaming.plan import Plan

_WARM_UP = 64
_PLAIN = Plan(ahead_from=None, guidance=2.0)
_GUIDED = Plan(guidance=2.0)
"""Guidance is on, whatever a bundle has."""


@dataclass(frozen=True)
class LatencyBench:
    """How long each tick of the generator takes, and what of it.

    All adapters are mixed, with guidance and FWSR, among synthetic people and boxes; the garbage
    collector is as in the node. Beside the schedule of the live system, the plain one (each segment
    is denoised when it is due, by PyTorch as it is) is measured in the same run.

    Attributes:
        config: shipped, or the sizes paper, small and tiny with random weights (speed does not
            depend on them), or the path of a model.
        backend: that runs the networks; auto takes the quickest.
        device: of PyTorch: cpu, cuda.
        threads: of the processor.
        partners: people around.
        ticks: how many to measure.
        hertz: ticks a second; 0 for one right after the other, so that caches are warm.
        plain: also measure the plain schedule.
        json: where to write all numbers.
        plot: where to draw the ticks, as a PNG, PDF or SVG.
        seed: of the input.
    """

    config: str = "shipped"
    backend: BackendName = "auto"
    device: str = "cpu"
    threads: Annotated[int, tyro.conf.arg(aliases=["-j"])] = 2
    partners: int = 1
    ticks: int = 2000
    hertz: float = 0.0
    plain: bool = True
    json: Path | None = None
    plot: Path | None = None
    seed: int = 0

    def run(self, console: Console) -> None:
        if self.ticks < 16 or self.threads < 1 or self.partners < 0 or self.hertz < 0:
            raise UserError(
                "--ticks must be at least 16, --threads at least 1, --partners and --hertz at "
                "least 0."
            )
        check_folder("--json", self.json)
        check_folder("--plot", self.plot)
        if self.plot is not None:
            check_format(self.plot)
        torch.set_num_threads(self.threads)
        with _model(self.config) as folder:
            runs = self._runs(folder, console)
        console.print(_table(runs, f"{self.config}, {self.partners} partners, {_machine(self)}"))
        console.print(_stages(runs[-1]))
        if self.json is not None:
            write_json(self.json, self._report(runs))
        if self.plot is not None:
            draw_ticks(runs, self.plot)
            console.print(f"wrote {self.plot}")

    def _runs(self, folder: Path, console: Console) -> list[Ticks]:
        """The plain schedule first, if it is measured; what the live system does last."""
        stage = staged(load_bundle(folder).networks, self.partners, self.seed)
        runs = []
        if self.plain:
            runs.append(self._timed(folder, stage, _PLAIN, "eager", console))
        runs.append(self._timed(folder, stage, _GUIDED, self.backend, console))
        return runs

    def _timed(
        self, folder: Path, stage: Stage, plan: Plan, name: BackendName, console: Console
    ) -> Ticks:
        bundle = load_bundle(folder)
        put_on(bundle, self.device)
        adapters = tuple(bundle.manifest.config.adapters)
        choice = BackendChoice(bundle, adapters, True, self.threads, console.print)
        backend = TimedBackend(choice.named(name))
        share_threads(backend.name, self.threads)
        generator = Generator(bundle, self.seed, plan, backend)
        schedule = "at once" if plan.ahead_from is None else "ahead"
        weights = dict.fromkeys(adapters, 1.0)
        # At once costs so much more that fewer ticks say as much.
        ticks = self.ticks if plan.ahead_from is not None else max(16, self.ticks // 4)
        observations = stage.observations(_WARM_UP + ticks, weights)
        label = f"{backend.name}, denoised {schedule}"
        return timed(label, generator, backend, observations, ticks, _WARM_UP, self.hertz)

    def _report(self, runs: list[Ticks]) -> dict[str, object]:
        live = runs[-1]
        return {
            **live.summary(),
            "config": self.config,
            "backend": live.name.partition(",")[0],
            "threads": self.threads,
            "partners": self.partners,
            "ticks": self.ticks,
            "hertz": self.hertz,
            "machine": machine() | {"device": _machine(self)},
            "versions": versions(),
            "others": {run.name: run.summary() for run in runs[:-1]},
        }


@contextmanager
def _model(config: str) -> Iterator[Path]:
    if config == "shipped":
        yield shipped_folder("model", "demo")
    elif config in ("paper", "small", "tiny"):
        with TemporaryDirectory() as folder:
            save_untrained(Path(folder) / config, config)
            yield Path(folder) / config
    else:
        yield shipped_folder("model", config)


def _machine(bench: LatencyBench) -> str:
    if bench.device != "cpu":
        return torch.cuda.get_device_name()
    found = machine()
    return f"{found['processor']}, {bench.threads} of {found['processors']} processors"


def _table(runs: list[Ticks], title: str) -> Table:
    table = Table(
        "a tick, ms", "p50", "p95", "p99", "max", "p99 / p50", "first of a segment, p50", "missed",
        title=title, caption=f"missed: longer than {DEADLINE_MS:.0f} ms",
    )  # fmt: skip
    for run in runs:
        tick, first = run.tick_ms, run.summary()["boundary_tick_ms"]
        cells = [f"{tick[name]:.2f}" for name in ("p50", "p95", "p99", "max")]
        boundary = first["p50"] if isinstance(first, dict) else 0.0
        table.add_row(
            run.name, *cells, f"{tick['p99'] / tick['p50']:.2f}", f"{boundary:.2f}",
            str(sum(ms > DEADLINE_MS for ms in run.ms)),
        )  # fmt: skip
    return table


def _stages(run: Ticks) -> Table:
    table = Table("stage, ms", "p50", "p95", "p99", "max", "ticks", title=run.name)
    summary = run.summary()["stages"]
    if isinstance(summary, dict):
        for name, values in summary.items():
            turns = sum(spent > 0 for spent in run.stages[name])
            cells = [f"{values[key]:.2f}" for key in ("p50", "p95", "p99", "max")]
            table.add_row(name, *cells, str(turns))
    return table
