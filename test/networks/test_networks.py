from __future__ import annotations

import pytest
import torch
from torch import Tensor

from remogen_ros.cues.occupancy import EGO_CELLS, FREE, OCCUPIED, UNSEEN
from remogen_ros.networks.adapter import Adapter, Cues
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import CONFIGURATIONS
from remogen_ros.networks.intent import IntentEncoder
from remogen_ros.networks.interaction import InteractionBlock, clip_delta
from remogen_ros.networks.layers import Attention, SkipTransformer
from remogen_ros.networks.mixing import AdapterMix
from remogen_ros.networks.others import CausalBlock, OthersEncoder

TINY = CONFIGURATIONS["tiny"]


def some_cues(batch: int, partners: int, seed: int = 0) -> Cues:
    random = torch.Generator().manual_seed(seed)
    return Cues(
        partners=torch.randn(batch, partners, 16, 159, generator=random),
        partner_present=torch.ones(batch, partners, dtype=torch.bool),
        occupancy=torch.randint(0, 3, (batch, *EGO_CELLS), generator=random).to(torch.uint8),
        scene_known=torch.ones(batch, dtype=torch.bool),
        goal=torch.randn(batch, 3, generator=random),
        goal_known=torch.ones(batch, dtype=torch.bool),
    )


@pytest.fixture
def networks() -> Networks:
    torch.manual_seed(0)
    return Networks(TINY).eval()


def trained_adapter(name: str) -> Adapter:
    """An adapter whose gates are open, as training leaves them."""
    torch.manual_seed(1)
    adapter = Adapter(TINY.adapters[name], TINY.denoiser).eval()
    for parameter in adapter.parameters():
        parameter.data.add_(0.3 * torch.randn_like(parameter))
    return adapter


def denoise(networks: Networks, modulation=None) -> torch.Tensor:
    random = torch.Generator().manual_seed(3)
    return networks.prior.denoiser(
        torch.randn(2, TINY.vae.latent, generator=random),
        torch.tensor([3, 7]),
        torch.randn(2, 2, 276, generator=random),
        torch.randn(2, 384, generator=random),
        torch.tensor([True, False]),
        modulation,
    )


def test_untrained_adapters_change_no_bit(networks: Networks) -> None:
    weights = {"hhi": 1.0, "hsi": 0.7}
    mix = AdapterMix.of(networks.weighted_adapters(weights), some_cues(2, 3))
    assert torch.equal(denoise(networks), denoise(networks, mix))
    assert mix.clipped_share() == 0.0


def test_trained_adapters_change_the_output_and_weight_zero_does_not(networks: Networks) -> None:
    networks.adapters["hhi"] = trained_adapter("hhi")
    cues = some_cues(2, 1)
    changed = denoise(networks, AdapterMix.of(networks.weighted_adapters({"hhi": 1.0}), cues))
    assert not torch.equal(denoise(networks), changed)
    same = denoise(networks, AdapterMix.of(networks.weighted_adapters({"hhi": 0.0}), cues))
    assert torch.equal(denoise(networks), same)


def test_an_unknown_adapter_is_a_key_error(networks: Networks) -> None:
    with pytest.raises(KeyError, match="nobody"):
        networks.weighted_adapters({"nobody": 1.0})


def test_absent_partners_cannot_be_seen() -> None:
    adapter = trained_adapter("hhi")
    hidden = torch.randn(2, 5, TINY.denoiser.width)
    cues = some_cues(2, 2)
    half = Cues(cues.partners, torch.tensor([[True, False]] * 2), *vars_after(cues))
    other = Cues(
        torch.cat((cues.partners[:, :1], 9 * cues.partners[:, 1:]), dim=1),
        half.partner_present,
        *vars_after(cues),
    )
    one = Cues(cues.partners[:, :1], half.partner_present[:, :1], *vars_after(cues))
    outputs = [
        adapter.blocks[0](hidden, adapter.perceived(c).contexts[0]) for c in (half, other, one)
    ]
    assert torch.equal(outputs[0], outputs[1])
    torch.testing.assert_close(outputs[0], outputs[2])


def vars_after(cues: Cues) -> tuple[torch.Tensor, ...]:
    return cues.occupancy, cues.scene_known, cues.goal, cues.goal_known


def test_the_order_of_partners_does_not_matter() -> None:
    adapter = trained_adapter("hhi")
    hidden = torch.randn(1, 5, TINY.denoiser.width)
    cues = some_cues(1, 3)
    swapped = Cues(cues.partners.flip(1), cues.partner_present, *vars_after(cues))
    torch.testing.assert_close(
        adapter.blocks[0](hidden, adapter.perceived(cues).contexts[0]),
        adapter.blocks[0](hidden, adapter.perceived(swapped).contexts[0]),
        atol=1e-5,
        rtol=1e-5,
    )


