"""Where and how one can sit on a piece of furniture, found from its shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import OCCUPIED
from remogen_ros.data.meshes import Mesh
from remogen_ros.data.voxels import occupied_cells

_FINE = 0.02
"""Edge of the cells in which a seat is looked for, metres."""

_LOWEST, _HIGHEST = 0.36, 0.53
"""Heights at which people sit, metres."""

_BACK = 0.14
"""What is this much higher than the seat leans against a back, metres."""

_HIP_DEPTH = 0.26
"""From the front edge of the seat back to the hips of who sits on it, metres."""

_BEHIND, _ASIDE = 0.08, 0.24
"""Seat that is needed behind the hips and on either side of them, metres."""

_LEAST_SEAT = 0.1
"""Sittable area around the hips, m^2: less is the rim of something."""

_LOPSIDED = 0.35
"""A back this far off the walls' directions is a fault of its shape, radians."""

_APART = 0.45
"""Between two who sit side by side, metres."""


@dataclass(frozen=True)
class Seat:
    """A place to sit.

    Attributes:
        name: of the furniture, in captions.
        edge: (2,) the point of its front edge before the hips, metres.
        yaw: where one faces who sits there, radians.
        height: of the seat, metres.
    """

    name: str
    edge: tuple[float, float]
    yaw: float
    height: float

    @property
    def forward(self) -> NDArray[np.float64]:
        """(2,) unit vector along the yaw."""
        return np.array([np.cos(self.yaw), np.sin(self.yaw)])

    @property
    def hips(self) -> NDArray[np.float64]:
        """(2,) what the hips are over, metres."""
        return np.array(self.edge) - _HIP_DEPTH * self.forward


def find_seats(mesh: Mesh, fronts: Sequence[tuple[float, float]]) -> list[Seat]:
    """The places to sit on one piece of furniture.

    Args:
        mesh: of the piece, where it stands in the room, metres.
        fronts: (2,) unit directions in which one may face who sits on it.
    """
    grid = occupied_cells(mesh, height=2.0, cell=_FINE)
    occupied = (grid.cells == OCCUPIED).numpy()
    levels = np.arange(1, occupied.shape[2] + 1)
    tops = (occupied * levels).max(2) * _FINE
    sittable = (tops >= _LOWEST) & (tops <= _HIGHEST)
    if not sittable.any():
        return []
    height = float(np.median(tops[sittable]))
    sittable &= np.abs(tops - height) < _BACK
    low = grid.corner[:2].double().numpy()
    places = low + (np.argwhere(sittable) + 0.5) * _FINE
    return [
        Seat(mesh.name, (float(edge[0]), float(edge[1])), float(np.arctan2(y, x)), height)
        for x, y in fronts
        for edge in _edges(places, np.array([x, y]))
    ]


def back_of(mesh: Mesh) -> tuple[float, float] | None:
    """(2,) unit direction away from the back of a seat; None where it has no back."""
    grid = occupied_cells(mesh, height=2.0, cell=_FINE)
    occupied = (grid.cells == OCCUPIED).numpy()
    tops = (occupied * np.arange(1, occupied.shape[2] + 1)).max(2) * _FINE
    seat, back = (tops >= _LOWEST) & (tops <= _HIGHEST), tops > _HIGHEST + _BACK
    if not seat.any() or back.sum() < 0.05 * seat.sum():
        return None
    away = np.argwhere(seat).mean(0) - np.argwhere(back).mean(0)
    if np.linalg.norm(away) * _FINE < 0.05:
        return None
    angle = float(np.arctan2(away[1], away[0]))
    # A lopsided back of furniture that stands along the walls is still along the walls.
    straight = round(angle / (np.pi / 2)) * np.pi / 2
    if abs(angle - straight) < _LOPSIDED:
        angle = straight
    return (float(np.cos(angle)), float(np.sin(angle)))


def _edges(places: NDArray[np.float64], forward: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """(2,) points of the front edge behind which there is enough seat, side by side.

    Args:
        places: (N, 2) centres of the cells of the seat.
        forward: (2,) unit direction in which one faces.
    """
    left = np.array([-forward[1], forward[0]])
    ahead, across = places @ forward, places @ left
    width = across.max() - across.min() - 2 * _ASIDE
    count = int(max(width, 0.0) // _APART) + 1
    middle = (across.max() + across.min()) / 2
    edges = []
    for offset in (np.arange(count) - (count - 1) / 2) * _APART:
        near = np.abs(across - middle - offset) < _ASIDE
        if not near.any():
            continue
        edge = float(np.percentile(ahead[near], 98))
        depth = edge - ahead[near].min()
        needed = (near & (ahead > edge - _HIP_DEPTH - _BEHIND)).sum() * _FINE**2
        if depth >= _HIP_DEPTH and needed > _LEAST_SEAT:
            edges.append(forward * edge + left * (middle + offset))
    return edges
