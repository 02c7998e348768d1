"""CUDA graphs: a step is hundreds of small kernels, which Python launches too slowly."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

Given = TypeVar("Given")
Made = TypeVar("Made")

WARM_UP = 3
"""Calls before a capture: libraries set themselves up, and layers are compiled."""


@dataclass(frozen=True)
class _Recording(Generic[Given, Made]):
    """One captured graph, the memory it reads and the memory it writes."""

    graph: torch.cuda.CUDAGraph
    given: list[Tensor]
    made: Made


class Replayed(Generic[Given, Made]):
    """A function of tensors on a GPU, captured once and then replayed by a single launch.

    It may be given and may return tensors in dataclasses, tuples, lists and dictionaries. Whatever
    else these hold, and every shape, belongs to the capture: each combination has its own. The
    function must neither wait for the GPU nor bring anything to it, and keeps nothing of what it
    computed with a gradient. What it returns is overwritten by the next call.
    """

    def __init__(
        self,
        function: Callable[[Given], Made],
        active: bool,
        generators: tuple[torch.Generator, ...] = (),
    ) -> None:
        """Wrap a function.

        Args:
            function: what is to be replayed.
            active: False calls it each time, as on a CPU.
            generators: all that it draws from, but PyTorch's own.
        """
        self._function = function
        self._active = active
        self._generators = generators
        self._calls: dict[Hashable, int] = {}
        self._recordings: dict[Hashable, _Recording[Given, Made]] = {}
        self._pool: Any = None

    def __call__(self, given: Given) -> Made:
        """What the function makes of it."""
        if not self._active:
            return self._function(given)
        tensors: list[Tensor] = []
        kind = _kind(given, tensors)
        calls = self._calls[kind] = self._calls.get(kind, 0) + 1
        if calls <= WARM_UP:
            return self._function(given)
        recording = self._recordings.get(kind)
        if recording is None:
            recording = self._recordings[kind] = self._captured(given, tensors)
        for ours, theirs in zip(recording.given, tensors, strict=True):
            ours.copy_(theirs)
        recording.graph.replay()
        return recording.made

    def _captured(self, given: Given, tensors: list[Tensor]) -> _Recording[Given, Made]:
        graph = torch.cuda.CUDAGraph()
        for generator in self._generators:
            graph.register_generator_state(generator)
        own = [torch.empty_like(t, memory_format=torch.contiguous_format) for t in tensors]
        for ours, theirs in zip(own, tensors, strict=True):
            ours.copy_(theirs)
        torch.cuda.synchronize()
        with torch.cuda.graph(graph, pool=self._pool):
            made = self._function(_rebuilt(given, iter(own)))
        self._pool = graph.pool()
        return _Recording(graph, own, made)


def _kind(value: Any, tensors: list[Tensor]) -> Hashable:
    """What of a value is no tensor, and the shapes of its tensors, which go to the list."""
    if isinstance(value, Tensor):
        tensors.append(value)
        return (value.dtype, value.shape)
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return (type(value), *(_kind(getattr(value, field.name), tensors) for field in fields))
    if isinstance(value, tuple | list):
        return (type(value), *(_kind(item, tensors) for item in value))
    if isinstance(value, dict):
        return (dict, *((key, _kind(item, tensors)) for key, item in value.items()))
    if not isinstance(value, Hashable):
        raise TypeError(f"a {type(value).__name__} cannot be part of what a graph is given")
    return value


def _rebuilt(value: Any, tensors: Iterator[Tensor]) -> Any:
    """The same structure with other tensors, in the order of `_kind`."""
    if isinstance(value, Tensor):
        return next(tensors)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return dataclasses.replace(
            value, **{name: _rebuilt(getattr(value, name), tensors) for name in names}
        )
    if isinstance(value, tuple | list):
        return type(value)(_rebuilt(item, tensors) for item in value)
    if isinstance(value, dict):
        return {key: _rebuilt(item, tensors) for key, item in value.items()}
    return value
