"""Trains on two processes; run as a program by `test_processes`."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

import torch

from remogen_ros.training.drawing import Drawing
from remogen_ros.training.machine import Machine
from test.training.people import tiny, training


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    machine = Machine(device="cpu", devices=2)
    fabric = machine.fabric()
    drawn: list[torch.Tensor] = []
    original = Drawing.window

    def watched(self: Drawing, frames: int):
        window = original(self, frames)
        drawn.append(window.motion.root_positions)
        return window

    networks = tiny()
    run = training(folder, networks=networks, machine=machine, fabric=fabric)
    with patch.object(Drawing, "window", watched):
        run.prior()
        run.adapter("hhi")
    state = {"weights": networks.state_dict(), "last": drawn[-1]}
    torch.save(state, folder / f"rank{fabric.global_rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
