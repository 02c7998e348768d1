"""A scene as one triangle mesh with colours and materials, ready to be looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.colours import Colour
from remogen_ros.rendering.figure import part_poses, posed_surface
from remogen_ros.rendering.figure_parts import PARTS
from remogen_ros.rendering.scene import Body, Pin, Scene, Surface

FLOOR, VOXEL, POINT, BODY = range(4)
"""Materials."""

_FLOOR_EXTENT = 60.0
_POINT_RADIUS = 0.012
_DARK_TONE = 0.34
_ROOM_TONES = ((0.58, 0.61, 0.64), (0.80, 0.82, 0.84))
"""sRGB at the floor, and from `_LIGHT_HEIGHT` metres up."""

_LIGHT_HEIGHT = 2.0

_RING = (0.16, 0.22)
_RING_CORNERS = 32
_POLE = (0.012, 1.9)
"""Of a pin, metres: radii of the ring; half the thickness, and the height, of the pole."""


@dataclass(frozen=True)
class SceneMesh:
    """Triangles of everything in a scene.

    Attributes:
        vertices: (V, 3) metres.
        normals: (V, 3) unit vectors, smooth over figures and flat elsewhere.
        colours: (V, 3) linear light, 0 .. 1.
        faces: (F, 3) vertex indices.
        materials: (F,) FLOOR, VOXEL, POINT or BODY.
    """

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    colours: NDArray[np.float32]
    faces: NDArray[np.int32]
    materials: NDArray[np.uint8]


def scene_mesh(scene: Scene) -> SceneMesh:
    """The mesh of a scene, floor included."""
    pieces = [_floor(), _voxels(scene), _points(scene.cloud)]
    pieces += [_pin(pin) for pin in scene.pins]
    pieces += [_body(body) for body in scene.bodies]
    first = np.cumsum([0, *(len(piece.vertices) for piece in pieces[:-1])])
    return SceneMesh(
        np.concatenate([piece.vertices for piece in pieces]),
        np.concatenate([piece.normals for piece in pieces]),
        np.concatenate([piece.colours for piece in pieces]),
        np.concatenate([p.faces + f for p, f in zip(pieces, first, strict=True)]).astype(np.int32),
        np.concatenate([piece.materials for piece in pieces]),
    )


def linear(colour: Colour | NDArray[np.floating]) -> NDArray[np.float32]:
    """sRGB (..., 3), 0 .. 1 -> light, which adds up."""
    return np.asarray(colour, np.float32) ** np.float32(2.2)


def dark_tone(colour: Colour) -> NDArray[np.float32]:
    """The sRGB colour of a figure's joints, hands and feet."""
    return np.asarray(colour, np.float32) * _DARK_TONE + np.float32(0.08)


