"""Two processes that train one model together (DDP over gloo)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from remogen_ros.training.checkpoints import checkpoint_path
from remogen_ros.training.randomness import Randomness

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.slow
def test_two_processes_end_with_equal_weights_and_draw_different_batches(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "test.training.two_processes", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr
    first, second = (torch.load(tmp_path / f"rank{rank}.pt") for rank in (0, 1))
    for name, value in first["weights"].items():
        assert torch.equal(value, second["weights"][name]), name
    assert len(first["last"]) == len(second["last"]) == 2, "the batch of 4 is shared"
    assert not torch.equal(first["last"], second["last"])
    state = torch.load(checkpoint_path(tmp_path, "hhi"))["processes"]
    assert len(state) == 2 and not torch.equal(state[0]["random"][0], state[1]["random"][0])


def test_processes_have_streams_of_their_own() -> None:
    streams = [Randomness.of(0, rank).normal(4) for rank in (0, 1)]
    assert not torch.equal(*streams)
    assert torch.equal(streams[0], torch.randn(4, generator=torch.Generator().manual_seed(0)))
