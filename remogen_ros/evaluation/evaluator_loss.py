"""What the evaluator learns: texts and motions that belong together are near, others are not.

Symmetric InfoNCE. A motion of which a text is true as well is no wrong answer to it. In pairs, half
of the texts also have a counterfeit among their wrong answers: the partner with an ego that does
something else, or nothing. Without those the partner gives the text away, and an ego that only
stands would be found as well as one that reacts.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from remogen_ros.evaluation.evaluator_clips import Clips
from remogen_ros.evaluation.evaluator_features import frames_of
from remogen_ros.evaluation.evaluator_networks import EvaluatorNetworks
from remogen_ros.motion.canonical import CanonicalFrame


def evaluator_loss(
    networks: EvaluatorNetworks, clips: Clips, sentences: Tensor, random: torch.Generator
) -> Tensor:
    """() the loss of a batch.

    Args:
        networks: in training.
        clips: of the batch, B.
        sentences: (B, 384) sentence embeddings of their captions.
        random: chooses the counterfeits of pairs.
    """
    texts = networks.embed_sentences(sentences)
    motions = networks.embed_joints(clips.ego, clips.partner, clips.lengths)
    if clips.partner is None:
        return contrastive_loss(texts, motions, clips.true, networks.scale())
    ego, wrong = counterfeit_egos(clips, random)
    ego, wrong = ego[: len(ego) // 2], wrong[: len(ego) // 2]
    partner, lengths = clips.partner[: len(ego)], clips.lengths[: len(ego)]
    counterfeits = networks.embed_joints(ego, partner, lengths)
    return contrastive_loss(texts, motions, clips.true, networks.scale(), counterfeits, wrong)


def contrastive_loss(
    texts: Tensor,
    motions: Tensor,
    true: Tensor,
    scale: Tensor,
    counterfeits: Tensor | None = None,
    wrong: Tensor | None = None,
) -> Tensor:
    """Symmetric InfoNCE of unit vectors.

    Args:
        texts, motions: (B, D), row by row of the same clip.
        true: (B, B) bool, whether text j (column) is true of motion i (row).
        scale: () one over the temperature.
        counterfeits: (C, D) motions that are wrong answers to the texts of the first C rows.
        wrong: (C,) bool, of which of them that holds.
    """
    own = torch.eye(len(texts), dtype=torch.bool, device=texts.device)
    fit = (scale * motions @ texts.T).masked_fill(true & ~own, -torch.inf)
    answers = fit.T
    if counterfeits is not None and wrong is not None:
        fakes = scale * (counterfeits * texts[: len(wrong)]).sum(-1)
        column = fit.new_full((len(texts), 1), -torch.inf)
        column[: len(wrong), 0] = fakes.masked_fill(~wrong, -torch.inf)
        answers = torch.cat((answers, column), dim=1)
    target = torch.arange(len(texts), device=texts.device)
    return (cross_entropy(fit, target) + cross_entropy(answers, target)) / 2


def counterfeit_egos(clips: Clips, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Egos that do not do what the caption says: they keep their first pose, or do another's act.

    Args:
        clips: of pairs, B.
        random: chooses which of both, and whose.

    Returns:
        (B, T, 22, 3) joints that set off from where the true ego stands, and (B,) bool, whether
        the caption is false of them.
    """
    batch = len(clips.ego)
    donor = torch.randperm(batch, generator=random)
    still = torch.rand(batch, generator=random) < 0.5
    start, theirs = _first_frame(clips.ego), _first_frame(clips.ego[donor])
    local = theirs.points_to_local(clips.ego[donor].flatten(1, 2))
    acting = start.points_to_world(local).view_as(clips.ego)
    standing = clips.ego[:, :1].expand_as(clips.ego)
    false = ~clips.true[donor, torch.arange(batch)]
    egos = torch.where(still[:, None, None, None], standing, acting)
    return egos, torch.where(still, clips.moves, false)


def _first_frame(joints: Tensor) -> CanonicalFrame:
    return frames_of(joints[:, 0])
