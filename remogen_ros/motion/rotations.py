"""The rotation forms of this project, over `roma` (quaternions are xyzw, as in ROS).

The 6D form (Zhou et al., CVPR 2019) is the first two **columns** of R, column after column:
[R00, R10, R20, R01, R11, R21].
"""

from __future__ import annotations

import roma
import torch
from torch import Tensor


def matrix_to_6d(matrix: Tensor) -> Tensor:
    """(..., 3, 3) -> (..., 6)."""
    return torch.cat((matrix[..., :, 0], matrix[..., :, 1]), dim=-1)


def matrix_from_6d(six: Tensor) -> Tensor:
    """(..., 6) -> (..., 3, 3), by Gram-Schmidt, so that any non-degenerate input is a rotation."""
    first = torch.nn.functional.normalize(six[..., :3], dim=-1)
    second = six[..., 3:] - (first * six[..., 3:]).sum(-1, keepdim=True) * first
    second = torch.nn.functional.normalize(second, dim=-1)
    return torch.stack((first, second, torch.linalg.cross(first, second)), dim=-1)


def matrix_to_quaternion(matrix: Tensor) -> Tensor:
    """(..., 3, 3) -> (..., 4) unit quaternions, xyzw."""
    return roma.rotmat_to_unitquat(matrix)


def matrix_from_quaternion(quaternion: Tensor) -> Tensor:
    """(..., 4) unit quaternions, xyzw -> (..., 3, 3)."""
    return roma.unitquat_to_rotmat(quaternion)


def matrix_from_axis_angle(axis_angle: Tensor) -> Tensor:
    """(..., 3) rotation vectors, radians -> (..., 3, 3)."""
    return roma.rotvec_to_rotmat(axis_angle)


def matrix_to_axis_angle(matrix: Tensor) -> Tensor:
    """(..., 3, 3) -> (..., 3) rotation vectors, radians."""
    return roma.rotmat_to_rotvec(matrix)


def turn_vector(matrix: Tensor) -> Tensor:
    """(..., 3, 3) -> (..., 3) rotation vectors, radians, of turns of less than half a revolution.

    `matrix_to_axis_angle` chooses among formulas, and has a GPU wait for that choice; here there is
    one. Of half a revolution it cannot tell the axis, and gives no turn at all.
    """
    skew = (matrix - matrix.transpose(-1, -2)) / 2
    axis = torch.stack((skew[..., 2, 1], skew[..., 0, 2], skew[..., 1, 0]), dim=-1)
    sine = axis.norm(dim=-1, keepdim=True)
    cosine = (matrix.diagonal(dim1=-2, dim2=-1).sum(-1, keepdim=True) - 1) / 2
    return axis * (torch.atan2(sine, cosine) / sine.clamp_min(1e-9))


def yaw_matrix(yaw: Tensor) -> Tensor:
    """(...,) radians about +z -> (..., 3, 3)."""
    return yaw_matrix_from_direction(torch.stack((yaw.cos(), yaw.sin()), dim=-1))


def yaw_matrix_from_direction(direction: Tensor) -> Tensor:
    """(..., 2) unit vectors in the xy plane -> (..., 3, 3), whose x axis is that direction."""
    cosine, sine = direction[..., 0], direction[..., 1]
    zero, one = torch.zeros_like(cosine), torch.ones_like(cosine)
    rows = (
        torch.stack((cosine, -sine, zero), dim=-1),
        torch.stack((sine, cosine, zero), dim=-1),
        torch.stack((zero, zero, one), dim=-1),
    )
    return torch.stack(rows, dim=-2)


def slerp(start: Tensor, end: Tensor, fraction: Tensor) -> Tensor:
    """Shortest-arc interpolation of rotation matrices.

    Args:
        start, end: (..., 3, 3).
        fraction: broadcastable to (...), 0 gives start and 1 gives end.
    """
    step = roma.rotmat_to_rotvec(start.transpose(-1, -2) @ end)
    return start @ roma.rotvec_to_rotmat(step * fraction[..., None])


def geodesic_angle(first: Tensor, second: Tensor) -> Tensor:
    """(..., 3, 3), (..., 3, 3) -> (...,) radians between the two rotations."""
    return roma.rotmat_geodesic_distance(first, second)
