"""A virtual depth camera: it looks at a mesh of a room and at the people in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

from remogen_ros.data.meshes import FROM_Y_UP, Mesh, joined, read_obj
from remogen_ros.perception.transforms import OPTICAL_TO_BODY, quaternion_from_matrix

_GRID = 2.0**-10
"""Coordinates are rounded to about a millimetre, the resolution of a real camera, by a power of
two, so that a recording compresses."""


class Room:
    """A room to look at.

    Args:
        mesh: metres, z up, the floor at z = 0.
    """

    def __init__(self, mesh: Mesh) -> None:
        self._scene = o3d.t.geometry.RaycastingScene()
        self._scene.add_triangles(
            o3d.core.Tensor.from_numpy(mesh.vertices.astype(np.float32)),
            o3d.core.Tensor.from_numpy(mesh.triangles),
        )

    @staticmethod
    def read(path: Path, origin: tuple[float, float, float]) -> Room:
        """A room of a file.

        Args:
            path: .obj or .obj.xz, metres, y up.
            origin: (3,) the point of the mesh, turned to z up, that becomes the origin.

        Raises:
            UserError: the file cannot be read or holds no triangles.
        """
        return Room(joined(read_obj(path)).moved(FROM_Y_UP, -np.array(origin)))

    def distances(
        self, origin: NDArray[np.floating], directions: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Distance along rays from one point: (3,), (N, 3) unit -> (N,), infinite if none."""
        rays = np.empty((len(directions), 6), np.float32)
        rays[:, :3], rays[:, 3:] = origin, directions
        return self._scene.cast_rays(o3d.core.Tensor.from_numpy(rays))["t_hit"].numpy()


@dataclass(frozen=True)
class DepthCamera:
    """A depth camera that is fixed to the wall.

    Attributes:
        position: (3,) metres in the map.
        yaw, pitch: radians; a positive pitch looks down.
        width, height: pixels.
        field_of_view: horizontal, vertical, radians.
        reach: nearest and farthest distance along the optical axis, metres.
        noise: standard deviation of a distance d is noise[0] + noise[1] * d^2, metres.
    """

    position: tuple[float, float, float]
    yaw: float
    pitch: float
    width: int = 128
    height: int = 96
    field_of_view: tuple[float, float] = (np.radians(90.0), np.radians(65.0))
    reach: tuple[float, float] = (0.3, 6.0)
    noise: tuple[float, float] = (0.001, 0.0012)

    @cached_property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3) axes of the camera's body (x forward, y left, z up) in the map, as columns."""
        cy, sy, cp, sp = (
            np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch),
        )  # fmt: skip
        turn = np.array([[cy, -sy, 0.0], [sy, cy, 0.0], [0.0, 0.0, 1.0]])
        tilt = np.array([[cp, 0.0, sp], [0.0, 1.0, 0.0], [-sp, 0.0, cp]])
        return turn @ tilt

    @property
    def quaternion(self) -> NDArray[np.float64]:
        """(4,) xyzw, orientation of the camera's body in the map."""
        return quaternion_from_matrix(self.rotation)

    def to_optical(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 3) in the map -> (..., 3) in the optical frame (x right, y down, z forward)."""
        return (points - np.array(self.position)) @ self.rotation @ OPTICAL_TO_BODY

    @cached_property
    def _rays(self) -> NDArray[np.float64]:
        """(H * W, 3) unit directions of the pixels in the optical frame."""
        half_x, half_y = np.tan(np.array(self.field_of_view) / 2)
        x = ((np.arange(self.width) + 0.5) / self.width * 2 - 1) * half_x
        y = ((np.arange(self.height) + 0.5) / self.height * 2 - 1) * half_y
        rays = np.stack((*np.meshgrid(x, y), np.ones((self.height, self.width))), axis=-1)
        rays = rays.reshape(-1, 3)
        return rays / np.linalg.norm(rays, axis=-1, keepdims=True)

    @cached_property
    def _rays_in_map(self) -> NDArray[np.float64]:
        return self._rays @ OPTICAL_TO_BODY.T @ self.rotation.T

    def look(
        self,
        room: Room,
        balls: NDArray[np.floating],
        rng: np.random.Generator,
    ) -> NDArray[np.float32]:
        """One organised cloud.

        Args:
            room: what stands still.
            balls: (B, 4) centres in the map and radii, metres: the bodies of people.
            rng: of the noise.

        Returns:
            (H, W, 3) metres in the optical frame, NaN where nothing is within reach.
        """
        seen = np.minimum(
            room.distances(np.array(self.position), self._rays_in_map),
            _distances_to_balls(np.array(self.position), self._rays_in_map, balls),
        )
        spread = self.noise[0] + self.noise[1] * np.where(np.isfinite(seen), seen, 0.0) ** 2
        with np.errstate(invalid="ignore"):
            points = self._rays * (seen + rng.normal(size=len(seen)) * spread)[:, None]
            depth = points[:, 2]
            points[~((depth > self.reach[0]) & (depth < self.reach[1]))] = np.nan
        rounded = np.round(points / _GRID) * _GRID
        return rounded.astype(np.float32).reshape(self.height, self.width, 3)


def _distances_to_balls(
    origin: NDArray[np.floating], directions: NDArray[np.floating], balls: NDArray[np.floating]
) -> NDArray[np.float64]:
    """(N,) distance along each ray to the nearest ball, infinite where it meets none."""
    distances = np.full(len(directions), np.inf)
    if len(balls) == 0:
        return distances
    towards = balls[:, :3] - origin
    # Few rays come near the body at all: the others are not worth asking ball by ball.
    middle = towards.mean(0)
    reach = (np.linalg.norm(towards - middle, axis=-1) + balls[:, 3]).max()
    near = middle @ middle - (directions @ middle) ** 2 < reach**2
    along = directions[near] @ towards.T
    inside = along**2 - (towards**2).sum(-1) + balls[:, 3] ** 2
    with np.errstate(invalid="ignore"):
        entry = along - np.sqrt(inside)
    distances[near] = np.where((inside > 0) & (entry > 0), entry, np.inf).min(-1)
    return distances
