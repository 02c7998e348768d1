"""A furnished room: what is where in it, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import CELL, FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.data.meshes import Mesh
from remogen_ros.data.rooms.seats import Seat, find_seats
from remogen_ros.data.scenes import Scene
from remogen_ros.data.splits import Split
from remogen_ros.data.voxels import occupied_cells

HEIGHT = 2.0
"""Metres of a room above the floor that its grid holds."""

_WALL = -1


@dataclass(frozen=True)
class Furnishing:
    """Something that stands in a room.

    Attributes:
        mesh: where it stands, metres; its name is that in captions, empty for walls and the like.
        fronts: (2,) unit directions in which one faces who sits on it; none if it is no seat.
    """

    mesh: Mesh
    fronts: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Door:
    """A gap in a wall through which one can walk.

    Attributes:
        middle: (2,) metres.
        through: (2,) unit direction of who walks through it.
    """

    middle: tuple[float, float]
    through: tuple[float, float]


@dataclass(frozen=True)
class FurnishedRoom:
    """A room to live in.

    Attributes:
        scene: its name and occupied cells.
        split: which clips may play in it.
        names: of the furniture.
        objects: (X, Y, Z) which of the names occupies a cell; -1 for none, and for walls.
        seats: places to sit.
        doors: to walk through.
    """

    scene: Scene
    split: Split
    names: tuple[str, ...]
    objects: NDArray[np.int16]
    seats: tuple[Seat, ...]
    doors: tuple[Door, ...] = ()


def furnish(
    name: str,
    source: str,
    licence: str,
    split: Split,
    furnishings: Sequence[Furnishing],
    area: tuple[float, float, float, float],
    doors: Sequence[Door] = (),
) -> FurnishedRoom:
    """Put together a room; what is beyond its area is left out and unseen.

    Args:
        name, source, licence, split: of the room.
        furnishings: walls included.
        area: x and y of its lower, x and y of its upper corner, metres.
        doors: in its walls.

    Raises:
        UserError: a furnishing is flatter than a carpet.
    """
    low = np.floor(np.array([*area[:2], 0.0]) / CELL + 1e-6).astype(int)
    high = np.ceil(np.array([*area[2:], HEIGHT]) / CELL - 1e-6).astype(int)
    objects = np.full(high - low, _WALL, np.int16)
    occupied = np.zeros(high - low, bool)
    names: list[str] = []
    seats: list[Seat] = []
    for furnishing in furnishings:
        cells = _cells_within(furnishing.mesh, low, high)
        occupied[cells] = True
        if furnishing.mesh.name:
            objects[cells] = len(names)
            names.append(furnishing.mesh.name)
        if furnishing.fronts:
            seats += find_seats(furnishing.mesh, furnishing.fronts)
    states = np.where(occupied, OCCUPIED, FREE).astype(np.uint8)
    grid = OccupancyGrid(torch.from_numpy(states), torch.from_numpy(low * CELL).float(), UNSEEN)
    scene = Scene(name, source, licence, grid)
    return FurnishedRoom(scene, split, tuple(names), objects, tuple(seats), tuple(doors))


def _cells_within(
    mesh: Mesh, low: NDArray[np.int64], high: NDArray[np.int64]
) -> tuple[NDArray[np.int64], ...]:
    """Indices of the cells that a mesh occupies, counted from `low`, as far as `high`."""
    grid = occupied_cells(mesh, HEIGHT)
    start = np.round(grid.corner.double().numpy() / CELL).astype(int) - low
    cells = np.argwhere((grid.cells == OCCUPIED).numpy()) + start
    return tuple(cells[((cells >= 0) & (cells < high - low)).all(1)].T)
