"""`./remogen bench`: how fast the parts of the project are on this machine."""

from __future__ import annotations

from remogen_ros.cli.bench_data import DataBench
from remogen_ros.cli.bench_latency import LatencyBench
from remogen_ros.cli.bench_memory import MemoryBench
from remogen_ros.cli.bench_robot import RobotBench
from remogen_ros.cli.bench_soak import SoakBench
from remogen_ros.cli.bench_startup import StartupBench
from remogen_ros.cli.bench_voxels import VoxelBench
from remogen_ros.cli.choices import Choice, run_choice

BENCHMARKS: dict[str, type[Choice]] = {
    "data": DataBench,
    "latency": LatencyBench,
    "voxels": VoxelBench,
    "startup": StartupBench,
    "memory": MemoryBench,
    "soak": SoakBench,
    "robot": RobotBench,
}


def main(argv: list[str]) -> int:
    """Run `./remogen bench WHAT ...`."""
    return run_choice(argv, "bench", "benchmark", BENCHMARKS)
