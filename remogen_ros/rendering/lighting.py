"""Where shadow rays go, and how neighbouring pixels share what they find.

Pixels of a 4 x 4 tile look along different directions; the mean over a tile's worth of
neighbours on the same surface is then as smooth as sixteen times as many rays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remogen_ros.rendering.scene import Camera

Array = NDArray[np.float32]

TILE = 4
SUN_RAYS = 2
SKY_RAYS = 2
"""Shadow rays of one pixel."""

_SUN_RADIUS = 0.045
"""Tangent of the angle the sun's disc is seen at: how soft shadows are."""

_SAME_PLANE = (0.004, 0.004)
"""Metres, and share of the distance, by which neighbours on one surface may lie off its plane."""


def sun_direction(camera: Camera) -> Array:
    """From the upper left behind the camera, so that every picture is lit alike."""
    right, _, forward = camera.axes.T
    level = np.array((forward[0], forward[1], 0.0))
    level /= max(float(np.linalg.norm(level)), 1e-9)
    sun = -0.62 * right - 0.42 * level + np.array((0.0, 0.0, 1.0))
    return (sun / np.linalg.norm(sun)).astype(np.float32)


def sun_rays(sun: Array) -> Array:
    """(16 * SUN_RAYS, 3) directions to points of the sun's disc, in random order."""
    count = SUN_RAYS * TILE**2
    angle, place = _golden(count)
    side = np.cross(sun, (0.3, 0.2, 0.9))
    side /= np.linalg.norm(side)
    disc = _SUN_RADIUS * np.sqrt((place + 0.5) / count)[:, None]
    across = np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * np.cross(sun, side)
    return _unit((sun + disc * across)[_shuffled(count)].astype(np.float32))


def sky_rays(normals: Array, pattern: NDArray[np.int_], sample: int) -> Array:
    """(N, 3) directions above surfaces of the given normals, likelier the nearer to the normal.

    A direction spread evenly over the sphere, added to the normal, falls about it as a cosine.
    """
    return _unit(normals * np.float32(1.02) + _SPHERE[pattern * SKY_RAYS + sample])


def tile_pattern(size: tuple[int, int]) -> NDArray[np.int_]:
    """(height * width,) place of each pixel in its tile, 0 .. 15."""
    width, height = size
    x, y = np.meshgrid(np.arange(width) % TILE, np.arange(height) % TILE)
    return (y * TILE + x).ravel()


def shared(
    light: Array, positions: Array, normals: Array, distances: Array, size: tuple[int, int]
) -> Array:
    """Light averaged over the tile about each pixel, over hits of the same surface only.

    Args:
        light: (N, 2) of N = height * width pixels, row by row.
        positions, normals: (N, 3) of the hits.
        distances: (N,) from the camera.
        size: width, height.
    """
    width, height = size
    # One plane of numbers per coordinate: many times faster than triples side by side.
    lit = np.ascontiguousarray(light.T).reshape(2, height, width)
    place = np.ascontiguousarray(positions.T).reshape(3, height, width)
    normal = np.ascontiguousarray(normals.T).reshape(3, height, width)
    offset = (place * normal).sum(0)
    tolerance = _SAME_PLANE[0] + _SAME_PLANE[1] * distances.reshape(height, width)
    total, weight = np.zeros(lit.shape, np.float32), np.zeros(tolerance.shape, np.float32)
    for dy in range(-TILE // 2, TILE // 2):
        for dx in range(-TILE // 2, TILE // 2):
            here = (_window(dy, height), _window(dx, width))
            there = (_window(-dy, height), _window(-dx, width))
            mine, theirs = normal[(slice(None), *here)], normal[(slice(None), *there)]
            other = place[(slice(None), *there)]
            off = other[0] * mine[0] + other[1] * mine[1] + other[2] * mine[2] - offset[here]
            turned = theirs[0] * mine[0] + theirs[1] * mine[1] + theirs[2] * mine[2]
            same = (np.abs(off) < tolerance[here]) & (turned > 0.8)
            total[(slice(None), *here)] += lit[(slice(None), *there)] * same
            weight[here] += same
    total /= np.maximum(weight, 1.0)
    return total.reshape(2, -1).T


def _window(shift: int, length: int) -> slice:
    """The pixels that have a neighbour `shift` further on."""
    return slice(max(0, -shift), length - max(0, shift))


def _golden(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Angles a golden section apart, and their places: the seeds of a sunflower."""
    place = np.arange(float(count))
    return place * np.pi * (3.0 - np.sqrt(5.0)), place


def _shuffled(count: int) -> NDArray[np.int_]:
    return np.random.default_rng(0).permutation(count)


def _even_sphere(count: int) -> Array:
    angle, place = _golden(count)
    height = 1.0 - (2.0 * place + 1.0) / count
    ring = np.sqrt(1.0 - height**2)
    return np.stack((ring * np.cos(angle), ring * np.sin(angle), height), axis=1).astype(np.float32)


def _unit(vectors: Array) -> Array:
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return vectors / np.maximum(length, np.float32(1e-9))[:, None]


_SPHERE = _even_sphere(SKY_RAYS * TILE**2)[_shuffled(SKY_RAYS * TILE**2)]
