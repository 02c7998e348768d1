"""Random rooms: real-size furniture along the walls, tables with chairs, sometimes a second room.

Synthetic: the pieces are modelled on real ones, the layouts are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from remogen_ros.data.meshes import Mesh
from remogen_ros.data.rooms.furnished_room import Door, FurnishedRoom, Furnishing, furnish
from remogen_ros.data.rooms.furniture import Piece
from remogen_ros.data.splits import Split, split_of

LICENCE = "CC0 furniture (Blend Swap models for Sweet Home 3D)"

_SIZES = ((4.0, 7.5), (3.6, 6.0))
_WALL_THICKNESS, _WALL_HEIGHT = 0.1, 2.4
_DOOR_WIDTH = (0.9, 1.1)
_TWO_ROOMS = 0.4
"""Share of layouts with a wall and a door across them."""

_PIECES = (7, 15)
_ATTEMPTS = 8
_GAP = 0.12
"""Left between a piece and the next, metres."""

_DOOR_CLEARANCE = 0.9
"""Nothing stands this near to the middle of a door, metres."""

_CHAIR_GAP = 0.06
"""Between a table and the front of a chair at it, metres."""

_SEAT_WITH_TWO_SIDES = 1.6
"""A seat this deep is a bed: one sits on its sides, metres."""


@dataclass
class _Floor:
    """What stands so far; rectangles as (x, y) of the lower and of the upper corner."""

    size: NDArray[np.float64]
    taken: list[NDArray[np.float64]] = field(default_factory=list)
    furnishings: list[Furnishing] = field(default_factory=list)

    def has_room_for(self, rectangle: NDArray[np.float64], gap: float) -> bool:
        inside = (rectangle[:2] >= -1e-6).all() and (rectangle[2:] <= self.size + 1e-6).all()
        return bool(inside) and not any(
            (rectangle[:2] - gap < other[2:]).all() and (rectangle[2:] + gap > other[:2]).all()
            for other in self.taken
        )


def random_room(number: int, pieces: Sequence[Piece], seed: int) -> FurnishedRoom:
    """One layout, the same for the same number and seed."""
    random = np.random.default_rng([seed, number])
    name = layout_name(number)
    # Walls between two cells take from neither.
    size = np.round([random.uniform(*span) for span in _SIZES], 1)
    floor = _Floor(size)
    doors = _build_walls(floor, random)
    for _ in range(int(random.integers(*_PIECES))):
        piece = pieces[int(random.integers(len(pieces)))]
        _try_to_place(piece, floor, pieces, random)
    half = _WALL_THICKNESS
    area = (-half, -half, float(size[0]) + half, float(size[1]) + half)
    return furnish(name, "layouts", LICENCE, layout_split(name), floor.furnishings, area, doors)


def layout_name(number: int) -> str:
    """What a layout is called."""
    return f"layout {number}"


def layout_split(name: str) -> Split:
    """By the hash of its name."""
    return split_of(name)


def _build_walls(floor: _Floor, random: np.random.Generator) -> list[Door]:
    width, depth = floor.size.tolist()
    thick = _WALL_THICKNESS
    walls = [
        _wall(-thick, -thick, width + thick, 0.0),
        _wall(-thick, depth, width + thick, depth + thick),
        _wall(-thick, 0.0, 0.0, depth),
        _wall(width, 0.0, width + thick, depth),
    ]
    doors = []
    if random.random() < _TWO_ROOMS:
        across = float(random.uniform(0.4, 0.6)) * width
        gap = float(random.uniform(*_DOOR_WIDTH))
        first = float(random.uniform(0.3, depth - gap - 0.3))
        left, right = across - thick / 2, across + thick / 2
        for low, high in ((0.0, first), (first + gap, depth)):
            walls.append(_wall(left, low, right, high))
            floor.taken.append(np.array([left, low, right, high]))
        middle = first + gap / 2
        reach = _DOOR_CLEARANCE
        floor.taken.append(np.array([across - reach, first, across + reach, first + gap]))
        doors.append(Door((across, middle), (1.0, 0.0)))
    floor.furnishings += map(Furnishing, walls)
    return doors


def _wall(x0: float, y0: float, x1: float, y1: float) -> Mesh:
    corners = [
        (x, y, z) for z in (0.0, _WALL_HEIGHT) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    ]
    sides = [(0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    triangles = [(a, *pair) for a, b, c, d in sides for pair in ((b, c), (c, d))]
    return Mesh("", np.array(corners), np.array(triangles, np.uint32))


def _try_to_place(
    piece: Piece, floor: _Floor, pieces: Sequence[Piece], random: np.random.Generator
) -> None:
    for _ in range(_ATTEMPTS):
        turns = int(random.integers(4))
        size = np.array(piece.size[:2] if turns % 2 == 0 else piece.size[1::-1])
        if (size > floor.size).any():
            continue
        middle = random.uniform(size / 2, floor.size - size / 2)
        if piece.place == "wall":
            # Turned by no quarter a piece faces -y, with its back towards +y.
            axis = 1 - turns % 2
            middle[axis] = floor.size[axis] - size[axis] / 2 if turns in (0, 3) else size[axis] / 2
        if _place(piece, floor, middle, turns, _GAP):
            if piece.place == "middle" and 0.65 < piece.size[2] < 0.8:
                _put_chairs(floor, middle, size, pieces, random)
            return


def _place(
    piece: Piece, floor: _Floor, middle: NDArray[np.float64], turns: int, gap: float
) -> bool:
    size = np.array(piece.size[:2] if turns % 2 == 0 else piece.size[1::-1])
    rectangle = np.concatenate((middle - size / 2, middle + size / 2))
    if not floor.has_room_for(rectangle, gap):
        return False
    floor.taken.append(rectangle)
    turn = _quarter_turns(turns)
    mesh = piece.mesh.moved(turn, (*middle, 0.0))
    floor.furnishings.append(Furnishing(mesh, _fronts(piece, turn) if piece.seat else ()))
    return True


def _fronts(piece: Piece, turn: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    bed = piece.size[1] > _SEAT_WITH_TWO_SIDES
    ways = [(1.0, 0.0, 0.0), (-1.0, 0.0, 0.0)] if bed else [(0.0, -1.0, 0.0)]
    turned = [turn @ np.array(way) for way in ways]
    return tuple((float(x), float(y)) for x, y, _ in turned)


def _quarter_turns(turns: int) -> NDArray[np.float64]:
    cosine, sine = ((1, 0), (0, 1), (-1, 0), (0, -1))[turns]
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])


def _put_chairs(
    floor: _Floor,
    table: NDArray[np.float64],
    size: NDArray[np.float64],
    pieces: Sequence[Piece],
    random: np.random.Generator,
) -> None:
    """Up to four chairs, one at each side of a table, pulled out far enough to sit down."""
    chairs = [piece for piece in pieces if piece.place == "table"]
    if not chairs:
        return
    chair = chairs[int(random.integers(len(chairs)))]
    for turns in random.permutation(4)[: random.integers(1, 5)]:
        front = _quarter_turns(int(turns)) @ np.array([0.0, -1.0, 0.0])
        pulled_out = _CHAIR_GAP + float(random.uniform(0.0, 0.6))
        reach = (size @ np.abs(front[:2])) / 2 + chair.size[1] / 2 + pulled_out
        _place(chair, floor, table - front[:2] * reach, int(turns), 0.0)
