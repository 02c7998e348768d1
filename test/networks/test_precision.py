"""Products that are fast are still in single precision; kinematics leaves autocast."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from remogen_ros.networks.precision import exact, fast_products


@pytest.mark.parametrize("shape", [(1, 640, 256, 768), (64, 3, 3, 3)])
def test_fast_products_are_in_single_precision(shape: tuple[int, int, int, int]) -> None:
    batch, rows, inner, columns = shape
    random = torch.Generator().manual_seed(0)
    a = torch.randn((batch, rows, inner), generator=random)
    b = torch.randn((batch, inner, columns), generator=random)
    true = a.double() @ b.double()
    before = torch.get_float32_matmul_precision()
    with fast_products():
        found = a @ b
    assert torch.get_float32_matmul_precision() == before
    # Of bfloat16, whose numbers are 0.4 % apart, errors would be a thousand times as large.
    assert (found - true).abs().max() < 1e-6 * inner


def test_what_is_exact_is_computed_in_single_precision() -> None:
    @exact
    def doubled(value: Tensor) -> Tensor:
        return value @ torch.eye(2) * 2

    with torch.autocast("cpu", torch.bfloat16):
        half = torch.ones(1, 2) @ torch.eye(2)
        assert half.dtype == torch.bfloat16
        assert doubled(half).dtype == torch.float32
    assert doubled(torch.ones(1, 2)).tolist() == [[2.0, 2.0]]