def test_nobody_at_all_is_finite() -> None:
    adapter = trained_adapter("hhi")
    cues = some_cues(2, 0)
    delta = adapter.blocks[0](
        torch.randn(2, 5, TINY.denoiser.width), adapter.perceived(cues).contexts[0]
    )
    assert torch.isfinite(delta).all()


def test_unseen_cells_are_not_free_cells() -> None:
    adapter = trained_adapter("hsi")
    states = [
        adapter.encode(
            Cues(
                torch.zeros(1, 0, 16, 159),
                torch.ones(1, 0, dtype=torch.bool),
                torch.full((1, *EGO_CELLS), state, dtype=torch.uint8),
                torch.tensor([True]),
                torch.zeros(1, 3),
                torch.tensor([False]),
            ),
            None,
        )[0]
        for state in (FREE, OCCUPIED, UNSEEN)
    ]
    assert not torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])
    assert not torch.equal(states[1], states[2])


def test_the_clip_shortens_only_what_is_too_long() -> None:
    hidden = torch.tensor([[[3.0, 4.0], [3.0, 4.0]]])
    delta = torch.tensor([[[0.0, 10.0], [1.0, 0.0]]])
    clipped, where = clip_delta(delta, hidden, 0.5)
    torch.testing.assert_close(clipped, torch.tensor([[[0.0, 2.5], [1.0, 0.0]]]))
    assert where.tolist() == [[True, False]]


def test_mixing_is_a_weighted_sum_of_deltas() -> None:
    first, second = trained_adapter("hhi"), trained_adapter("hsi")
    first.clip = second.clip = 1e6
    cues = some_cues(2, 1)
    hidden = torch.randn(2, 5, TINY.denoiser.width)

    def delta(members: list[tuple[Adapter, float]]) -> torch.Tensor:
        return AdapterMix.of(members, cues)(2, hidden) - hidden

    expected = 0.3 * delta([(first, 1.0)]) + 0.6 * delta([(second, 1.0)])
    torch.testing.assert_close(delta([(first, 0.3), (second, 0.6)]), expected, atol=1e-4, rtol=1e-4)


def test_blocks_start_as_identities_and_can_learn() -> None:
    torch.manual_seed(0)
    block = InteractionBlock(16, 2, 32)
    hidden, cues = torch.randn(2, 5, 16), torch.randn(2, 3, 16)
    delta = block(hidden, block.context(cues, torch.ones(2, 3, dtype=torch.bool)))
    assert torch.equal(delta, torch.zeros_like(delta))
    delta.sum().backward()
    assert block.film.weight.grad is not None and block.film.weight.grad.abs().sum() > 0
    assert block.attention_gate.grad is not None and block.attention_gate.grad.abs().sum() > 0


def test_causal_convolution_sees_nothing_later() -> None:
    torch.manual_seed(0)
    block = CausalBlock(4, dilation=2)
    sequence = torch.randn(1, 16, 4)
    later = sequence.clone()
    later[:, 9:] = torch.randn(1, 7, 4)
    assert torch.equal(block(sequence)[:, :9], block(later)[:, :9])
    assert not torch.equal(block(sequence)[:, 9], block(later)[:, 9])


def test_an_encoder_hears_like_another_of_fewer_tokens() -> None:
    torch.manual_seed(0)
    one = OthersEncoder(tcn_width=8, tcn_layers=2, tokens=1, width=16)
    two = OthersEncoder(tcn_width=8, tcn_layers=2, tokens=2, width=16)
    partners = torch.randn(3, 1, 16, 159)
    two.hear_like(one)
    torch.testing.assert_close(
        two(partners)[:, 1] - two.positions[1], one(partners)[:, 0] - one.positions[0]
    )


def test_others_encoder_makes_the_stated_tokens() -> None:
    encoder = OthersEncoder(tcn_width=8, tcn_layers=2, tokens=2, width=16)
    assert encoder(torch.randn(3, 4, 16, 159)).shape == (3, 8, 16)
    mask = encoder.token_mask(torch.tensor([[True, False]]))
    assert mask.tolist() == [[True, True, False, False]]


def test_partners_stay_told_apart_however_long_their_tokens_were_to_grow() -> None:
    torch.manual_seed(0)
    encoder = OthersEncoder(tcn_width=32, tcn_layers=3, tokens=2, width=16)
    partners = torch.randn(8, 1, 16, 159)
    with torch.no_grad():
        for weights in encoder.blocks.parameters():
            # All in one direction, as training had it.
            weights.copy_(weights.abs())
        tokens = encoder(partners)
    assert float(tokens.std(0).norm()) > 0.1 * float(tokens.mean(0).norm())


