"""Triangle meshes of rooms and furniture, read from Wavefront OBJ files."""

from __future__ import annotations

import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remogen_ros.errors import UserError

FROM_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Axes of an OBJ file as Blender and most others write it (x right, y up, z to the viewer), turned
to z up."""


@dataclass(frozen=True)
class Mesh:
    """One object.

    Attributes:
        name: what the file calls it; empty where it has no name.
        vertices: (V, 3).
        triangles: (F, 3) indices of vertices.
    """

    name: str
    vertices: NDArray[np.float64]
    triangles: NDArray[np.uint32]

    @property
    def corners(self) -> NDArray[np.float64]:
        """(F, 3, 3) where the corners of the triangles are."""
        return self.vertices[self.triangles]

    def moved(self, matrix: ArrayLike, shift: ArrayLike = (0.0, 0.0, 0.0)) -> Mesh:
        """Every vertex multiplied by a (3, 3) matrix, then shifted."""
        vertices = self.vertices @ np.asarray(matrix, np.float64).T + np.asarray(shift, np.float64)
        return Mesh(self.name, vertices, self.triangles)


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """All objects as one without a name."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    triangles = [m.triangles + np.uint32(s) for m, s in zip(meshes, starts, strict=False)]
    return Mesh("", np.concatenate([m.vertices for m in meshes]), np.concatenate(triangles))


def read_obj(path: Path) -> list[Mesh]:
    """The objects of an .obj or .obj.xz file; polygons are cut into fans.

    Not by Open3D, which leaves out meshes that consist of quadrilaterals, and forgets names.

    Raises:
        UserError: the file cannot be read, or holds no faces, or one whose corners are nowhere.
    """
    vertices: list[list[float]] = []
    objects: dict[str, list[tuple[int, ...]]] = {}
    faces = objects.setdefault("", [])
    try:
        raw = path.read_bytes()
        text = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("utf8", "replace")
        for line in text.splitlines():
            kind, *words = line.split() or [""]
            if kind == "v":
                vertices.append([float(word) for word in words[:3]])
            elif kind in ("o", "g"):
                faces = objects.setdefault(" ".join(words), [])
            elif kind == "f":
                first, *others = (_place(word, len(vertices)) for word in words)
                faces += [(first, *pair) for pair in pairwise(others)]
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise UserError(f"The mesh {path} cannot be read: {error}.") from None
    meshes = [
        _own_vertices(name, np.array(vertices), np.array(faces), path)
        for name, faces in objects.items()
        if faces
    ]
    if not meshes:
        raise UserError(f"The mesh {path} cannot be read: it holds no faces.")
    return meshes


def _place(word: str, known: int) -> int:
    """Counted from 1, or backwards from the newest vertex."""
    number = int(word.partition("/")[0])
    return number - 1 if number > 0 else known + number


def _own_vertices(
    name: str, vertices: NDArray[np.float64], faces: NDArray[np.int64], path: Path
) -> Mesh:
    if faces.min() < 0 or faces.max() >= len(vertices) or vertices.shape[1] != 3:
        raise UserError(f"The mesh {path} cannot be read: a face has corners that are nowhere.")
    used, triangles = np.unique(faces, return_inverse=True)
    return Mesh(name, vertices[used], triangles.reshape(-1, 3).astype(np.uint32))
