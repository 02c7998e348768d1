"""Surfaces to cells, by Open3D: what recorded rooms and the saved room of a robot share."""

from __future__ import annotations

from typing import Any

import numpy as np
import open3d as o3d
from numpy.typing import NDArray
from scipy import ndimage

_OFF_BORDERS = 1e-4
"""Surfaces are moved so far inwards, metres: Open3D misses those that lie on a border of cells."""

_LARGEST_CAVITY = 1.5
"""Enclosed spaces up to this volume are filled, as in a cupboard or a sofa; larger ones are rooms,
m^3."""


def off_borders(vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vertices (V, 3), a hair nearer to the middle of them all."""
    middle = (vertices.min(0) + vertices.max(0)) / 2
    return np.asarray(vertices - _OFF_BORDERS * np.sign(vertices - middle))


def surface_cells(
    vertices: NDArray[np.float64],
    triangles: NDArray[np.integer],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    cell: float,
) -> NDArray[np.int64]:
    """(N, 3) indices of the cells between two corners through which triangles go."""
    surface = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(vertices),
        o3d.utility.Vector3iVector(triangles.astype(np.int32)),
    )
    grid = o3d.geometry.VoxelGrid.create_from_triangle_mesh_within_bounds(surface, cell, low, high)
    return _indices(grid, low, high, cell)


def point_cells(
    points: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    cell: float,
) -> NDArray[np.int64]:
    """(N, 3) indices of the cells between two corners in which points are."""
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(points))
    grid = o3d.geometry.VoxelGrid.create_from_point_cloud_within_bounds(cloud, cell, low, high)
    return _indices(grid, low, high, cell)


def _indices(
    grid: Any, low: NDArray[np.float64], high: NDArray[np.float64], cell: float
) -> NDArray[np.int64]:
    hit = np.array([voxel.grid_index for voxel in grid.get_voxels()], np.int64).reshape(-1, 3)
    size = np.round((high - low) / cell).astype(int)
    return hit[((hit >= 0) & (hit < size)).all(1)]


def cavities(occupied: NDArray[np.bool_], cell: float) -> NDArray[np.bool_]:
    """(X, Y, Z) bool: small spaces with no way out, a body that is open to the floor included."""
    around = np.pad(~occupied, ((1, 1), (1, 1), (0, 1)), constant_values=True)
    labels, count = ndimage.label(around)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    small = sizes * cell**3 <= _LARGEST_CAVITY
    small[[0, labels[0, 0, 0]]] = False
    return np.asarray(small[labels][1:-1, 1:-1, :-1])
