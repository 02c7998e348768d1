"""Boxes, and OBJ files of them, that the tests make up."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np

from remogen_ros.data.meshes import Mesh

_SIDES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def box(
    low: tuple[float, float, float], high: tuple[float, float, float], name: str = "box"
) -> Mesh:
    """The surface of an upright box."""
    vertices = np.array(list(product(*zip(low, high, strict=True))), np.float64)
    triangles = [(a, b, c) for a, *rest in _SIDES for b, c in (rest[:2], rest[1:])]
    return Mesh(name, vertices, np.array(triangles, np.uint32))


def write_obj(path: Path, *meshes: Mesh) -> Path:
    """The meshes, axes as they are."""
    lines, start = [], 1
    for mesh in meshes:
        lines.append(f"o {mesh.name}")
        lines += ["v {:.6f} {:.6f} {:.6f}".format(*vertex) for vertex in mesh.vertices]
        lines += [
            "f {} {} {}".format(*(mesh.triangles[i] + start)) for i in range(len(mesh.triangles))
        ]
        start += len(mesh.vertices)
    path.write_text("\n".join(lines) + "\n")
    return path
