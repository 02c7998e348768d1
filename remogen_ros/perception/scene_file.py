"""A saved scene, a mesh or a point cloud of any format that Open3D reads, as cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import open3d as o3d
import torch
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import CELL, FREE, OCCUPIED, OccupancyGrid
from remogen_ros.cues.voxels import cavities, off_borders, point_cells, surface_cells
from remogen_ros.errors import UserError

MODELS = (".obj", ".stl", ".glb", ".gltf")
"""Read by Assimp as a whole: Open3D's reader of single meshes leaves out their quadrilaterals."""

MESHES = (".ply", ".off")
CLOUDS = (".ply", ".pcd", ".xyz", ".pts")

WIDEST_M = 200.0
"""What is wider is not in metres."""

MOST_CELLS = 100_000_000


def load_scene(path: Path, height: float, floor_height: float) -> OccupancyGrid:
    """The cells of a saved scene.

    Args:
        path: a file in the fixed frame, metres, z up, the floor at z = 0.
        height: of the grid, metres; what is higher is left out.
        floor_height: what is lower is floor, metres.

    Returns:
        FREE and OCCUPIED from the floor up, over all the ground that the file covers; spaces with
        no way out, as in a cupboard, are occupied.

    Raises:
        UserError: there is no such file, it cannot be read, is empty, not finite, wider than
            200 m, or has nothing above the floor.
    """
    vertices, triangles = _read(path)
    if not np.isfinite(vertices).all():
        raise UserError(f"The scene {path} has coordinates that are not finite: save it anew.")
    extent = np.ptp(vertices, axis=0)
    if extent.max() > WIDEST_M:
        raise UserError(
            f"The scene {path} is {extent.max():.0f} m wide, more than {WIDEST_M:.0f} m: save it "
            "in metres, or cut it."
        )
    low, high = np.floor(vertices.min(0) / CELL), np.floor(vertices.max(0) / CELL) + 1
    low[2], high[2] = 0, round(height / CELL)
    if math.prod((high - low).tolist()) > MOST_CELLS:
        raise UserError(f"The scene {path} makes more than {MOST_CELLS} cells: cut it.")
    occupied = np.zeros((high - low).astype(int), bool)
    if len(triangles):
        heights = vertices[triangles, 2]
        solid = triangles[(heights.max(1) > floor_height) & (heights.min(1) < height)]
        hit = surface_cells(off_borders(vertices), solid, low * CELL, high * CELL, CELL)
    else:
        above = vertices[(vertices[:, 2] >= floor_height) & (vertices[:, 2] < height)]
        hit = point_cells(above, low * CELL, high * CELL, CELL)
    if len(hit) == 0:
        raise UserError(
            f"The scene {path} has nothing between {floor_height:g} m and {height:g} m above "
            "z = 0: save it in the fixed frame, z up, the floor at z = 0."
        )
    occupied[tuple(hit.T)] = True
    occupied |= cavities(occupied, CELL)
    states = np.where(occupied, np.uint8(OCCUPIED), np.uint8(FREE))
    return OccupancyGrid(torch.from_numpy(states), torch.from_numpy(low * CELL).float())


def _read(path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Vertices (V, 3) and triangles (F, 3); of a point cloud, no triangles."""
    suffix = path.suffix.lower()
    if suffix not in {*MODELS, *MESHES, *CLOUDS}:
        known = ", ".join(sorted({*MODELS, *MESHES, *CLOUDS}))
        raise UserError(f"The scene {path} is of no known format: use one of {known}.")
    if not path.is_file():
        raise UserError(f"The scene {path} is not there: give 'scene_file' the path of a file.")
    vertices = np.zeros((0, 3))
    triangles = np.zeros((0, 3), np.int64)
    with o3d.utility.VerbosityContextManager(o3d.utility.VerbosityLevel.Error):
        if suffix in MODELS:
            parts = [part.mesh for part in o3d.io.read_triangle_model(str(path)).meshes]
            vertices, triangles = _joined(parts)
        elif suffix in MESHES:
            vertices, triangles = _joined([o3d.io.read_triangle_mesh(str(path))])
        if not len(triangles) and suffix in CLOUDS:
            cloud = o3d.io.read_point_cloud(str(path), remove_nan_points=False)
            vertices = np.asarray(cloud.points)
    if not len(vertices):
        raise UserError(f"The scene {path} is empty, or cannot be read: save it anew.")
    return vertices, triangles


def _joined(
    meshes: Sequence[o3d.geometry.TriangleMesh],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All meshes as one."""
    vertices, triangles, count = [np.zeros((0, 3))], [np.zeros((0, 3), np.int64)], 0
    for mesh in meshes:
        vertices.append(np.asarray(mesh.vertices))
        triangles.append(np.asarray(mesh.triangles, np.int64) + count)
        count += len(vertices[-1])
    return np.concatenate(vertices), np.concatenate(triangles)
