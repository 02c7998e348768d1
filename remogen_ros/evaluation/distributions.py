"""Metrics over embeddings of texts and motions, all of one evaluator.

As text-to-motion defines them (Guo et al., "Generating Diverse and Natural 3D Human Motions from
Text", CVPR 2022); where this differs, the docstring says so. Values depend on the evaluator and on
how many clips there are, so only rows of one table compare, and ground truth has one.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

POOL = 32
"""Motions among which a text is to find its own."""

TOP = 3
"""R-Precision is told at 1 .. TOP."""

DIVERSITY_PAIRS = 300
MULTIMODALITY_PAIRS = 10
"""Pairs over which distances are averaged, at most."""


def frechet_distance(first: Tensor, second: Tensor) -> float:
    """FID: the Frechet distance between the Gaussians of two sets of embeddings.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^1/2), in float64. The last trace is that of
    (C1^1/2 C2 C1^1/2)^1/2, all symmetric, which unlike a general square root also exists for
    singular covariances (fewer clips than dimensions): no epsilon is needed. It is biased upwards
    for small sets.

    Args:
        first: (N, D) of two or more.
        second: (M, D) of two or more.
    """
    if min(len(first), len(second)) < 2:
        raise ValueError(
            f"a Frechet distance needs two embeddings or more of each set, not {len(first)} and "
            f"{len(second)}"
        )
    one, other = first.double(), second.double()
    C1, C2 = (torch.atleast_2d(torch.cov(rows.T)) for rows in (one, other))
    values, vectors = torch.linalg.eigh(C1)
    root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    shared = torch.linalg.eigvalsh(root @ C2 @ root).clamp_min(0).sqrt().sum()
    apart = (one.mean(0) - other.mean(0)).square().sum()
    return max(0.0, float(apart + C1.trace() + C2.trace() - 2 * shared))


def draw_pools(captions: Sequence[Hashable], random: torch.Generator, size: int = POOL) -> Tensor:
    """Shuffled pools for R-Precision, in none of which two clips have the same caption.

    A clip goes into the first pool that has room and not yet its caption, as FlowMDM (Barquero et
    al., CVPR 2024) keeps duplicates out: a text could not tell them apart. Pools that are not full
    in the end are dropped, so that chance is top / size everywhere.

    Args:
        captions: (N) of each clip; any form of it that is equal when the captions are.
        random: shuffles.
        size: of a pool.

    Returns:
        (P, size) int64 indices of clips, each at most once.

    Raises:
        ValueError: there are fewer different captions than a pool needs.
    """
    if len(set(captions)) < size:
        raise ValueError(
            f"R-Precision needs {size} different captions for a pool, and there are "
            f"{len(set(captions))}"
        )
    filling: list[dict[Hashable, int]] = []
    full: list[list[int]] = []
    for clip in torch.randperm(len(captions), generator=random).tolist():
        caption = captions[clip]
        pool = next((pool for pool in filling if caption not in pool), None)
        if pool is None:
            pool = {}
            filling.append(pool)
        pool[caption] = clip
        if len(pool) == size:
            full.append(list(pool.values()))
            filling.remove(pool)
    return torch.tensor(full)


def r_precision(texts: Tensor, motions: Tensor, pools: Tensor) -> Tensor:
    """R-Precision: how often a text's own motion is among the nearest of its pool.

    Another motion that is exactly as near counts as nearer, so that motions that are all the same
    find nothing.

    Args:
        texts, motions: (N, D) embeddings, row by row of the same clip.
        pools: (P, S) of `draw_pools`.

    Returns:
        (3,) shares, of top 1, 2 and 3.
    """
    ways = torch.cdist(
        texts[pools].double(), motions[pools].double(), compute_mode="donot_use_mm_for_euclid_dist"
    )
    own = ways.diagonal(dim1=-2, dim2=-1)
    rank = (ways <= own[..., None]).sum(-1)
    return torch.stack([(rank <= top).double().mean() for top in range(1, TOP + 1)])


def matching_distance(texts: Tensor, motions: Tensor) -> float:
    """MM-Dist: mean distance between each text (..., D) and its own motion (..., D)."""
    return float((texts.double() - motions.double()).norm(dim=-1).mean())


def diversity(motions: Tensor, random: torch.Generator, most: int = DIVERSITY_PAIRS) -> float:
    """Diversity: mean distance between the members of random pairs of motions.

    Pairs are of two subsets of min(most, N // 2) motions each. They share none, so that no motion
    is compared with itself, as it can be where the two are drawn independently (text-to-motion).

    Args:
        motions: (N, D) embeddings, two or more.
        random: draws the subsets.
        most: pairs at most.
    """
    return _mean_pair_distance(motions, random, most)


def multimodality(
    motions: Tensor, random: torch.Generator, most: int = MULTIMODALITY_PAIRS
) -> float:
    """MultiModality: mean distance between motions made for one text.

    Pairs are drawn as for `diversity`, the same ones for every text (text-to-motion: 10 pairs of
    30 samples, for 100 texts).

    Args:
        motions: (texts, samples, D) embeddings.
        random: draws the pairs.
        most: pairs of each text at most.
    """
    return _mean_pair_distance(motions.transpose(0, 1), random, most)


def _mean_pair_distance(motions: Tensor, random: torch.Generator, most: int) -> float:
    """Mean distance between min(most, N // 2) random pairs of (N, ..., D), none used twice."""
    pairs = min(most, len(motions) // 2)
    if not pairs:
        raise ValueError(f"distances between motions need two or more, not {len(motions)}")
    order = torch.randperm(len(motions), generator=random).to(motions.device)
    return matching_distance(motions[order[:pairs]], motions[order[pairs : 2 * pairs]])
