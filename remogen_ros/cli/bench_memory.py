"""`./remogen bench memory`: how much memory the node keeps, after its start and while it reacts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from remogen_ros.bringup.bringups import DEMO
from remogen_ros.cli.bench_startup import wait_for_first
from remogen_ros.cli.domain import own_domain, stay_on_this_machine
from remogen_ros.cli.measured import check_folder, machine, versions, write_json
from remogen_ros.cli.processes import ProcessGroup
from remogen_ros.cli.resident import MemoryLog
from remogen_ros.errors import UserError
from remogen_ros.nodes.monitor import watching
from remogen_ros.nodes.resources import shipped_folder

BUDGET_MB = 1500.0
"""What the node may keep."""


@dataclass(frozen=True)
class MemoryBench:
    """How much memory of the node is resident after its start, and while a recording is replayed.

    Attributes:
        seconds: how long the recording is replayed after the first reaction.
        model: name of a shipped one, or path of a model folder.
        bag: recording to replay: name of a shipped one, or path of a bag.
        json: write the numbers to this file.
    """

    seconds: float = 60.0
    model: str = "demo"
    bag: str = "demo"
    json: Path | None = None

    def run(self, console: Console) -> None:
        if self.seconds <= 0:
            raise UserError("--seconds must be above 0.")
        check_folder("--json", self.json)
        shipped_folder("model", self.model)
        shipped_folder("bag", self.bag)
        stay_on_this_machine()
        with own_domain(), console.status("replaying the recording beside the node"):
            memory = self._watched().report()
        if memory is None:
            raise UserError("The memory of a process can be seen on Linux only (/proc).")
        numbers = {
            "memory_mb": memory,
            "seconds": self.seconds,
            "budget_mb": BUDGET_MB,
            "machine": machine(),
            "versions": versions(),
        }
        if self.json:
            write_json(self.json, numbers)
        console.print(_table(memory, self.seconds))

    def _watched(self) -> MemoryLog:
        values = DEMO.values({"model": self.model, "bag": self.bag, "viewer": "false"})
        with (
            ProcessGroup(DEMO, values, lambda name, line: None) as group,
            watching() as monitor,
        ):
            wait_for_first(monitor, group)
            memory = MemoryLog(group.process_id("reaction"))
            end = time.monotonic() + self.seconds
            while time.monotonic() < end:
                monitor.look()
                memory.look()
                if (ended := group.ended()) is not None:
                    name, _ = ended
                    raise UserError(f"The node '{name}' ended:\n{group.last_words(name)}")
        return memory


def _table(memory: dict[str, Any], seconds: float) -> Table:
    table = Table("resident memory of the node", "MB", caption=f"budget: {BUDGET_MB:.0f} MB")
    table.add_row("at the first reaction", f"{memory['start']:.0f}")
    table.add_row(f"{seconds:g} s later", f"{memory['end']:.0f}")
    table.add_row("at most", "-" if memory["max"] is None else f"{memory['max']:.0f}")
    table.add_row("growth a minute, second half", f"{memory['growth_per_minute']:.1f}")
    return table
