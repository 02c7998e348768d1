"""In what precision networks multiply, and where single precision is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import torch
from torch import Tensor

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")
_DEVICES = ("cpu", "cuda")


@contextmanager
def fast_products(wanted: bool = True) -> Iterator[None]:
    """For work on a CPU: let oneDNN multiply matrices, in single precision; also as a decorator.

    PyTorch leaves them to MKL, which uses half of an AMD processor: 103 GFLOP/s on one core of a
    Zen 4 where oneDNN has 230. It hands them over when bfloat16 is allowed; oneDNN makes no use of
    that but where there are matrix units (AMX), and those processors are left as they are.

    Args:
        wanted: False changes nothing.
    """
    before = torch.get_float32_matmul_precision()
    if wanted and not torch.cpu._is_amx_tile_supported():
        torch.set_float32_matmul_precision("medium")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def exact(function: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Run a function without autocast, on tensors in single precision.

    bfloat16 keeps three digits: metres would be off by centimetres, and differences of positions
    would be nothing but noise. Networks bear that, kinematics does not.
    """

    @wraps(function)
    def kept(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
        casting = [device for device in _DEVICES if torch.is_autocast_enabled(device)]
        if not casting:
            return function(*args, **kwargs)
        in_single: Callable[..., _Result] = function
        with ExitStack() as stack:
            for device in casting:
                stack.enter_context(torch.autocast(device, enabled=False))
            named = {name: _single(value) for name, value in kwargs.items()}
            return in_single(*map(_single, args), **named)

    return kept


def _single(value: object) -> object:
    half = isinstance(value, Tensor) and value.dtype in (torch.bfloat16, torch.float16)
    return value.float() if half and isinstance(value, Tensor) else value
