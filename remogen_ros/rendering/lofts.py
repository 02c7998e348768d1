"""Closed surfaces from a stack of ellipse-like rings: what a figure is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEGMENTS = 20
"""Vertices of a ring."""

_CAP_RINGS = 5


@dataclass(frozen=True)
class Surface:
    """A triangle mesh.

    Attributes:
        vertices: (V, 3) metres.
        normals: (V, 3) unit vectors outwards.
        faces: (F, 3) vertex indices, counter-clockwise seen from outside.
    """

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    faces: NDArray[np.int32]


def loft(rings: NDArray[np.floating], squareness: float = 2.0) -> Surface:
    """A closed surface through rings about the z axis.

    Args:
        rings: (R, 4) or (R, 5) rows of height z, half width along x, half width along y, and
            shift along x (0) and y (0, where the column is missing), from bottom to top.
        squareness: exponent of the superellipse; 2 is an ellipse, more is boxier.
    """
    if rings.shape[1] == 4:
        rings = np.concatenate((rings, np.zeros((len(rings), 1))), axis=1)
    angles = np.linspace(0.0, 2.0 * np.pi, SEGMENTS, endpoint=False)
    cosine, sine = np.cos(angles), np.sin(angles)
    x = np.sign(cosine) * np.abs(cosine) ** (2.0 / squareness)
    y = np.sign(sine) * np.abs(sine) ** (2.0 / squareness)
    heights = np.repeat(rings[:, :1], SEGMENTS, axis=1)
    walls = np.stack(
        (rings[:, 1:2] * x + rings[:, 3:4], rings[:, 2:3] * y + rings[:, 4:5], heights), axis=-1
    ).reshape(-1, 3)
    poles = rings[[0, -1]][:, [3, 4, 0]]
    vertices = np.concatenate((walls, poles))
    around = np.arange(SEGMENTS)
    following = (around + 1) % SEGMENTS
    faces = []
    for ring in range(len(rings) - 1):
        low, high = ring * SEGMENTS, (ring + 1) * SEGMENTS
        faces.append(np.stack((low + around, low + following, high + following), axis=1))
        faces.append(np.stack((low + around, high + following, high + around), axis=1))
    bottom, top = len(walls), len(walls) + 1
    last = (len(rings) - 1) * SEGMENTS
    faces.append(np.stack((np.full(SEGMENTS, bottom), following, around), axis=1))
    faces.append(np.stack((np.full(SEGMENTS, top), last + around, last + following), axis=1))
    return surface(vertices, np.concatenate(faces))


def capsule(length: float, start_radius: float, end_radius: float, bulge: float = 0.0) -> Surface:
    """A limb along z from 0 to `length`, rounded beyond both ends.

    Args:
        length: metres between the centres of the two round ends.
        start_radius: at z = 0, metres.
        end_radius: at z = length, metres.
        bulge: by how much of the radius the limb is thicker a third of the way along.
    """
    quarter = np.linspace(0.06, np.pi / 2.0, _CAP_RINGS)
    along = np.linspace(0.0, 1.0, 8)[1:-1]
    radius = start_radius + (end_radius - start_radius) * along
    radius *= 1.0 + bulge * np.sin(np.pi * along**0.75) ** 2
    heights = np.concatenate(
        (
            -start_radius * np.cos(quarter),
            along * length,
            length + end_radius * np.cos(quarter[::-1]),
        )
    )
    radii = np.concatenate(
        (start_radius * np.sin(quarter), radius, end_radius * np.sin(quarter[::-1]))
    )
    zeros = np.zeros_like(radii)
    return loft(np.stack((heights, radii, radii, zeros), axis=1))


def ellipsoid(half: tuple[float, float, float], centre: tuple[float, float, float]) -> Surface:
    """An ellipsoid with half axes along x, y, z, metres."""
    polar = np.linspace(0.05, np.pi - 0.05, 13)
    heights, radii = -np.cos(polar), np.sin(polar)
    rings = np.stack((heights * half[2], radii * half[0], radii * half[1], 0 * radii), axis=1)
    body = loft(rings)
    return Surface((body.vertices + np.array(centre, np.float32)), body.normals, body.faces)


def surface(vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> Surface:
    """A mesh with smooth normals: at each vertex the mean of its faces, by area."""
    corners = vertices[faces]
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(vertices, dtype=np.float64)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], areas)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return Surface(vertices.astype(np.float32), normals.astype(np.float32), faces.astype(np.int32))
