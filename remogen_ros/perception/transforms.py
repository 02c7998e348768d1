"""Rigid transforms on NumPy arrays; quaternions are xyzw, as in ROS."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_DEGENERATE = 1e-6
"""Below this norm a quaternion says nothing about an orientation."""

OPTICAL_TO_BODY: NDArray[np.float64] = np.array(
    [[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]
)
"""Axes of an optical frame (x right, y down, z forward) in its body frame (x forward, y left,
z up), as columns: REP-103."""


def matrix_from_quaternion(quaternion: ArrayLike) -> NDArray[np.float64]:
    """(4,) xyzw, of any norm but zero -> (3, 3) rotation matrix.

    Raises:
        ValueError: a quaternion that is zero or not finite.
    """
    q = np.asarray(quaternion, np.float64)
    norm = np.linalg.norm(q)
    if q.shape != (4,) or not np.isfinite(norm) or norm < _DEGENERATE:
        raise ValueError(f"{q.tolist()} is no orientation: a quaternion needs four finite numbers")
    x, y, z, w = q / norm
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def quaternion_from_matrix(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) rotation matrix -> (4,) unit quaternion xyzw with w >= 0.

    The eigenvector form (Bar-Itzhack, 2000), which has no branches and no singular case.
    """
    m = matrix
    k = (
        np.array(
            [
                [m[0, 0] - m[1, 1] - m[2, 2], 0.0, 0.0, 0.0],
                [m[1, 0] + m[0, 1], m[1, 1] - m[0, 0] - m[2, 2], 0.0, 0.0],
                [m[2, 0] + m[0, 2], m[2, 1] + m[1, 2], m[2, 2] - m[0, 0] - m[1, 1], 0.0],
                [m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], np.trace(m)],
            ]
        )
        / 3.0
    )
    quaternion = np.linalg.eigh(k)[1][:, -1]
    return -quaternion if quaternion[3] < 0 else quaternion


def apply_transform(
    positions: ArrayLike, translation: ArrayLike, quaternion: ArrayLike
) -> NDArray[np.float64]:
    """Points of a child frame, in its parent frame.

    Args:
        positions: (..., 3) metres in the child frame; NaN stays NaN.
        translation: (3,) origin of the child frame in the parent frame, metres.
        quaternion: (4,) xyzw, orientation of the child frame in the parent frame.

    Returns:
        (..., 3) metres in the parent frame.

    Raises:
        ValueError: a quaternion that is zero or not finite.
    """
    rotation = matrix_from_quaternion(quaternion)
    return np.asarray(positions, np.float64) @ rotation.T + np.asarray(translation, np.float64)
