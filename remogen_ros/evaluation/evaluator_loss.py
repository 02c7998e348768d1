"""What the evaluator learns: texts and motions that belong together are near, others are not.

Symmetric InfoNCE; a motion of which a text is true as well is no wrong answer to it. Of pairs,
there are also counterfeits: the partner with an ego that does something else, or nothing. No text
shall fit those better than another. Without them the partner gives the text away, and egos that
only stand are matched with what they should have done.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from remogen_ros.evaluation.evaluator_clips import Clips
from remogen_ros.evaluation.evaluator_features import frames_of
from remogen_ros.evaluation.evaluator_networks import EvaluatorNetworks
from remogen_ros.motion.canonical import CanonicalFrame

_NEVER = -1e4
"""Logit of what cannot be the answer; finite, since there may be no other."""


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
    texts, scale = networks.embed_sentences(sentences), networks.scale()
    motions = networks.embed_joints(clips.ego, clips.partner, clips.lengths)
    loss = contrastive_loss(texts, motions, clips.true, scale)
    if clips.partner is None:
        return loss
    half = (len(texts) + 1) // 2
    egos, true = counterfeit_egos(clips, random)
    fakes = networks.embed_joints(egos[:half], clips.partner[:half], clips.lengths[:half])
    return loss + counterfeit_loss(texts.detach(), fakes, true[:half], scale.detach())


def contrastive_loss(texts: Tensor, motions: Tensor, true: Tensor, scale: Tensor) -> Tensor:
    """Symmetric InfoNCE of unit vectors.

    Args:
        texts, motions: (B, D), row by row of the same clip.
        true: (B, B) bool, whether text j (column) is true of motion i (row).
        scale: () one over the temperature.
    """
    own = torch.eye(len(texts), dtype=torch.bool, device=texts.device)
    fit = (scale * motions @ texts.T).masked_fill(true & ~own, -torch.inf)
    target = torch.arange(len(texts), device=texts.device)
    return (cross_entropy(fit, target) + cross_entropy(fit.T, target)) / 2


def counterfeit_loss(texts: Tensor, motions: Tensor, true: Tensor, scale: Tensor) -> Tensor:
    """How far the fit of counterfeits to texts is from being the same for all that are false.

    Args:
        texts: (B, D) unit vectors.
        motions: (C, D) counterfeits.
        true: (C, B) bool, which texts are true of which all the same.
        scale: () one over the temperature.

    Returns:
        () the divergence of the even distribution from theirs, in nats; 0 at best.
    """
    shares = (scale * motions @ texts.T).masked_fill(true, _NEVER).log_softmax(dim=-1)
    false = (~true).sum(-1).clamp_min(1)
    even = shares.masked_fill(true, 0.0).sum(-1) / false
    return (-even - false.log()).mean()


def counterfeit_egos(clips: Clips, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Egos that do not do what the caption says: they keep their first pose, or do another's act.

    Args:
        clips: of pairs, B.
        random: chooses which of both, and whose.

    Returns:
        (B, T, 22, 3) joints that set off from where the true ego stands, and (B, B) bool, whether
        the caption of column j is true of row i's.
    """
    batch = len(clips.ego)
    donor = torch.randperm(batch, generator=random)
    still = torch.rand(batch, generator=random) < 0.5
    start, theirs = _first_frame(clips.ego), _first_frame(clips.ego[donor])
    local = theirs.points_to_local(clips.ego[donor].flatten(1, 2))
    acting = start.points_to_world(local).view_as(clips.ego)
    standing = clips.ego[:, :1].expand_as(clips.ego)
    egos = torch.where(still[:, None, None, None], standing, acting)
    return egos, torch.where(still[:, None], ~clips.moves, clips.true[donor])


def _first_frame(joints: Tensor) -> CanonicalFrame:
    return frames_of(joints[:, 0])
