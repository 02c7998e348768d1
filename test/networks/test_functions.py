"""The functions that back ends compile, against the networks called one by one."""

from __future__ import annotations

import pytest
import torch

from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.networks.adapter import Adapter
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.functions import (
    CleanPrediction,
    CueEncoding,
    RefinedPoses,
    SegmentPoses,
)
from remogen_ros.networks.mixing import AdapterMix, MixedAdapter
from test.data.bodies import hanging
from test.networks.test_networks import TINY, some_cues, trained_adapter

WEIGHTS = torch.tensor([[0.7, 0.2, 0.0], [0.4, 1.0, 0.0]])
"""Of hhi and hsi, for three egos."""


@pytest.fixture(scope="module")
def networks() -> Networks:
    torch.manual_seed(0)
    networks = Networks(TINY).eval().requires_grad_(False)
    for name in networks.adapters:
        networks.adapters[name] = trained_adapter(name).requires_grad_(False)
    return networks


def adapters(networks: Networks) -> list[Adapter]:
    return [adapter for adapter, _ in networks.weighted_adapters({"hhi": 1.0, "hsi": 1.0})]


def given() -> tuple[torch.Tensor, ...]:
    """Noisy latents, steps, history, texts, and where they are known."""
    random = torch.Generator().manual_seed(1)
    return (
        torch.randn(3, TINY.vae.latent, generator=random),
        torch.tensor([1, 5, 9]),
        torch.randn(3, 2, 276, generator=random),
        torch.randn(3, 384, generator=random),
        torch.tensor([True, False, True]),
    )


def test_one_step_is_the_denoiser_with_its_mix(networks: Networks) -> None:
    cues, both = some_cues(3, 2), adapters(networks)
    seen = CueEncoding(both)(*vars(cues).values())
    predict = CleanPrediction(networks.prior.denoiser, both, guided=False)
    clean, clipped = predict(*given(), torch.tensor(3.0), WEIGHTS, *seen)
    members = [
        MixedAdapter(adapter, weight, adapter.perceived(cues))
        for adapter, weight in zip(both, WEIGHTS, strict=True)
    ]
    mix = AdapterMix(members)
    torch.testing.assert_close(clean, networks.prior.denoiser(*given(), mix))
    assert clipped == mix.clipped_share()
    # The third ego mixes nothing in.
    alone = networks.prior.denoiser(*given())
    torch.testing.assert_close(clean[2], alone[2])
    assert not torch.allclose(clean[:2], alone[:2])


def test_guidance_leads_away_from_who_is_told_and_sees_nothing(networks: Networks) -> None:
    cues, both = some_cues(3, 2), adapters(networks)
    seen = CueEncoding(both)(*vars(cues).values())
    guided = CleanPrediction(networks.prior.denoiser, both, guided=True)
    plain = CleanPrediction(networks.prior.denoiser, both, guided=False)
    nothing = CueEncoding(both)(*vars(cues.kept(torch.zeros(3, dtype=torch.bool))).values())
    noisy, step, history, text, _ = given()
    silent = torch.zeros(3, dtype=torch.bool)
    one = torch.tensor(1.0)
    conditional, _ = plain(*given(), one, WEIGHTS, *seen)
    unconditional, _ = plain(noisy, step, history, text, silent, one, WEIGHTS, *nothing)
    for guidance in (0.0, 1.0, 2.5):
        clean, _ = guided(*given(), torch.tensor(guidance), WEIGHTS, *seen)
        expected = unconditional + guidance * (conditional - unconditional)
        torch.testing.assert_close(clean, expected, atol=1e-5, rtol=1e-5)


def test_poses_are_decoded_and_refined_as_by_hand(networks: Networks) -> None:
    random = torch.Generator().manual_seed(2)
    latent = torch.randn(3, TINY.vae.latent, generator=random)
    history = torch.randn(3, 2, 276, generator=random)
    frame = CanonicalFrame(torch.eye(3).expand(3, 3, 3), torch.randn(3, 3, generator=random))
    decoded = SegmentPoses(networks.prior)(latent, history, frame.rotation, frame.origin)
    expected = networks.prior.posed(networks.prior.decode(latent, history), frame)
    assert torch.equal(decoded[0], expected.root_positions)
    assert torch.equal(decoded[1], expected.rotations)
    still, cues = hanging(3), some_cues(3, 1)
    recent = (
        still.root_positions.expand(3, -1, -1),
        still.rotations.expand(3, -1, -1, -1, -1),
    )
    seen = cues.partners, cues.partner_present
    place = torch.tensor([4, 4, 4])
    roots, rotations, refined = RefinedPoses(networks)(
        latent, place, history, frame.rotation, frame.origin, *recent, *seen
    )
    again = SegmentPoses(networks.prior)(refined, history, frame.rotation, frame.origin)
    assert torch.equal(roots, again[0]) and torch.equal(rotations, again[1])
