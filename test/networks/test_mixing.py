"""What partners ask for in a mix: said in full by half of an adapter, fading below that."""

from __future__ import annotations

import pytest
import torch

from remogen_ros.networks.adapter import Perceived
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import CONFIGURATIONS
from remogen_ros.networks.mixing import AdapterMix, MixedAdapter

WAVE, BOW = torch.tensor([2.0, 0.0, 0.0, 1.0]), torch.tensor([0.0, 4.0, 0.0, 1.0])


def asked(*members: tuple[float, torch.Tensor | None]) -> torch.Tensor | None:
    adapter = Networks(CONFIGURATIONS["tiny"]).adapters["hhi"]
    mix = AdapterMix(
        [
            MixedAdapter(
                adapter,
                torch.tensor([weight]),
                Perceived(None if wanted is None else wanted[None], ()),
            )
            for weight, wanted in members
        ]
    )
    intent = mix.intent()
    return None if intent is None else intent[0]


@pytest.mark.parametrize(
    "weight, said", [(0.0, 0.0), (0.125, 0.25), (0.25, 0.5), (0.5, 1.0), (0.75, 1.0), (1.0, 1.0)]
)
def test_half_an_adapter_says_all_of_it(weight: float, said: float) -> None:
    assert torch.allclose(asked((weight, WAVE)), said * WAVE)
    # An adapter that hears no partners, as that of the room, changes nothing of it.
    assert torch.allclose(asked((weight, WAVE), (0.5, None)), said * WAVE)


def test_two_adapters_that_hear_partners_share_what_is_said() -> None:
    assert torch.allclose(asked((0.5, WAVE), (0.5, BOW)), (WAVE + BOW) / 2)
    assert torch.allclose(asked((0.1, WAVE), (0.1, BOW)), 0.2 * (WAVE + BOW))
    assert torch.allclose(asked((1.0, WAVE), (1.0, BOW)), WAVE + BOW)


def test_nobody_who_hears_partners_asks_for_nothing() -> None:
    assert asked((1.0, None)) is None
    assert asked() is None
