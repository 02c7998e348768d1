"""Whether the ego is where its partner needs it, and touches when ground truth does.

Joints are (B, T, 22, 3) metres, ego and partner in one world; `valid` (B, T) bool. The partner is
the recorded one, in generated pairs and in true ones.

Contact has two variants. **Hands**: a palm of the ego within CONTACT of a palm of the partner. This
is how the composed duets make contact, and the one to report for them: the 22 joints end at the
wrists, and those of hands that meet are 0.17 m apart. A thing handed over keeps palms 0.12 m apart
and is no contact. **Joints**: any of the 22 x 22 joint pairs within CONTACT, as InterGen's
distance map has it (Liang et al., IJCV 2024): bodies close to each other anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.arms import SIDES, palms
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.quality import mean_over_frames
from remogen_ros.motion.skeleton import JOINT_INDEX

CONTACT = 0.1
"""Distance below which two points are in contact, metres (InterGen's contact mask)."""

LATE = round(0.5 * FRAME_RATE)
"""Frames, half a second, by which contact may come earlier or later and is still the same."""


def pelvis_distance(ego: Tensor, partner: Tensor) -> Tensor:
    """(B, T) metres over the floor between two pelvises."""
    pelvis = JOINT_INDEX["pelvis"]
    return (ego[..., pelvis, :2] - partner[..., pelvis, :2]).norm(dim=-1)


def pelvis_distance_error(
    ego: Tensor, true_ego: Tensor, partner: Tensor, valid: Tensor | None = None
) -> Tensor:
    """By how much the ego is too near to its partner or too far from it.

    Args:
        ego, true_ego, partner: (B, T, 22, 3) metres.
        valid: (B, T) bool.

    Returns:
        (B,) metres, mean over frames of the difference between two pelvis distances.
    """
    error = pelvis_distance(ego, partner) - pelvis_distance(true_ego, partner)
    return mean_over_frames(error.abs(), valid)


def least_distance(ego: Tensor, partner: Tensor) -> Tensor:
    """Distance of the nearest two points of two bodies, of joints or of palms.

    Args:
        ego: (B, T, N, 3) metres.
        partner: (B, T, M, 3) metres.

    Returns:
        (B, T) metres.
    """
    gaps = ego[..., :, None, :] - partner[..., None, :, :]
    return gaps.norm(dim=-1).flatten(-2).amin(-1)


def in_contact(ego: Tensor, partner: Tensor, within: float = CONTACT) -> Tensor:
    """(B, T) bool, whether points (B, T, N, 3) and (B, T, M, 3) touch: all joints, or palms."""
    return least_distance(ego, partner) < within


def both_palms(motion: Motion) -> Tensor:
    """(..., T, 2, 3) metres, the left and the right palm of (..., T) poses."""
    frames = motion.root_positions.shape[:-1]
    flat = Motion(motion.root_positions.reshape(-1, 3), motion.rotations.reshape(-1, 22, 3, 3))
    return torch.stack([palms(flat, side) for side in SIDES], dim=-2).reshape(*frames, 2, 3)


@dataclass(frozen=True)
class ContactCounts:
    """Frames of each clip, or of a corpus.

    Attributes:
        right: (...) frames of generated contact that are true.
        extra: (...) frames of generated contact that are not.
        met: (...) frames of true contact that are generated.
        missed: (...) frames of true contact that are not.
    """

    right: Tensor
    extra: Tensor
    met: Tensor
    missed: Tensor

    @staticmethod
    def of(
        found: Tensor, true: Tensor, valid: Tensor | None = None, tolerance: int = 0
    ) -> ContactCounts:
        """(B,) counts, of contact (B, T) bool in the generated pair and in the true one.

        Args:
            found, true: (B, T) bool.
            valid: (B, T) bool; what touches in other frames is no contact.
            tolerance: frames. A frame of generated contact is true where there is true contact at
                most so many frames before or after it, and a frame of true contact is generated
                likewise, as events are matched within a collar; with none, frame by frame, `right`
                and `met` are the same.
        """
        counts = torch.ones_like(true) if valid is None else valid
        found, true = found & counts, true & counts
        near_true, near_found = _widened(true, tolerance), _widened(found, tolerance)
        return ContactCounts(
            (found & near_true).sum(-1),
            (found & ~near_true).sum(-1),
            (true & near_found).sum(-1),
            (true & ~near_found).sum(-1),
        )

    @staticmethod
    def joined(counts: Sequence[ContactCounts]) -> ContactCounts:
        """Those of several batches as one."""
        return ContactCounts(
            torch.cat([c.right for c in counts]),
            torch.cat([c.extra for c in counts]),
            torch.cat([c.met for c in counts]),
            torch.cat([c.missed for c in counts]),
        )

    def precision(self) -> float:
        """Share of generated contact that is true, over all clips; NaN where there is none."""
        return _ratio(self.right, self.extra)

    def recall(self) -> float:
        """Share of true contact that is generated, over all clips; NaN where there is none."""
        return _ratio(self.met, self.missed)


def _widened(contact: Tensor, frames: int) -> Tensor:
    """(B, T) bool, whether there is contact so many frames before or after each, or fewer."""
    size = 2 * frames + 1
    return torch.nn.functional.max_pool1d(contact.float(), size, stride=1, padding=frames) > 0


def _ratio(hits: Tensor, others: Tensor) -> float:
    """Frames are summed before: contact of one clip in a hundred counts for what it is."""
    all_of_them = int(hits.sum() + others.sum())
    return int(hits.sum()) / all_of_them if all_of_them else float("nan")
