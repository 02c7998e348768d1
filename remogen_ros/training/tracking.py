"""Partners as a tracker would report them: training sees exact ones, a live system never does."""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.motion.skeleton import JOINT_INDEX, joint_pair
from remogen_ros.training.config import TrackingNoise

_MEETING, _APART = 0.25, 0.75
"""Distances between two people's wrists, metres: at the first, hands meet, or are about to; at the
second, they have nothing to do with each other."""

_ELBOWS, _WRISTS = joint_pair("elbow"), joint_pair("wrist")


def as_tracked(
    joints: Tensor, ego: Tensor, noise: TrackingNoise, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Partners of another size, their joints off, jittering, hidden, or not there from the start.

    A partner of another size reaches for the same hand: where two hands meet, size changes nothing.
    An ego would otherwise learn to expect a hand above or below the one that it is shown.

    Args:
        joints: (B, T, 22, 3) exact joints in the world, z up.
        ego: (B, T', 22, 3) the ego's, simultaneous with the last T' frames.
        noise: how much of all that.
        random: source of randomness, on the same device.

    Returns:
        (B, T, 22, 3) positions and (B, T, 22) bool, which joints the tracker reports.
    """
    batch, frames, count = joints.shape[:3]

    def normal(*shape: int) -> Tensor:
        return torch.randn(batch, *shape, generator=random, device=random.device)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(batch, *shape, generator=random, device=random.device)

    def chance(probability: float, *shape: int) -> Tensor:
        return uniform(*shape) < probability

    feet = joints[:, :, JOINT_INDEX["pelvis"], None].clone()
    feet[..., 2] = 0.0
    size = (1 + noise.size * normal(1, 1, 1)).clamp(0.8, 1.2)
    positions = torch.lerp(feet, joints, 1 + (size - 1) * _free(joints, ego)[..., None])
    positions.add_(normal(1, count, 3), alpha=noise.offset)
    positions.add_(normal(frames, count, 3), alpha=noise.jitter)
    appears = uniform(1, 1) * frames * chance(noise.late, 1, 1)
    there = torch.arange(frames, device=random.device)[:, None] >= appears
    return positions, there & ~chance(noise.unseen_joint, 1, count)


def _free(joints: Tensor, ego: Tensor) -> Tensor:
    """(B, T, 22) from 0, where a hand of the partner meets one of the ego, to 1."""
    simultaneous = joints[:, joints.shape[1] - ego.shape[1] :]
    gaps = torch.cdist(simultaneous[:, :, _WRISTS], ego[:, :, _WRISTS]).amin(-1)
    hands = ((gaps - _MEETING) / (_APART - _MEETING)).clamp(0, 1)
    free = torch.ones_like(joints[..., 0])
    free[:, -ego.shape[1] :, _WRISTS] = hands
    free[:, -ego.shape[1] :, _ELBOWS] = (1 + hands) / 2
    return free
