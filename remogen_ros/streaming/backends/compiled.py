"""A back end whose functions are built for one set of adapters before the first tick."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from remogen_ros.errors import UserError
from remogen_ros.networks.assembly import Networks
from remogen_ros.streaming.backends.base import Function, Functions, carried
from remogen_ros.streaming.backends.eager import modules
from remogen_ros.streaming.backends.examples import FUNCTIONS, Given, given_for

Compile = Callable[[str, nn.Module, Sequence[Given]], Function]
"""Name of a function, its module, and what it may be given, for each number of partners that is to
be built for -> the built function."""

_TOLERANCE = 1e-3
"""By how much anything that a built function gives may differ from the reference, relative to the
largest of it: of poses, a millimetre at a metre."""


@dataclass(frozen=True)
class Slots:
    """For how many partners functions are built.

    Attributes:
        built: the numbers of partners, ascending.
        flexible: any other number from the first on works as well.
    """

    built: tuple[int, ...]
    flexible: bool

    def of(self, partners: int) -> int:
        """How many there must be for so many partners; who is added is absent."""
        if self.flexible:
            return max(partners, self.built[0])
        fitting = (slots for slots in self.built if slots >= partners)
        return next(fitting, partners)


class CompiledBackend:
    """Functions for one ego, made by a compiler and checked against PyTorch."""

    def __init__(
        self,
        name: str,
        networks: Networks,
        adapters: tuple[str, ...],
        guided: bool,
        compiler: Compile,
        slots: Slots,
    ) -> None:
        """Build.

        Args:
            name: of the back end.
            networks: on the device where the functions are to work.
            adapters: all that will ever be mixed.
            guided: as the plan is.
            compiler: builds each function.
            slots: numbers of partners to build for.

        Raises:
            UserError: what was built does not give what PyTorch gives.
        """
        self.name = name
        self.device = networks.prior.feature_mean.device
        reference = modules(networks, adapters, guided)
        built = {}
        with torch.inference_mode():
            examples = [given_for(networks, reference, count) for count in slots.built]
            for function in FUNCTIONS:
                module, given = getattr(reference, function), [e[function] for e in examples]
                built[function] = compiler(function, module, given)
                for each in given:
                    _check(name, function, module(*each), built[function](*each))
        self._functions = carried(
            Functions(
                adapters,
                _padded(built["encode"], 0, slots),
                built["predict"],
                built["segment"],
                _padded(built["refined"], -2, slots),
            ),
            self.device,
        )

    def functions(self, adapters: Collection[str]) -> Functions:
        """See `Backend`: always all adapters that it was built for.

        Raises:
            UserError: it was built without one of these.
        """
        other = sorted(set(adapters) - set(self._functions.adapters))
        if other:
            raise UserError(
                f"back end {self.name} was built without the adapter {other[0]}: list it among the "
                "adapters and start anew"
            )
        return self._functions


def _padded(function: Function, partners: int, slots: Slots) -> Function:
    """The function, with absent partners added to arguments number `partners` and the one after."""

    def call(*given: Tensor) -> Given:
        arguments = list(given)
        count = arguments[partners].shape[1]
        more = slots.of(count) - count
        if more:
            after = partners + 1
            arguments[partners] = pad(arguments[partners], (0, 0, 0, 0, 0, more))
            arguments[after] = pad(arguments[after], (0, more))
        return function(*arguments)

    return call


def _check(backend: str, function: str, expected: Given, given: Given) -> None:
    for one, other in zip(expected, given, strict=True):
        largest = max(1.0, float(one.abs().max()) if one.is_floating_point() else 1.0)
        off = float((one.float() - other.float().to(one.device)).abs().max()) / largest
        if not off < _TOLERANCE:
            raise UserError(
                f"back end {backend} computes '{function}' otherwise than PyTorch does (off by "
                f"{off:.2g}): use backend eager"
            )
