"""Random motions and frames for property tests, from a seed that hypothesis shrinks."""

from __future__ import annotations

import torch
from hypothesis import strategies

from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import matrix_from_axis_angle, yaw_matrix
from remogen_ros.motion.skeleton import JOINT_COUNT

seeds = strategies.integers(0, 2**32 - 1)


def random_motion(seed: int, frames: int, batch: tuple[int, ...] = ()) -> Motion:
    """A smooth random motion in float64: joints swing, the root wanders and turns."""
    random = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*batch, *shape, generator=random, dtype=torch.float64)

    time = torch.arange(frames, dtype=torch.float64)[:, None, None] / 10
    swing = normal(1, JOINT_COUNT, 3) * torch.sin(
        time * normal(1, JOINT_COUNT, 3) + normal(1, 1, 3)
    )
    rotations = matrix_from_axis_angle(0.5 * swing)
    turn = yaw_matrix((normal(1, 1) * time[..., 0] + normal(1, 1))[..., 0])
    rotations[..., 0, :, :] = turn @ rotations[..., 0, :, :]
    roots = torch.cumsum(0.05 * normal(frames, 3), dim=-2)
    roots[..., 2] = 0.9 + 0.02 * normal(frames)
    return Motion(roots, rotations)


def random_turn(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A random yaw rotation (3, 3) and floor translation (3,)."""
    random = torch.Generator().manual_seed(seed)
    draw = torch.randn(3, generator=random, dtype=torch.float64)
    translation = torch.stack((5 * draw[1], 5 * draw[2], torch.zeros((), dtype=torch.float64)))
    return yaw_matrix(3 * draw[0]), translation
