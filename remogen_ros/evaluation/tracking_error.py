"""How far generated motion is from the recorded one, frame by frame.

Joints are (B, T, 22, 3) metres at FRAME_RATE, z up; `valid` (B, T) bool, the frames of a clip being
the first ones. Frame 0 is the first generated one, a tenth of a second after the last of the
history: the horizon of 1 s is frame 9.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from remogen_ros.motion.canonical import heading_of_joints
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.quality import mean_over_frames
from remogen_ros.motion.skeleton import JOINT_INDEX

HORIZONS = (1.0, 2.0, 4.0, 8.0, 12.0)
"""Seconds after which the root error is told: drift shows as its growth."""

_PELVIS = JOINT_INDEX["pelvis"]


def root_error(joints: Tensor, true: Tensor) -> Tensor:
    """(B, T) metres over the floor between the generated pelvis and the true one."""
    return (joints[..., _PELVIS, :2] - true[..., _PELVIS, :2]).norm(dim=-1)


def root_error_at(
    joints: Tensor,
    true: Tensor,
    valid: Tensor | None = None,
    horizons: Sequence[float] = HORIZONS,
) -> Tensor:
    """The root error after so many seconds of generation.

    Args:
        joints, true: (B, T, 22, 3) metres.
        valid: (B, T) bool.
        horizons: (H) seconds.

    Returns:
        (B, H) metres over the floor; NaN where a clip is shorter.
    """
    error = root_error(joints, true)
    if valid is not None:
        error = error.masked_fill(~valid, torch.nan)
    frames = [round(seconds * FRAME_RATE) - 1 for seconds in horizons]
    missing = torch.full_like(error[..., 0], torch.nan)
    reached = [error[..., at] if at < error.shape[-1] else missing for at in frames]
    return torch.stack(reached, dim=-1)


def root_aligned_error(joints: Tensor, true: Tensor, valid: Tensor | None = None) -> Tensor:
    """Mean joint error once both pelvises are in one place (MPJPE); bodies are not turned.

    Args:
        joints, true: (B, T, 22, 3) metres.
        valid: (B, T) bool.

    Returns:
        (B,) centimetres, mean over all 22 joints, the pelvis with its zero among them, as is usual.
    """
    off = joints - joints[..., _PELVIS, None, :] - (true - true[..., _PELVIS, None, :])
    return 100 * mean_over_frames(off.norm(dim=-1).mean(-1), valid)


def heading_error(joints: Tensor, true: Tensor, valid: Tensor | None = None) -> Tensor:
    """Mean angle between the directions in which two bodies face, from their hip lines.

    Args:
        joints, true: (B, T, 22, 3) metres.
        valid: (B, T) bool.

    Returns:
        (B,) degrees, 0 to 180.
    """
    one, other = heading_of_joints(joints), heading_of_joints(true)
    along = (one * other).sum(-1)
    across = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
    return mean_over_frames(torch.atan2(across.abs(), along).rad2deg(), valid)


def goal_error(joints: Tensor, goals: Tensor, valid: Tensor | None = None) -> Tensor:
    """How far from its goal the pelvis ends.

    Args:
        joints: (B, T, 22, 3) metres.
        goals: (B, 3) or (B, 2) metres in the same world; height does not count.
        valid: (B, T) bool; the last valid frame is the end.

    Returns:
        (B,) metres over the floor.
    """
    pelvis = joints[..., _PELVIS, :2]
    if valid is None:
        end = pelvis[:, -1]
    else:
        last = (valid.sum(-1) - 1).clamp_min(0)
        end = pelvis[torch.arange(len(pelvis), device=last.device), last]
    return (end - goals[..., :2]).norm(dim=-1)
