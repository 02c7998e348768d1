"""How well captions find their motion: by what an evaluator is chosen, and what it is worth."""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.evaluation.distributions import POOL, draw_pools, r_precision
from remogen_ros.evaluation.evaluator_clips import CaptionedClips
from remogen_ros.evaluation.evaluator_networks import EvaluatorNetworks

_DRAWS = 10
"""Draws of captions and pools that are averaged."""

_CHUNK = 128


def retrieval(
    networks: EvaluatorNetworks,
    clips: CaptionedClips,
    sentences: Tensor,
    motions: Tensor | None = None,
    seed: int = 0,
) -> tuple[float, float, float]:
    """R-Precision at 1, 2, 3 of a split, in pools without equal captions.

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
    size = min(POOL, len(clips))
    total = torch.zeros(3, dtype=torch.float64)
    for _ in range(_DRAWS):
        captions = torch.multinomial(clips.true.double(), 1, generator=random)[:, 0]
        pools = draw_pools(captions.tolist(), random, min(size, len(captions.unique())))
        total += r_precision(texts[captions], motions, pools)
    one, two, three = (total / _DRAWS).tolist()
    return one, two, three


def embedded_clips(networks: EvaluatorNetworks, clips: CaptionedClips) -> Tensor:
    """(N, D) embeddings of every clip of a split, up to 12 s of each."""
    batches = (clips.whole(rows) for rows in torch.arange(len(clips)).split(_CHUNK))
    return torch.cat([networks.embed_joints(b.ego, b.partner, b.lengths) for b in batches])
