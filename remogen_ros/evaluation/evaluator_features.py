"""What the evaluator sees of every frame: the ego's pose and path, and the partner from the ego.

Pose and place are told apart, as in the partner cue: a gesture is small beside the metres of a run.
Only joint positions are read, so that tracked people can be embedded too.
"""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.motion.canonical import CanonicalFrame, heading_of_joints
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.rotations import yaw_matrix_from_direction
from remogen_ros.motion.skeleton import JOINT_COUNT, JOINT_INDEX

EGO_FEATURES = 2 * 3 * JOINT_COUNT + 4
"""22 positions and 22 velocities in the frame of the moment, place and heading in the first one."""

PARTNER_FEATURES = 3 * 3 * JOINT_COUNT
"""22 positions and 22 velocities in the partner's own frame, 22 positions in the ego's."""


def evaluator_features(ego: Tensor, partner: Tensor | None = None) -> Tensor:
    """Features of the frames of a clip; the same wherever in the world it stands or faces.

    Args:
        ego: (B, T, 22, 3) joints in the world, metres, at 10 Hz.
        partner: (B, T, 22, 3) joints of the partner in the same world.

    Returns:
        (B, T, 136), or (B, T, 334) of a pair; metres and m/s.
    """
    frame = frames_of(ego)
    first = CanonicalFrame(frame.rotation[:, 0], frame.origin[:, 0])
    place = first.points_to_local(frame.origin)[..., :2]
    heading = first.vectors_to_local(frame.rotation[..., 0])[..., :2]
    parts = [*_body(ego, frame), place, heading]
    if partner is not None:
        parts += _body(partner, frames_of(partner))
        parts.append(frame.points_to_local(partner).flatten(-2))
    return torch.cat(parts, dim=-1)


def frames_of(joints: Tensor) -> CanonicalFrame:
    """(...) the canonical frame of every pose (..., 22, 3), by its hip line."""
    origin = joints[..., JOINT_INDEX["pelvis"], :].clone()
    origin[..., 2] = 0.0
    return CanonicalFrame(yaw_matrix_from_direction(heading_of_joints(joints)), origin)


def _body(joints: Tensor, frame: CanonicalFrame) -> list[Tensor]:
    """(B, T, 66) positions and (B, T, 66) backward velocities; those of the first frame are 0."""
    steps = torch.cat((torch.zeros_like(joints[:, :1]), joints.diff(dim=1)), dim=1)
    velocities = frame.vectors_to_local(steps) * FRAME_RATE
    return [frame.points_to_local(joints).flatten(-2), velocities.flatten(-2)]