def exposed_faces(
    centres: NDArray[np.floating], cell: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The sides of cubes that touch no other cube.

    Args:
        centres: (N, 3) of cells on one grid.
        cell: edge, metres.

    Returns:
        (Q, 4, 3) corners of the Q quadrilaterals, counter-clockwise from outside, and (Q, 3)
        normals.
    """
    index = np.unique(np.floor(centres / cell).astype(np.int64), axis=0)
    origin = (centres[:1] / cell - np.floor(centres[:1] / cell) - 0.5) * cell
    if len(index) == 0:
        return np.zeros((0, 4, 3), np.float32), np.zeros((0, 3), np.float32)
    low = index.min(0) - 1
    filled = np.zeros(index.max(0) - low + 2, bool)
    filled[tuple((index - low).T)] = True
    quads, normals = [], []
    for axis in range(3):
        for sign in (-1, 1):
            normal = np.zeros(3, np.int64)
            normal[axis] = sign
            bare = index[~filled[tuple((index + normal - low).T)]]
            u, v = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3]
            ring = np.array(((-1, -1), (1, -1), (1, 1), (-1, 1)))[::sign]
            corners = ring[:, :1] * u + ring[:, 1:] * v + normal
            quads.append((bare[:, None] + 0.5 + corners / 2.0) * cell + origin)
            normals.append(np.tile(normal, (len(bare), 1)))
    return np.concatenate(quads).astype(np.float32), np.concatenate(normals).astype(np.float32)


def _floor() -> SceneMesh:
    e = _FLOOR_EXTENT
    quads = np.array([[(-e, -e, 0.0), (e, -e, 0.0), (e, e, 0.0), (-e, e, 0.0)]], np.float32)
    up = np.array([[0.0, 0.0, 1.0]], np.float32)
    return _quads(quads, up, linear((0.80, 0.805, 0.815))[None], FLOOR)


def room_colours(heights: NDArray[np.floating]) -> NDArray[np.float32]:
    """sRGB (N, 3) of things at these heights (N,), metres: lighter further up."""
    share = np.clip(heights / _LIGHT_HEIGHT, 0.0, 1.0)[:, None]
    low, high = (np.asarray(tone) for tone in _ROOM_TONES)
    return (low + (high - low) * share).astype(np.float32)


def exposed_cells(centres: NDArray[np.floating], cell: float) -> NDArray[np.float32]:
    """(M, 3) those of the cells (N, 3) that are not enclosed on all six sides."""
    quads, normals = exposed_faces(centres, cell)
    inner = quads.mean(1) - normals * (cell / 2.0)
    return np.unique(np.round(inner, 4), axis=0)


def _voxels(scene: Scene) -> SceneMesh:
    quads, normals = exposed_faces(scene.voxels, scene.cell)
    return _quads(quads, normals, linear(room_colours(quads[:, :, 2].mean(1))), VOXEL)


def _quads(
    quads: NDArray[np.float32],
    normals: NDArray[np.float32],
    colours: NDArray[np.float32],
    material: int,
) -> SceneMesh:
    corner = np.arange(len(quads), dtype=np.int32)[:, None, None] * 4
    faces = (corner + np.array(((0, 1, 2), (0, 2, 3)), np.int32)).reshape(-1, 3)
    return SceneMesh(
        quads.reshape(-1, 3),
        np.repeat(normals, 4, axis=0),
        np.repeat(colours, 4, axis=0).astype(np.float32),
        faces,
        np.full(len(faces), material, np.uint8),
    )


def _points(cloud: NDArray[np.floating]) -> SceneMesh:
    """An octahedron at every point."""
    corners = np.concatenate((np.eye(3), -np.eye(3)))
    faces = np.array(
        ((0, 1, 2), (1, 3, 2), (3, 4, 2), (4, 0, 2), (1, 0, 5), (3, 1, 5), (4, 3, 5), (0, 4, 5))
    )
    count = len(cloud)
    vertices = (cloud[:, None] + corners * _POINT_RADIUS).reshape(-1, 3)
    return SceneMesh(
        vertices.astype(np.float32),
        np.tile(corners, (count, 1)).astype(np.float32),
        linear(room_colours(vertices[:, 2])),
        (faces + 6 * np.arange(count)[:, None, None]).reshape(-1, 3).astype(np.int32),
        np.full(8 * count, POINT, np.uint8),
    )


def _pin(pin: Pin) -> SceneMesh:
    turn = np.linspace(0.0, 2.0 * np.pi, _RING_CORNERS + 1)
    around = np.stack((np.cos(turn), np.sin(turn), np.zeros_like(turn)), axis=1)
    inner, outer = (around * radius + (*pin.place, 0.006) for radius in _RING)
    ring = np.stack((inner[:-1], outer[:-1], outer[1:], inner[1:]), axis=1)
    half, height = _POLE
    corners = np.array(((-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)), float) * half
    feet = corners + (*pin.place, 0.0)
    tops = feet + (0.0, 0.0, height)
    sides = np.stack((feet, np.roll(feet, -1, 0), np.roll(tops, -1, 0), tops), axis=1)
    up = np.tile((0.0, 0.0, 1.0), (len(ring), 1))
    outward = np.array(((0, -1, 0), (1, 0, 0), (0, 1, 0), (-1, 0, 0)), float)
    colours = np.tile(linear(pin.colour), (len(ring) + len(sides), 1))
    return _quads(
        np.concatenate((ring, sides)).astype(np.float32),
        np.concatenate((up, outward)).astype(np.float32),
        colours,
        POINT,
    )


def _surface(surface: Surface) -> SceneMesh:
    corners = surface.triangles.astype(np.float32)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return SceneMesh(
        corners.reshape(-1, 3),
        np.repeat(normals, 3, axis=0),
        np.repeat(linear(surface.colours), 3, axis=0),
        np.arange(3 * len(corners), dtype=np.int32).reshape(-1, 3),
        np.full(len(corners), BODY, np.uint8),
    )


def _body(body: Body) -> SceneMesh:
    if body.surface is not None:
        return _surface(body.surface)
    poses = part_poses(body.joints)
    drawn = [index for index, seen in enumerate(poses.seen) if seen]
    surfaces = [posed_surface(PARTS[index], poses, index) for index in drawn]
    tones = [
        linear(dark_tone(body.colour) if PARTS[index].dark else body.colour) for index in drawn
    ]
    first = np.cumsum([0, *(len(s.vertices) for s in surfaces)])[: len(surfaces)]
    empty = np.zeros((0, 3), np.float32)
    faces = np.concatenate(
        [np.zeros((0, 3), np.int32), *(s.faces + f for s, f in zip(surfaces, first, strict=True))]
    ).astype(np.int32)
    return SceneMesh(
        np.concatenate([empty, *(s.vertices for s in surfaces)]),
        np.concatenate([empty, *(s.normals for s in surfaces)]),
        np.concatenate(
            [
                empty,
                *(np.tile(t, (len(s.vertices), 1)) for t, s in zip(tones, surfaces, strict=True)),
            ]
        ),
        faces,
        np.full(len(faces), BODY, np.uint8),
    )
