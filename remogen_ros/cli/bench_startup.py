"""`./remogen bench startup`: from the start of the node's process to its first reaction."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from remogen_ros.bringup.bringups import REACTION
from remogen_ros.bringup.description import Bringup
from remogen_ros.cli.domain import own_domain, stay_on_this_machine
from remogen_ros.cli.measured import check_folder, machine, percentiles, versions, write_json
from remogen_ros.cli.processes import ProcessGroup
from remogen_ros.errors import UserError
from remogen_ros.nodes.monitor import Monitor, watching
from remogen_ros.nodes.resources import shipped_folder

BUDGET_S = 6.0
"""What a start may take."""

PATIENCE_S = 180.0
_STAGE = "start_s."


@dataclass(frozen=True)
class StartupBench:
    """How long the node takes from the start of its process to the first reaction it publishes.

    Attributes:
        runs: how often it is started.
        model: name of a shipped one, or path of a model folder.
        json: write the numbers to this file.
    """

    runs: int = 5
    model: str = "demo"
    json: Path | None = None

    def run(self, console: Console) -> None:
        if self.runs < 1:
            raise UserError("--runs must be at least 1.")
        check_folder("--json", self.json)
        shipped_folder("model", self.model)
        stay_on_this_machine()
        with own_domain(), console.status("starting the node"):
            starts = [_start(self.model) for _ in range(self.runs)]
        numbers = _numbers(starts)
        if self.json:
            write_json(self.json, numbers)
        console.print(_table(numbers))


@dataclass(frozen=True)
class Start:
    """One start of the node.

    Attributes:
        seen_s: from the call that started the process until a subscriber had the first reaction.
        stages: seconds from the start of the process at which the node reached each stage.
    """

    seen_s: float
    stages: dict[str, float]


def node_alone() -> Bringup:
    """The reaction node and nothing else."""
    return Bringup("node", "", REACTION.arguments, REACTION.processes[:1])


def wait_for_first(monitor: Monitor, group: ProcessGroup) -> None:
    """Until the first reaction has come.

    Raises:
        UserError: the node ended, or nothing came.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not monitor.stamps_ns:
        monitor.look(0.01)
        if group.ended() or time.monotonic() > deadline:
            raise UserError(f"The node gave no reaction; it said:\n{group.last_words('reaction')}")


def _start(model: str) -> Start:
    bringup = node_alone()
    values = bringup.values({"model": model})
    with watching() as monitor:
        begun = time.monotonic()
        with ProcessGroup(bringup, values, lambda name, line: None) as group:
            wait_for_first(monitor, group)
            seen = time.monotonic() - begun
            while f"{_STAGE}first_reaction" not in monitor.status and not group.ended():
                monitor.look()
    stages = {
        key.removeprefix(_STAGE): float(value)
        for key, value in monitor.status.items()
        if key.startswith(_STAGE)
    }
    return Start(seen, stages)


def _numbers(starts: list[Start]) -> dict[str, Any]:
    return {
        "runs": len(starts),
        "first_reaction_s": percentiles([start.seen_s for start in starts], (50,)),
        "stages_s": {
            stage: percentiles([start.stages[stage] for start in starts], (50,))
            for stage in starts[0].stages
        },
        "budget_s": BUDGET_S,
        "compiles_python_each_time": sys.dont_write_bytecode,
        "machine": machine(),
        "versions": versions(),
    }


def _table(numbers: dict[str, Any]) -> Table:
    caption = f"budget: {BUDGET_S:g} s"
    if numbers["compiles_python_each_time"]:
        caption += "; PYTHONDONTWRITEBYTECODE is set, so every start compiles all of Python's code"
    table = Table(
        "reached", "after, p50, s", "max, s", "took, s", caption=caption,
        title=f"{numbers['runs']} starts of the node",
    )  # fmt: skip
    before = 0.0
    for stage, found in numbers["stages_s"].items():
        table.add_row(stage, *_cells(found), f"{found['p50'] - before:.2f}")
        before = found["p50"]
    table.add_section()
    table.add_row("seen by a subscriber", *_cells(numbers["first_reaction_s"]), "")
    return table


def _cells(found: dict[str, float]) -> list[str]:
    return [f"{value:.2f}" for value in found.values()]
