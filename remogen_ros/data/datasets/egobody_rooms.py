"""Rooms of EgoBody: scans that say neither which way is up nor how high their floor is.

Up is found from the master Kinect, which stands upright: of the axes of the scan, the one that its
calibrations turn closest to the top of the picture. The floor is the largest horizontal surface
below the camera. (The released scans have y up, with the floor up to 1.7 m below the origin.)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import UNSEEN
from remogen_ros.data.meshes import Mesh, joined, read_obj
from remogen_ros.data.retarget import leg_scale
from remogen_ros.data.scenes import Scene
from remogen_ros.data.smpl import SMPLX_REST_JOINTS, smpl_joint_map, smpl_motion
from remogen_ros.data.voxels import occupied_cells
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_COUNT

_SURELY_UP = 0.7
"""Least cosine between the camera's top and the axis that is up: tilted by 45 degrees at most."""

_LEVEL = 0.95
"""Least cosine between the normal of a level triangle and the vertical."""

_LAYER = 0.04
"""Of a scanned floor, metres."""

_LEAST_FLOOR = 1.0
"""What is smaller is no floor, m^2."""


@dataclass(frozen=True)
class Room:
    """A scan and how to stand it up.

    Attributes:
        name: of the scan.
        mesh: as it is in the file.
        upright: (4, 4) rigid, from the scan's frame to one with z up and the floor at z = 0.
    """

    name: str
    mesh: Mesh
    upright: NDArray[np.float64]

    def scene(self, source: str, licence: str) -> Scene:
        """Its cells, as much larger as people become when they are put on the standard adult."""
        scale = mean_body_scale()
        mesh = self.mesh.moved(self.upright[:3, :3] * scale, self.upright[:3, 3] * scale)
        return Scene(self.name, source, licence, occupied_cells(mesh, outside=UNSEEN))


@cache
def mean_body_scale() -> float:
    """Metres of the standard adult per metre of SMPL-X' mean body."""
    still = np.zeros((1, JOINT_COUNT, 3))
    clip = smpl_motion(still, np.zeros((1, 3)), np.zeros(1), SMPLX_REST_JOINTS)
    return leg_scale(clip, smpl_joint_map("z"))


def read_room(path: Path, cameras: Sequence[NDArray[np.float64]]) -> Room:
    """A scan, stood up.

    Args:
        path: of the .obj file.
        cameras: (4, 4) each, from the Kinect's frame (x right, y down, z ahead) to the scan's.

    Raises:
        UserError: the scan cannot be read, or it does not show which way is up, or no floor.
    """
    mesh = joined(read_obj(path))
    turn = _up_to_z(cameras, path)
    corners = mesh.corners @ turn.T
    lowest_camera = min(float((turn @ camera[:3, 3])[2]) for camera in cameras)
    upright = np.eye(4)
    upright[:3, :3] = turn
    upright[2, 3] = -_floor(corners, lowest_camera, path)
    return Room(path.stem, mesh, upright)


def read_calibration(path: Path) -> NDArray[np.float64]:
    """(4, 4) rigid, from the master Kinect's frame to the scan's.

    Raises:
        UserError: the file cannot be read, or holds no rigid transform.
    """
    try:
        matrix = np.array(json.loads(path.read_text("utf-8"))["trans"], np.float64)
    except FileNotFoundError:
        raise UserError(f"There is no file {path}.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no calibration: {error!r}.") from None
    if matrix.shape != (4, 4) or not np.allclose(matrix[3], (0.0, 0.0, 0.0, 1.0)):
        raise UserError(f"{path} needs a (4, 4) transform `trans`, not one of {matrix.shape}.")
    turn = matrix[:3, :3]
    if not np.allclose(turn @ turn.T, np.eye(3), atol=1e-3) or np.linalg.det(turn) < 0:
        raise UserError(f"{path} does not hold a rigid transform.")
    return matrix


def _up_to_z(cameras: Sequence[NDArray[np.float64]], path: Path) -> NDArray[np.float64]:
    """(3, 3) that turns the scan's upward axis to z."""
    tops = np.stack([-camera[:3, 1] for camera in cameras])
    axis = int(np.abs(tops.sum(0)).argmax())
    sign = np.sign(tops[:, axis].sum())
    if (tops[:, axis] * sign).min() < _SURELY_UP:
        raise UserError(f"The Kinects' calibrations do not agree on which axis of {path} is up.")
    up, forward = np.zeros(3), np.zeros(3)
    up[axis], forward[(axis + 1) % 3] = sign, 1.0
    return np.stack((forward, np.cross(up, forward), up))


def _floor(corners: NDArray[np.float64], camera: float, path: Path) -> float:
    """Height of the largest horizontal surface below a height.

    Args:
        corners: (F, 3, 3) of the triangles, z up.
        camera: the height.
        path: of the scan, for messages.
    """
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(normals, axis=1) / 2
    heights = corners[..., 2].mean(1)
    level = (np.abs(normals[:, 2]) >= _LEVEL * 2 * areas) & (areas > 0) & (heights < camera)
    heights, areas = heights[level], areas[level]
    # Every layer that begins at a triangle, so that no border of a bin cuts a floor in two.
    order = np.argsort(heights)
    heights, areas = heights[order], areas[order]
    sums = np.concatenate(([0.0], np.cumsum(areas)))
    ends = np.searchsorted(heights, heights + _LAYER, side="right")
    layers = sums[ends] - sums[:-1]
    if not (layers.max(initial=0.0) >= _LEAST_FLOOR):
        raise UserError(f"{path} has no floor below the Kinect.")
    best = slice(int(layers.argmax()), int(ends[layers.argmax()]))
    return float(np.average(heights[best], weights=areas[best]))
