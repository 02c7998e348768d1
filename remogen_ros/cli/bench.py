"""`./remogen bench`: how fast the parts of the project are on this machine."""

from __future__ import annotations

import tyro
from rich.console import Console

from remogen_ros.cli.bench_data import DataBench
from remogen_ros.errors import UserError

BENCHMARKS: dict[str, type[DataBench]] = {"data": DataBench}
"""What can be measured: a dataclass of its options, with `run(console)`."""


def main(argv: list[str]) -> int:
    """Run `./remogen bench WHAT ...`.

    Raises:
        UserError: anything the user can mend.
    """
    if not argv or argv[0] in ("-h", "--help"):
        print("usage: remogen bench WHAT ...")
        for name, benchmark in BENCHMARKS.items():
            print(f"  {name:<8} {(benchmark.__doc__ or '').splitlines()[0]}")
        return 0
    what, *arguments = argv
    if what not in BENCHMARKS:
        raise UserError(f"There is no benchmark {what!r}: choose one of {', '.join(BENCHMARKS)}.")
    tyro.cli(BENCHMARKS[what], prog=f"remogen bench {what}", args=arguments).run(Console())
    return 0
