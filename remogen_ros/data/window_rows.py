"""Rows of a corpus, gathered into batches of windows."""

from __future__ import annotations

from collections import Counter

import torch
from torch import Tensor

from remogen_ros.data.corpus import Record
from remogen_ros.motion.kinematics import joint_index
from remogen_ros.motion.poses import mirror_axes
from remogen_ros.motion.skeleton import MIRRORED_JOINTS


def not_finite(what: str) -> str:
    """The sentence about a clip or a window that is damaged."""
    return f"{what} holds a number that is not finite: prepare its corpus again, without it"


def gathered(rows: Tensor, index: Tensor) -> Tensor:
    """rows[index]; several times faster than indexing with a matrix."""
    return rows.index_select(0, index.flatten()).unflatten(0, index.shape)


def gathered_joints(rows: Tensor, index: Tensor, mirrored: int) -> Tensor:
    """rows[index], (B, T, 22, 3), of which the first ones are mirrored."""
    joints = gathered(rows, index)
    if mirrored:
        other = joint_index(MIRRORED_JOINTS, joints.device)
        swapped = joints[:mirrored].index_select(2, other)
        torch.mul(swapped, mirror_axes(joints), out=joints[:mirrored])
    return joints


def clip_weights(clips: list[Record], counts: Tensor, balance: float) -> Tensor:
    """How likely each clip is drawn: by its windows, tempered by how common its label is."""
    labels = [clip.rule or clip.content for clip in clips]
    totals: Counter[str] = Counter()
    for label, count in zip(labels, counts.tolist(), strict=True):
        totals[label] += count
    common = torch.tensor([max(totals[label], 1) for label in labels], dtype=torch.float64)
    return counts.double() * common.pow(-balance)


def padded(rows: list[tuple[int, ...]]) -> Tensor:
    """Rows of different lengths as one (R, longest) tensor, padded with zeros."""
    if not rows:
        return torch.zeros(0, 0, dtype=torch.long)
    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)
