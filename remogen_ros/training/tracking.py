"""Partners as a tracker would report them: training sees exact ones, a live system never does."""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.training.config import TrackingNoise


def as_tracked(
    joints: Tensor, noise: TrackingNoise, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Partners of another size, their joints off, jittering, hidden, or not there from the start.

    Args:
        joints: (B, T, 22, 3) exact joints in the world, z up.
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
    positions = torch.lerp(feet, joints, size)
    positions.add_(normal(1, count, 3), alpha=noise.offset)
    positions.add_(normal(frames, count, 3), alpha=noise.jitter)
    appears = uniform(1, 1) * frames * chance(noise.late, 1, 1)
    there = torch.arange(frames, device=random.device)[:, None] >= appears
    return positions, there & ~chance(noise.unseen_joint, 1, count)
