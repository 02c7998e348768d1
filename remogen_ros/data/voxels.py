"""Meshes to occupied cells, by Open3D."""

from __future__ import annotations

import numpy as np
import torch

from remogen_ros.cues.occupancy import CELL, FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.cues.voxels import cavities, off_borders, surface_cells
from remogen_ros.data.meshes import Mesh
from remogen_ros.errors import UserError

FLOOR_HEIGHT = 0.05
"""What lies lower is floor, carpets included, and not in anybody's way; metres."""


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
    vertices = off_borders(mesh.vertices)
    standing = vertices[solid.ravel()]
    low, high = np.floor(standing.min(0) / cell), np.floor(standing.max(0) / cell) + 1
    low[2], high[2] = 0, round(height / cell)
    occupied = np.zeros((high - low).astype(int), bool)
    hit = surface_cells(vertices, solid, low * cell, high * cell, cell)
    occupied[tuple(hit.T)] = True
    occupied |= cavities(occupied, cell)
    states = np.where(occupied, OCCUPIED, FREE).astype(np.uint8)
    corner = torch.from_numpy(low * cell).float()
    return OccupancyGrid(torch.from_numpy(states), corner, outside)
