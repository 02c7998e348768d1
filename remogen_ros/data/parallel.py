"""Doing the same to many things in several processes, results in order."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import torch

from remogen_ros.errors import UserError

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def in_parallel(
    function: Callable[[_Task], _Result], tasks: Sequence[_Task], workers: int
) -> Iterator[_Result]:
    """The results of a function of a module, task by task; in this process when alone.

    Args:
        function: importable, as are its tasks and results.
        tasks: its arguments.
        workers: processes, each computing on one thread.

    Raises:
        UserError: a process was ended from outside.
    """
    if workers == 1:
        yield from map(function, tasks)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, torch.set_num_threads, (1,)) as pool:
        try:
            yield from pool.map(function, tasks)
        except BrokenProcessPool:
            raise UserError(
                "A worker process was ended from outside, perhaps for want of memory; try fewer "
                "--workers."
            ) from None