def test_the_vae_of_a_segment_has_its_shapes(networks: Networks) -> None:
    history, future = torch.randn(3, 2, 276), torch.randn(3, 8, 276)
    mean, log_variance = networks.prior.vae.encode(history, future)
    assert mean.shape == log_variance.shape == (3, TINY.vae.latent)
    assert networks.prior.vae.decode(mean, history).shape == (3, 8, 276)


@pytest.mark.parametrize(
    "build", [lambda: Attention(10, 3), lambda: SkipTransformer(2, 8, 2, 8, 0)]
)
def test_sizes_that_cannot_work_are_refused(build) -> None:
    with pytest.raises(ValueError, match=r"heads|odd"):
        build()


def test_the_paper_configuration_builds_at_the_published_size() -> None:
    networks = Networks(CONFIGURATIONS["paper"])
    assert len(networks.prior.denoiser.layers) == 8
    adapter = networks.adapters["hhi"]
    assert isinstance(adapter, Adapter) and len(adapter.blocks) == 4


def test_who_just_arrives_asks_for_nothing_until_trained_and_nobody_ever_does() -> None:
    torch.manual_seed(0)
    encoder = IntentEncoder(tcn_width=8, tcn_layers=1, width=16)
    partners, there = torch.randn(2, 3, 16, 159), torch.tensor([[True, True, False], [False] * 3])
    assert torch.equal(encoder(partners, there)[0], torch.zeros(2, 16))
    for parameter in encoder.parameters():
        parameter.data.add_(torch.randn_like(parameter))
    told, heed = encoder(partners, there)
    assert heed[0, 2] == 0.0 and float(heed[0].detach().sum()) == pytest.approx(1.0)
    assert told[0].abs().max() > 0 and torch.equal(told[1], torch.zeros(16))
    hidden = partners.clone()
    hidden[:, 2] = 9.0
    assert torch.equal(encoder(hidden, there)[0], told)
    assert torch.equal(encoder(partners[:, :0], there[:, :0])[0], torch.zeros(2, 16))


def cues_of(partners: Tensor, there: Tensor) -> Cues:
    rows = len(partners)
    unseen = torch.full((rows, *EGO_CELLS), UNSEEN, dtype=torch.uint8)
    nothing = torch.zeros(rows, dtype=torch.bool)
    return Cues(partners, there, unseen, nothing, torch.zeros(rows, 3), nothing)


def perceived(adapter: Adapter, partners: Tensor, there: Tensor) -> list[Tensor]:
    seen = adapter.perceived(cues_of(partners, there))
    return [seen.intent, *(part for context in seen.contexts for part in context[:2])]


def test_among_several_an_adapter_perceives_whom_it_heeds_in_any_order() -> None:
    adapter = trained_adapter("hhi")
    partners, all_there = torch.randn(2, 3, 16, 159), torch.ones(2, 3, dtype=torch.bool)
    order = [2, 0, 1]
    for first, second in zip(
        perceived(adapter, partners, all_there),
        perceived(adapter, partners[:, order], all_there),
        strict=True,
    ):
        torch.testing.assert_close(first, second)

    adapter.intent.salience.weight.data.mul_(1e5)
    heed = adapter.intent(partners, all_there)[1]
    heeded = heed.argmax(-1)
    assert (heed.amax(-1) > 0.999).all()
    alone = partners[torch.arange(2), heeded][:, None]
    for first, second in zip(
        perceived(adapter, partners, all_there),
        perceived(adapter, alone, all_there[:, :1]),
        strict=True,
    ):
        torch.testing.assert_close(first, second, atol=1e-3, rtol=1e-3)


def test_one_partner_is_heeded_whole_whatever_was_learned() -> None:
    adapter = trained_adapter("hhi")
    partners, there = torch.randn(2, 2, 16, 159), torch.tensor([[True, False]] * 2)
    one = perceived(adapter, partners[:, :1], there[:, :1])
    adapter.intent.salience.weight.data.normal_()
    for before, now, beside in zip(
        one,
        perceived(adapter, partners[:, :1], there[:, :1]),
        perceived(adapter, partners, there),
        strict=True,
    ):
        assert torch.equal(before, now)
        torch.testing.assert_close(before, beside)


def test_an_intent_in_words_goes_before_what_the_partner_asks_for(networks: Networks) -> None:
    adapter = trained_adapter("hhi")
    networks.adapters["hhi"] = adapter
    for block in adapter.blocks:  # Only the intent is left to act.
        for part in (block.film.weight, block.film.bias):
            part.data.zero_()
        block.attention_gate.data.zero_()
        block.feedforward_gate.data.zero_()
    alone = denoise(networks)  # Row 0 is told something in words, row 1 is not.
    mixed = denoise(networks, AdapterMix.of([(adapter, 1.0)], some_cues(2, 1)))
    assert torch.equal(mixed[0], alone[0])
    assert not torch.allclose(mixed[1], alone[1])
