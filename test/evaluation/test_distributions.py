"""Metrics over embeddings whose values follow by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given

from remogen_ros.evaluation.distributions import (
    diversity,
    draw_pools,
    frechet_distance,
    matching_distance,
    multimodality,
    r_precision,
)
from test.motion.strategies import seeds


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


SQUARE = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
"""Mean zero, covariance 2/3 in both directions."""


def test_sets_that_are_shifted_are_apart_by_the_square_of_it() -> None:
    shifted = SQUARE + torch.tensor([3.0, 4.0])
    assert frechet_distance(SQUARE, shifted) == pytest.approx(25.0)


def test_sets_that_are_wider_are_apart_by_their_deviations() -> None:
    """Deviations s and 3 s in two dimensions: 2 (3 s - s)^2 = 8 s^2, s^2 being 2/3."""
    assert frechet_distance(SQUARE, 3 * SQUARE) == pytest.approx(16 / 3)


def test_covariances_that_do_not_commute() -> None:
    """tr (C1 C2)^1/2 of 2 x 2 matrices is (tr C1 C2 + 2 (det C1 det C2)^1/2)^1/2."""
    first, second = normal(0, 50, 2), normal(1, 60, 2) @ torch.tensor([[2.0, 1], [0, 0.5]]).double()
    C1, C2 = torch.cov(first.T), torch.cov(second.T)
    shared = (torch.trace(C1 @ C2) + 2 * (C1.det() * C2.det()).sqrt()).sqrt()
    expected = (
        (first.mean(0) - second.mean(0)).square().sum() + C1.trace() + C2.trace() - 2 * shared
    )
    assert frechet_distance(first, second) == pytest.approx(float(expected))


def test_fewer_clips_than_dimensions_are_no_trouble() -> None:
    """On a line in five dimensions: deviations s and 2 s, s^2 = 1/2."""
    line = torch.zeros(2, 5)
    line[1, 2] = 1.0
    assert frechet_distance(line, 2 * line) == pytest.approx(0.5**2 + 0.5, abs=1e-6)
    assert frechet_distance(line, line) == pytest.approx(0.0, abs=1e-6)
    with pytest.raises(ValueError, match="two embeddings"):
        frechet_distance(line[:1], line)


@given(seeds)
def test_frechet_distance_is_symmetric_and_zero_on_itself(seed: int) -> None:
    first, second = normal(seed, 40, 6), 2 * normal(seed + 1, 30, 6) + 1
    there, back = frechet_distance(first, second), frechet_distance(second, first)
    assert there == pytest.approx(back, rel=1e-6)
    assert frechet_distance(first, first.flip(0)) == pytest.approx(0.0, abs=1e-6)
    turn = torch.linalg.qr(normal(seed + 2, 6, 6)).Q
    assert frechet_distance(first @ turn, second @ turn) == pytest.approx(there, rel=1e-6)


def test_pools_hold_each_clip_once_and_each_caption_once() -> None:
    captions = [f"caption {i % 40}" for i in range(200)]
    pools = draw_pools(captions, seeded())
    assert pools.shape[1] == 32
    assert len(pools) >= 5
    assert len(set(pools.flatten().tolist())) == pools.numel()
    assert all(len({captions[clip] for clip in pool}) == 32 for pool in pools.tolist())
    assert pools.equal(draw_pools(captions, seeded()))
    assert not pools.equal(draw_pools(captions, seeded(1)))


def test_the_last_pool_is_dropped_and_too_few_captions_are_told() -> None:
    assert draw_pools([str(i) for i in range(70)], seeded()).shape == (2, 32)
    with pytest.raises(ValueError, match="32 different captions"):
        draw_pools(["walk", "wave"] * 50, seeded())


def test_ranks_among_motions_on_a_line() -> None:
    """Own motions are nearest, third (after 0.9 and 0.1), third (after 1.95 and 3), nearest."""
    texts = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
    motions = torch.tensor([[0.1], [1.95], [0.9], [3.0]])
    pools = torch.arange(4)[None]
    assert r_precision(texts, motions, pools).tolist() == [0.5, 0.5, 1.0]
    assert matching_distance(texts, motions) == pytest.approx((0.1 + 0.95 + 1.1 + 0.0) / 4)


def test_motions_that_are_all_the_same_find_nothing() -> None:
    texts = normal(0, 64, 8)
    pools = draw_pools([str(i) for i in range(64)], seeded())
    assert r_precision(texts, texts, pools).tolist() == [1.0, 1.0, 1.0]
    assert r_precision(texts, texts[:1].repeat(64, 1), pools).tolist() == [0.0, 0.0, 0.0]


def test_chance_is_top_of_pool_size() -> None:
    texts, motions = normal(0, 6400, 3), normal(1, 6400, 3)
    found = r_precision(texts, motions, draw_pools([str(i) for i in range(6400)], seeded()))
    assert found.tolist() == pytest.approx([1 / 32, 2 / 32, 3 / 32], abs=0.01)


def test_diversity_of_two_motions_is_their_distance() -> None:
    assert diversity(torch.tensor([[0.0, 0.0], [3.0, 4.0]]), seeded()) == pytest.approx(5.0)
    assert diversity(torch.ones(700, 4), seeded()) == 0.0
    spread = normal(0, 2000, 1)
    # Two draws of a unit normal are 2 / sqrt(pi) apart on average.
    many = diversity(spread, seeded(), most=1000)
    assert many == pytest.approx(2 / math.sqrt(math.pi), abs=0.1)
    with pytest.raises(ValueError, match="two or more"):
        diversity(torch.ones(1, 4), seeded())


def test_multimodality_is_within_texts() -> None:
    """Two texts far from each other, of two samples that are 2 and 4 apart."""
    motions = torch.tensor([[[0.0], [2.0]], [[100.0], [104.0]]])
    assert multimodality(motions, seeded()) == pytest.approx(3.0)
