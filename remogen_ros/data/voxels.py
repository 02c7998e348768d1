"""Meshes to occupied cells, by Open3D."""

from __future__ import annotations

import numpy as np
import open3d as o3d
import torch
from numpy.typing import NDArray
from scipy import ndimage

from remogen_ros.cues.occupancy import CELL, FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.data.meshes import Mesh
from remogen_ros.errors import UserError

FLOOR_HEIGHT = 0.05
"""What lies lower is floor, carpets included, and not in anybody's way; metres."""

_OFF_BORDERS = 1e-4
"""Surfaces are moved so far inwards, metres: Open3D misses those that lie on a border of cells."""

_LARGEST_CAVITY = 1.5
"""Enclosed spaces up to this volume are filled, as in a cupboard or a sofa; larger ones are rooms,
m^3."""


def occupied_cells(
    mesh: Mesh, height: float = 2.0, outside: int = UNSEEN, cell: float = CELL
) -> OccupancyGrid:
    """The cells that a mesh occupies.

    Args:
        mesh: metres, z up, the floor at z = 0.
        height: of the grid, metres; what is higher is left out.
        outside: state of what is beyond the mesh's bounds.
        cell: edge, metres; the grid is aligned to multiples of it.

    Returns:
        A grid of FREE and OCCUPIED, from the floor up, as wide as what stands on it.

    Raises:
        UserError: nothing stands on the floor, as in a mesh that lies on its side.
    """
    heights = mesh.corners[..., 2]
    solid = mesh.triangles[(heights.max(1) > FLOOR_HEIGHT) & (heights.min(1) < height)]
    if len(solid) == 0:
        raise UserError(f"The mesh {mesh.name!r} has nothing between its floor and {height:g} m.")
    vertices = mesh.vertices - _OFF_BORDERS * np.sign(mesh.vertices - _middle(mesh))
    standing = vertices[solid.ravel()]
    low, high = np.floor(standing.min(0) / cell), np.floor(standing.max(0) / cell) + 1
    low[2], high[2] = 0, round(height / cell)
    occupied = np.zeros((high - low).astype(int), bool)
    hit = _hit_cells(vertices, solid, low * cell, high * cell, cell)
    occupied[tuple(hit.T)] = True
    occupied |= _cavities(occupied, cell)
    states = np.where(occupied, OCCUPIED, FREE).astype(np.uint8)
    corner = torch.from_numpy(low * cell).float()
    return OccupancyGrid(torch.from_numpy(states), corner, outside)


def _middle(mesh: Mesh) -> NDArray[np.float64]:
    return np.asarray((mesh.vertices.min(0) + mesh.vertices.max(0)) / 2)


def _hit_cells(
    vertices: NDArray[np.float64],
    triangles: NDArray[np.uint32],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    cell: float,
) -> NDArray[np.int64]:
    """(N, 3) indices of the cells between two corners through which the surface goes."""
    surface = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(vertices),
        o3d.utility.Vector3iVector(triangles.astype(np.int32)),
    )
    grid = o3d.geometry.VoxelGrid.create_from_triangle_mesh_within_bounds(surface, cell, low, high)
    hit = np.array([voxel.grid_index for voxel in grid.get_voxels()], np.int64).reshape(-1, 3)
    size = np.round((high - low) / cell).astype(int)
    return hit[((hit >= 0) & (hit < size)).all(1)]


def _cavities(occupied: NDArray[np.bool_], cell: float) -> NDArray[np.bool_]:
    """(X, Y, Z) bool: small spaces with no way out, a body that is open to the floor included."""
    around = np.pad(~occupied, ((1, 1), (1, 1), (0, 1)), constant_values=True)
    labels, count = ndimage.label(around)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    small = sizes * cell**3 <= _LARGEST_CAVITY
    small[[0, labels[0, 0, 0]]] = False
    return np.asarray(small[labels][1:-1, 1:-1, :-1])
