"""Canonical frames: on the floor under the pelvis, x along the heading, z up.

The online canonical frame is that of the *last* history frame (docs/design.md). It keeps floor
height: only x, y and yaw are removed.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.rotations import yaw_matrix_from_direction
from remogen_ros.motion.skeleton import JOINT_INDEX

_DEGENERATE = 1e-3
"""Below this horizontal length a hip line says nothing about where a body faces."""


@dataclass(frozen=True)
class CanonicalFrame:
    """A yaw-only frame on the floor.

    Attributes:
        rotation: (..., 3, 3) axes of the frame in the world, as columns.
        origin: (..., 3) in the world, z = 0.
    """

    rotation: Tensor
    origin: Tensor

    def points_to_local(self, points: Tensor) -> Tensor:
        """(..., N, 3) world -> (..., N, 3) in this frame."""
        return (points - self.origin[..., None, :]) @ self.rotation

    def points_to_world(self, points: Tensor) -> Tensor:
        """(..., N, 3) in this frame -> (..., N, 3) world."""
        return points @ self.rotation.transpose(-1, -2) + self.origin[..., None, :]

    def vectors_to_local(self, vectors: Tensor) -> Tensor:
        """(..., N, 3) directions or velocities, world -> this frame."""
        return vectors @ self.rotation

    def vectors_to_world(self, vectors: Tensor) -> Tensor:
        """(..., N, 3) directions or velocities, this frame -> world."""
        return vectors @ self.rotation.transpose(-1, -2)

    def rotations_to_local(self, rotations: Tensor) -> Tensor:
        """(..., N, 3, 3) orientations, world -> this frame."""
        return self.rotation.transpose(-1, -2)[..., None, :, :] @ rotations

    def rotations_to_world(self, rotations: Tensor) -> Tensor:
        """(..., N, 3, 3) orientations, this frame -> world."""
        return self.rotation[..., None, :, :] @ rotations


def heading_of_orientation(orientation: Tensor) -> Tensor:
    """Horizontal direction in which a pelvis faces.

    Perpendicular to the hip line, which is the pelvis' own y axis. When the body lies on its side
    that axis is vertical, and the pelvis' x axis (where the belly points) is used instead.

    Args:
        orientation: (..., 3, 3) root orientation in the world.

    Returns:
        (..., 2) unit vectors.
    """
    left = orientation[..., :2, 1]
    forward = torch.stack((left[..., 1], -left[..., 0]), dim=-1)
    belly = orientation[..., :2, 0]
    level = forward.norm(dim=-1, keepdim=True) > _DEGENERATE
    return torch.nn.functional.normalize(torch.where(level, forward, belly), dim=-1)


def heading_of_joints(joints: Tensor) -> Tensor:
    """Horizontal direction in which a body faces, from joint positions alone.

    Args:
        joints: (..., 22, 3).

    Returns:
        (..., 2) unit vectors; (1, 0) where the hip line is vertical or missing.
    """
    line = joints[..., JOINT_INDEX["left_hip"], :2] - joints[..., JOINT_INDEX["right_hip"], :2]
    forward = torch.stack((line[..., 1], -line[..., 0]), dim=-1)
    length = forward.norm(dim=-1, keepdim=True)
    usable = length > _DEGENERATE * 0.17
    straight = torch.zeros_like(forward)
    straight[..., 0] = 1.0
    return torch.where(usable, forward / length.clamp_min(1e-9), straight)


def canonical_frame(root_position: Tensor, root_orientation: Tensor) -> CanonicalFrame:
    """The canonical frame of one pose.

    Args:
        root_position: (..., 3) pelvis in the world.
        root_orientation: (..., 3, 3) pelvis in the world.
    """
    origin = root_position.clone()
    origin[..., 2] = 0.0
    return CanonicalFrame(
        yaw_matrix_from_direction(heading_of_orientation(root_orientation)), origin
    )
