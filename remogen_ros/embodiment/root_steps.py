"""How far a body may step within one tick: not too fast, not too near to people, not into things.

Every function takes a step of the root, and gives the same array back where nothing is wrong with
it, or a shorter step. Steps that lead away are always free.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import CELL, OCCUPIED, OccupancyGrid
from remogen_ros.cues.partners import PartnerWindow
from remogen_ros.motion.skeleton import JOINT_INDEX

Array = NDArray[np.floating]

TRUNK = [JOINT_INDEX[name] for name in ("pelvis", "spine3", "left_knee", "right_knee")]
"""Joints that are kept out of occupied cells. Hands and feet are not: they touch things on
purpose."""

_STRIDE = CELL / 2.0
"""Metres between the places on the way that are looked at."""

_ROUNDING = 1e-9
"""Metres that are none."""


def no_faster(step: Array, longest: float) -> Array:
    """The step (3,), of at most so many metres."""
    length = float(np.linalg.norm(step))
    return step if length <= longest else step * (longest / length)


def people_places(window: PartnerWindow) -> Array:
    """(N, 2) where people are at the tick, metres: the pelvis, or the mean of what is seen of them.

    Who is not seen at all is left out.
    """
    if len(window.positions) == 0:
        return np.zeros((0, 2))
    newest, valid = window.positions[:, -1, :, :2].numpy(), window.valid[:, -1].numpy()
    places = []
    for joints, seen in zip(newest, valid, strict=True):
        if seen[0] and np.isfinite(joints[0]).all():
            places.append(joints[0])
            continue
        known = joints[seen & np.isfinite(joints).all(-1)]
        if len(known):
            places.append(known.mean(0))
    return np.array(places).reshape(-1, 2)


def clear_of_people(place: Array, step: Array, people: Array, distance: float) -> Array:
    """The step that comes no nearer to anybody than a distance over the floor.

    Who is nearer already is not approached further; the part of the step that leads round them
    stays.

    Args:
        place: (3,) the root.
        step: (3,) that is asked for.
        people: (N, 2) metres.
        distance: metres.
    """
    allowed = step
    for person in people:
        allowed = _clear_of(place, allowed, person, distance)
    if allowed is step or all(
        _clear_of(place, allowed, person, distance) is allowed for person in people
    ):
        return allowed
    # Round the one would be towards the other.
    return np.array((0.0, 0.0, step[2]))


def _clear_of(place: Array, step: Array, person: Array, distance: float) -> Array:
    dx, dy = float(person[0] - place[0]), float(person[1] - place[1])
    sx, sy = float(step[0]), float(step[1])
    away = math.hypot(dx, dy)
    nearing = dx * sx + dy * sy
    length = math.hypot(sx, sy)
    if nearing <= 0.0 or away == 0.0 or length < _ROUNDING:
        return step
    along = min(nearing / length**2, 1.0)
    nearest = math.hypot(dx - along * sx, dy - along * sy)
    if nearest >= min(distance, away):
        return step
    surplus = nearing / away - max(away - distance, 0.0)
    if surplus <= _ROUNDING:
        return step
    return step - surplus * np.array((dx / away, dy / away, 0.0))


def steps_into_people(
    places: Array, steps: Array, people: Array, distance: float
) -> NDArray[np.bool_]:
    """(S,) whether `clear_of_people` would shorten steps (S, 3) from places (S, 3)."""
    moved = steps[:, None, :2]
    gap = people - places[:, None, :2]
    nearing = (gap * moved).sum(-1)
    length = np.maximum((moved**2).sum(-1), _ROUNDING**2)
    along = np.clip(nearing / length, 0.0, 1.0)[..., None]
    nearest = np.linalg.norm(gap - along * moved, axis=-1)
    bound = np.minimum(distance, np.linalg.norm(gap, axis=-1)) - _ROUNDING
    found: NDArray[np.bool_] = ((nearing > 0.0) & (nearest < bound)).any(-1)
    return found


@dataclass(frozen=True)
class Obstacles:
    """The occupied cells of a room, as an array to look up.

    Attributes:
        cells: (X, Y, Z) uint8 cell states.
        corner: (3,) metres, of cell (0, 0, 0).
    """

    cells: NDArray[np.uint8]
    corner: Array

    @staticmethod
    def of(grid: OccupancyGrid) -> Obstacles:
        """Shares the cells of the grid, which are never modified."""
        return Obstacles(grid.cells.numpy(), grid.corner.numpy().astype(np.float64))

    def hold(self, points: Array) -> NDArray[np.bool_]:
        """(...) whether points (..., 3) are in an occupied cell; outside the map, no."""
        index = np.floor((points - self.corner) / CELL)
        outside = ((index < 0) | (index >= self.cells.shape)).any(-1)
        index[outside] = 0
        x, y, z = np.moveaxis(index.astype(np.intp), -1, 0)
        return ~outside & (self.cells[x, y, z] == OCCUPIED)


def clear_of_room(points: Array, step: Array, room: Obstacles, clearance: float) -> Array:
    """The step that takes no point into an occupied cell.

    Where the whole step would, its part along one axis of the room may still be free: so a body
    passes along a wall. Points that are in an occupied cell already may leave it any way.

    Args:
        points: (N, 3) of the body before the step, metres.
        step: (3,) that is asked for.
        room: what is where.
        clearance: metres ahead of each point that have to be free, too.
    """
    sx, sy, sz = (float(value) for value in step)
    if math.hypot(sx, sy) < _ROUNDING:
        return step
    stuck = room.hold(points)
    tries = [step, np.array((sx, 0.0, sz)), np.array((0.0, sy, sz))]
    if abs(sy) > abs(sx):
        tries[1:] = tries[:0:-1]
    for attempt in tries:
        length = math.hypot(attempt[0], attempt[1])
        if length < _ROUNDING:
            continue
        reach = length + clearance
        # Up to the end of the step and of the clearance, neither more than a stride apart.
        count = math.ceil(reach / _STRIDE)
        ahead = np.arange(1, count + 1) * (reach / (count * length))
        way = points + ahead[:, None, None] * (attempt * (1.0, 1.0, 0.0))
        if not (room.hold(way) & ~stuck).any():
            return attempt
    return np.array((0.0, 0.0, sz))


def steps_into_room(
    points: Array, steps: Array, room: Obstacles, clearance: float
) -> NDArray[np.bool_]:
    """(S,) whether `clear_of_room` would change steps (S, 3) of points (S, N, 3)."""
    length = np.hypot(steps[:, 0], steps[:, 1])
    moves = length >= _ROUNDING
    if not moves.any():
        return moves
    reach = length + clearance
    count = math.ceil(reach.max() / _STRIDE)
    ahead = np.arange(1, count + 1)[:, None] * (reach / (count * np.maximum(length, _ROUNDING)))
    way = points + ahead[..., None, None] * (steps * (1.0, 1.0, 0.0))[:, None]
    met = room.hold(way) & ~room.hold(points)
    found: NDArray[np.bool_] = moves & met.any((0, 2))
    return found
