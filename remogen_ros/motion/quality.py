"""How well a motion moves, whatever it is meant to be: feet that slide, jerk.

Joints are (..., T, 22, 3) metres at FRAME_RATE, z up, the floor at z = 0. Clips of different
lengths share a batch by `valid` (..., T) bool; a value that needs several frames counts where all
of them are valid, and the mean of none is NaN.
"""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.skeleton import FOOT_HEIGHT, JOINT_INDEX

BALLS = [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]]
"""The joints at the balls of the feet."""

_HIGH = 0.03
"""Height of the ball of a foot above where it stands from which it does not slide, metres."""


def foot_skate(joints: Tensor, valid: Tensor | None = None) -> Tensor:
    """Speed of both feet over the floor, weighted by how near the floor they are.

    As in DART (Zhao et al., ICLR 2025), after NeMF: |dp| (2 - 2^min(h / 0.03 m, 1)) of the balls
    of the feet, h being the greater height of two frames above where a ball stands.

    Args:
        joints: (..., T, 22, 3) metres.
        valid: (..., T) bool.

    Returns:
        (...) m/s, the mean over feet and frames.
    """
    balls = joints[..., BALLS, :]
    slides = sliding(balls[..., :2], balls[..., 2] - FOOT_HEIGHT)
    return mean_over_frames(FRAME_RATE * slides, valid)


def sliding(places: Tensor, heights: Tensor) -> Tensor:
    """How far feet slide from one frame to the next.

    Args:
        places: (..., T, F, 2) of the balls of F feet over the floor, metres.
        heights: (..., T, F) above where a ball stands, metres.

    Returns:
        (..., T - 1) metres, weighted by how near the floor they are, the mean over feet.
    """
    steps = places.diff(dim=-3).norm(dim=-1)
    height = torch.maximum(heights[..., 1:, :], heights[..., :-1, :])
    return (steps * (2 - 2 ** (height / _HIGH).clamp(0, 1))).mean(-1)


def jerk(joints: Tensor, valid: Tensor | None = None) -> Tensor:
    """Mean size of the third difference of all joints, as in DART.

    Args:
        joints: (..., T, 22, 3) metres.
        valid: (..., T) bool.

    Returns:
        (...) m/s^3.
    """
    return mean_over_frames(joint_jerk(joints).mean(-1), valid)


def joint_jerk(joints: Tensor) -> Tensor:
    """(..., T - 3, 22) m/s^3, the size of every joint's third difference."""
    return joints.diff(n=3, dim=-3).norm(dim=-1) * FRAME_RATE**3


def lasting(valid: Tensor, frames: int) -> Tensor:
    """(..., T - frames + 1) whether so many frames of (..., T) bool, from each on, are valid."""
    count = max(valid.shape[-1] - frames + 1, 0)
    return torch.stack([valid[..., k : k + count] for k in range(frames)]).all(0)


def mean_over_frames(values: Tensor, valid: Tensor | None) -> Tensor:
    """(...) mean of (..., N) values, of which each rests on T - N + 1 of (..., T) valid frames."""
    if valid is None:
        return values.mean(-1)
    counts = lasting(valid, valid.shape[-1] - values.shape[-1] + 1)
    return torch.where(counts, values, 0.0).sum(-1) / counts.sum(-1)
