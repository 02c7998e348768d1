"""Looks at a scene's triangles: one ray per pixel, soft shadows, ambient occlusion, on the CPU.

Open3D's `RaycastingScene` (Embree) finds what rays hit; it needs no display and no GPU.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

from remogen_ros.rendering import lighting
from remogen_ros.rendering.meshes import BODY, FLOOR, VOXEL, SceneMesh
from remogen_ros.rendering.scene import Camera

Array = NDArray[np.float32]

_OFFSET = np.float32(2e-3)
"""Shadow rays start this far above their surface, metres, so as not to hit it."""

_SKY_REACH = 1.2
"""What is further away than this, metres, does not darken a corner."""

_HAZE = (9.0, 16.0)
"""The floor begins to fade at this distance, and is gone so much further on, metres."""

_SUN = np.array((1.00, 0.95, 0.88), np.float32) * np.float32(1.30)
_SKY = np.array((0.84, 0.91, 1.00), np.float32) * np.float32(0.50)
_GROUND = np.array((0.90, 0.86, 0.80), np.float32) * np.float32(0.28)
_HORIZON = np.array((0.76, 0.79, 0.83), np.float32)
_ZENITH = np.array((0.91, 0.93, 0.955), np.float32)

_SUBPIXELS = ((0.375, 0.125), (0.875, 0.375), (0.625, 0.875), (0.125, 0.625))
"""Where an edge pixel is looked through (a rotated grid)."""

_LINES = ((FLOOR, 0.5, 0.006, 0.10), (FLOOR, 1.0, 0.010, 0.15), (VOXEL, 0.0, 0.004, 0.26))
"""Lines drawn on a material: every so many metres (0: every cell), width, and how dark."""


@dataclass(frozen=True)
class _Hits:
    """What N rays met. Rows of rays that met nothing hold any values."""

    met: NDArray[np.bool_]
    distance: Array
    position: Array
    normal: Array
    colour: Array
    material: NDArray[np.uint8]


class Tracer:
    """Traces pictures of one mesh.

    Args:
        mesh: the scene.
        cell: edge of a voxel, metres, whose outlines are drawn.
    """

    def __init__(self, mesh: SceneMesh, cell: float) -> None:
        self._mesh = mesh
        self._cell = cell
        self._scene = o3d.t.geometry.RaycastingScene()
        self._scene.add_triangles(
            o3d.core.Tensor(mesh.vertices), o3d.core.Tensor(mesh.faces.astype(np.uint32))
        )

    def picture(self, camera: Camera, size: tuple[int, int]) -> NDArray[np.uint8]:
        """An sRGB picture (height, width, 3) of `size` = (width, height) pixels."""
        width, height = size
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        pixels = np.stack((x.ravel(), y.ravel()), axis=1)
        rays = camera.rays(pixels + 0.5, size)
        hits = self._hits(rays)
        light = self._light(hits, camera, lighting.tile_pattern(size))
        light = lighting.shared(light, hits.position, hits.normal, hits.distance, size)
        colour = self._shade(rays, hits, light, camera)
        rough = np.flatnonzero(_edges(hits, size))
        colour[rough] = self._smoothed(camera, pixels[rough], size)
        bytes_ = np.clip(colour, 0.0, 1.0) ** np.float32(1.0 / 2.2) * 255.0 + 0.5
        return bytes_.astype(np.uint8).reshape(height, width, 3)

    def _smoothed(self, camera: Camera, pixels: NDArray[np.int_], size: tuple[int, int]) -> Array:
        """The mean of four rays through each of these pixels."""
        total = np.zeros((len(pixels), 3), np.float32)
        for place, shift in enumerate(_SUBPIXELS):
            rays = camera.rays(pixels + shift, size)
            hits = self._hits(rays)
            pattern = (place * lighting.TILE + np.arange(len(pixels))) % lighting.TILE**2
            light = self._light(hits, camera, pattern)
            total += np.minimum(self._shade(rays, hits, light, camera), 1.0)
        return total / np.float32(len(_SUBPIXELS))

    def _hits(self, rays: Array) -> _Hits:
        found = self._scene.cast_rays(o3d.core.Tensor(rays))
        distance = found["t_hit"].numpy()
        met = np.isfinite(distance)
        distance = np.where(met, distance, np.float32(1e3))
        face = np.where(met, found["primitive_ids"].numpy(), 0)
        u, v = found["primitive_uvs"].numpy().T[:, :, None]
        corners = self._mesh.faces[face]
        normals = self._mesh.normals
        normal = normals[corners[:, 0]] * (1.0 - u - v)
        normal += normals[corners[:, 1]] * u
        normal += normals[corners[:, 2]] * v
        normal /= np.sqrt(_dot(normal, normal))[:, None]
        return _Hits(
            met,
            distance,
            rays[:, :3] + rays[:, 3:] * distance[:, None],
            normal,
            self._mesh.colours[corners[:, 0]],
            self._mesh.materials[face],
        )

    def _light(self, hits: _Hits, camera: Camera, pattern: NDArray[np.int_]) -> Array:
        """(N, 2) shares of the sun and of the sky that reach each hit."""
        light = np.ones((len(hits.met), 2), np.float32)
        sun = lighting.sun_direction(camera)
        near = hits.met & (hits.distance < sum(_HAZE))
        toward_sun = lighting.sun_rays(sun)
        rows = np.flatnonzero(near & (hits.normal @ sun > 0.0))
        for sample in range(lighting.SUN_RAYS):
            directions = toward_sun[pattern[rows] * lighting.SUN_RAYS + sample]
            light[rows, 0] -= self._blocked(hits, rows, directions, np.inf) / lighting.SUN_RAYS
        rows = np.flatnonzero(near)
        for sample in range(lighting.SKY_RAYS):
            directions = lighting.sky_rays(hits.normal[rows], pattern[rows], sample)
            light[rows, 1] -= self._blocked(hits, rows, directions, _SKY_REACH) / lighting.SKY_RAYS
        return light

    def _blocked(
        self, hits: _Hits, rows: NDArray[np.int_], directions: Array, reach: float
    ) -> NDArray[np.bool_]:
        """Whether something stands within `reach` metres in these directions."""
        starts = hits.position[rows] + hits.normal[rows] * _OFFSET
        rays = np.concatenate((starts, directions), axis=1)
        blocked: NDArray[np.bool_] = self._scene.test_occlusions(
            o3d.core.Tensor(rays), tfar=reach
        ).numpy()
        return blocked

    def _shade(self, rays: Array, hits: _Hits, light: Array, camera: Camera) -> Array:
        """(N, 3) linear light that comes back along each ray."""
        sun = lighting.sun_direction(camera)
        sunlit = np.clip(hits.normal @ sun, 0.0, None)[:, None] * light[:, :1]
        up = (hits.normal[:, 2:] + 1.0) * np.float32(0.5)
        sky = (_GROUND + (_SKY - _GROUND) * up) * light[:, 1:]
        colour = hits.colour * self._lines(hits)[:, None] * (_SUN * sunlit + sky)
        self._add_gloss(colour, rays, hits, sunlit, sky, sun)
        rise = np.clip(rays[:, 5:] * np.float32(2.2), 0.0, 1.0)
        far = np.where(hits.met, np.clip((hits.distance - _HAZE[0]) / _HAZE[1], 0.0, 1.0), 1.0)
        behind = _HORIZON + (_ZENITH - _HORIZON) * rise
        return colour + (behind - colour) * far.astype(np.float32)[:, None]

    @staticmethod
    def _add_gloss(
        colour: Array, rays: Array, hits: _Hits, sunlit: Array, sky: Array, sun: Array
    ) -> None:
        """Figures shine a little, and are lighter where they turn away from the eye."""
        rows = np.flatnonzero(hits.met & (hits.material == BODY))
        view, normal = -rays[rows, 3:], hits.normal[rows]
        half = view + sun
        shine = np.clip(_dot(normal, half) / np.sqrt(_dot(half, half)), 0.0, 1.0) ** 40
        rim = np.clip(1.0 - _dot(normal, view), 0.0, 1.0) ** 3
        colour[rows] += 0.18 * shine[:, None] * sunlit[rows] + 0.22 * rim[:, None] * sky[rows]

    def _lines(self, hits: _Hits) -> Array:
        """(N,) how much the grid of the floor and the edges of voxels darken each hit."""
        dark = np.ones(len(hits.met), np.float32)
        for material, every, width, strength in _LINES:
            rows = np.flatnonzero(hits.met & (hits.material == material))
            step = np.float32(every or self._cell)
            cells = hits.position[rows] / step
            off = np.abs(cells - np.round(cells)) * step
            off[np.abs(hits.normal[rows]) > 0.5] = np.inf
            # A line is never thinner than a pixel: it grows fainter instead.
            thick = np.maximum(np.float32(width), hits.distance[rows] * np.float32(1.2e-3))
            cover = np.clip(1.5 - np.minimum.reduce(off.T) / thick, 0.0, 1.0) * width / thick
            dark[rows] *= 1.0 - np.float32(strength) * cover
        return dark


def _edges(hits: _Hits, size: tuple[int, int]) -> NDArray[np.bool_]:
    """(N,) pixels beside a different surface."""
    width, height = size
    edge = np.zeros((height, width), bool)
    index = np.arange(height * width).reshape(height, width)
    for first, second in ((index[:-1], index[1:]), (index[:, :-1], index[:, 1:])):
        a, b = first.ravel(), second.ravel()
        differs = (
            (_dot(hits.normal[a], hits.normal[b]) < 0.85)
            | (np.abs(hits.distance[a] - hits.distance[b]) > 0.04 * hits.distance[a])
            | (np.abs(hits.colour[a, 0] - hits.colour[b, 0]) > 0.06)
            | (np.abs(hits.colour[a, 2] - hits.colour[b, 2]) > 0.06)
        )
        edge.reshape(-1)[a] |= differs
        edge.reshape(-1)[b] |= differs
    return edge.ravel()


def _dot(first: Array, second: Array) -> Array:
    product: Array = np.einsum("ij,ij->i", first, second)
    return product
