"""How well captions find their motion: by what an evaluator is chosen, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.evaluation.distributions import POOL, TOP, draw_pools, r_precision
from remogen_ros.evaluation.evaluator_clips import CaptionedClips
from remogen_ros.evaluation.evaluator_networks import EvaluatorNetworks

Found = tuple[float, float, float]
"""Shares at 1, 2, 3."""

_DRAWS = 10
"""Draws of captions and pools that are averaged."""

_CHUNK = 128


@dataclass(frozen=True)
class Retrieval:
    """How often a caption's own motion is among the nearest 1, 2, 3 of a pool.

    Attributes:
        plain: R-Precision as it is told of generated motion; pools have no equal captions.
        unambiguous: the same, not counting other motions of which the caption is true as well
            ("raise the hand" of one who raises it slowly), which no evaluator could rank.
    """

    plain: Found
    unambiguous: Found


def retrieval(
    networks: EvaluatorNetworks,
    clips: CaptionedClips,
    sentences: Tensor,
    motions: Tensor | None = None,
    seed: int = 0,
) -> Retrieval:
    """How well the captions of a split find their motion.

    Args:
        networks: of the evaluator.
        clips: of the split.
        sentences: (texts, 384) embeddings of the corpus' texts.
        motions: (N, D) embeddings of other motions than the clips' own.
        seed: of captions and pools.
    """
    random = torch.Generator().manual_seed(seed)
    networks.eval()
    with torch.no_grad():
        motions = embedded_clips(networks, clips) if motions is None else motions
        texts = networks.embed_sentences(sentences)
    plain, unambiguous = [], []
    for _ in range(_DRAWS):
        captions = torch.multinomial(clips.true.double(), 1, generator=random)[:, 0]
        pools = draw_pools(captions.tolist(), random, min(POOL, len(captions.unique())))
        plain.append(r_precision(texts[captions], motions, pools))
        unambiguous.append(_among_the_false(texts[captions], motions, clips.true, captions, pools))
    return Retrieval(_mean(plain), _mean(unambiguous))


def _among_the_false(
    texts: Tensor, motions: Tensor, true: Tensor, captions: Tensor, pools: Tensor
) -> Tensor:
    """(3,) R-Precision that passes over other motions of which the text is true as well."""
    ways = torch.cdist(texts[pools], motions[pools], compute_mode="donot_use_mm_for_euclid_dist")
    false = ~true[pools[:, None, :], captions[pools][:, :, None]]
    own = ways.diagonal(dim1=-2, dim2=-1)
    rank = 1 + ((ways <= own[..., None]) & false).sum(-1)
    return torch.stack([(rank <= top).double().mean() for top in range(1, TOP + 1)])


def _mean(shares: list[Tensor]) -> Found:
    one, two, three = torch.stack(shares).mean(0).tolist()
    return one, two, three


def embedded_clips(networks: EvaluatorNetworks, clips: CaptionedClips) -> Tensor:
    """(N, D) embeddings of every clip of a split, up to 12 s of each."""
    batches = (clips.whole(rows) for rows in torch.arange(len(clips)).split(_CHUNK))
    return torch.cat([networks.embed_joints(b.ego, b.partner, b.lengths) for b in batches])
