"""What a person can do in a room: where to stop, how to get there, and the clip that is walked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from remogen_ros.cues.occupancy import CELL, OCCUPIED
from remogen_ros.data.composing.material import Material
from remogen_ros.data.composing.tracks import walk_off
from remogen_ros.data.corpus import Record
from remogen_ros.data.rooms.bending import bent_along
from remogen_ros.data.rooms.furnished_room import FurnishedRoom
from remogen_ros.data.rooms.paths import Floor, Path
from remogen_ros.data.rooms.reaching import surface_points
from remogen_ros.data.rooms.seats import Seat
from remogen_ros.motion.poses import Motion, concatenate

BEFORE = (3, 8)
AFTER = (5, 12)
"""Frames of standing before an act and after it."""

WITHIN_REACH = (0.4, 0.62)
"""How far from a point one stands that one reaches for, metres."""

_WALKS = ("walk",)
_WALKS_TRIED = 4
"""Clips tried for a path: their steps have to come out even at its end."""

_NEAR = (0.35, 0.75)
"""How far from a piece of furniture one stops that one goes to, metres."""

_HIGHEST_LAP = 0.7
_LAP = [(ahead, aside) for ahead in (0.0, 0.1, 0.2, 0.3) for aside in (-0.15, 0.0, 0.15)]
"""Points of hips and thighs, metres before and beside the hips."""


@dataclass(frozen=True)
class Place:
    """A room, and the clips of those who move in it."""

    room: FurnishedRoom
    material: Material

    @cached_property
    def floor(self) -> Floor:
        """Where one can walk."""
        return Floor(self.room)

    @cached_property
    def within_reach(self) -> dict[int, NDArray[np.float64]]:
        """By the number of a piece of furniture (N, 3) points on it that one can walk up to."""
        points, numbers = surface_points(self.room)
        places = self.floor.places()
        if len(points) == 0 or len(places) == 0:
            return {}
        distances, _ = cKDTree(places).query(points[:, :2])
        near = (distances > WITHIN_REACH[0]) & (distances < WITHIN_REACH[1])
        return {
            int(number): points[near & (numbers == number)] for number in np.unique(numbers[near])
        }


def stop_at_something(
    place: Place, random: np.random.Generator
) -> tuple[str, NDArray[np.float64], float] | None:
    """Name of a piece of furniture, (2,) where one stops before it, and the yaw towards it."""
    room = place.room
    if not room.names:
        return None
    number = int(random.integers(len(room.names)))
    cells = np.argwhere((room.objects == number).any(2))
    if len(cells) == 0:
        return None
    points = room.scene.grid.corner[:2].double().numpy() + (cells + 0.5) * CELL
    stop = stop_before(place, points, _NEAR, random)
    return None if stop is None else (room.names[number], *stop)


def stop_before(
    place: Place,
    points: NDArray[np.float64],
    distance: tuple[float, float],
    random: np.random.Generator,
) -> tuple[NDArray[np.float64], float] | None:
    """(2,) where one stands so far from the nearest of (N, 2) points, and the yaw towards it."""
    places = place.floor.places()
    if len(places) == 0:
        return None
    distances, nearest = cKDTree(points).query(places)
    near = np.flatnonzero((distances > distance[0]) & (distances < distance[1]))
    if len(near) == 0:
        return None
    chosen = int(near[random.integers(len(near))])
    towards = points[nearest[chosen]] - places[chosen]
    return places[chosen], float(np.arctan2(towards[1], towards[0]))


def walked(
    path: Path | None,
    place: Place,
    random: np.random.Generator,
    lead: int | None = None,
    still: int | None = None,
) -> tuple[Motion, Record] | None:
    """Someone who stands, walks along a path, and stands at its end; and the clip that is walked.

    Args:
        path: if there is one.
        place: with the clips.
        random: source of randomness.
        lead: frames of standing before it; drawn if left out.
        still: frames of standing after it; drawn if left out.
    """
    clips = place.material.clips(_WALKS)
    if path is None or not clips:
        return None
    for _ in range(_WALKS_TRIED):
        clip = clips[random.integers(len(clips))]
        begins = int(random.integers(*BEFORE)) if lead is None else lead
        track = walk_off(place.material, clip, begins, path.length, random)
        bent = None if track is None else bent_along(track.motion, path)
        if bent is not None:
            frames = int(random.integers(*AFTER)) if still is None else still
            return concatenate([bent, held_after(bent, frames, place, random)]), clip
    return None


def held_after(motion: Motion, frames: int, place: Place, random: np.random.Generator) -> Motion:
    last = motion.frames(len(motion) - 1)
    return place.material.hold(last, frames, random, from_action=True)


def free_above(room: FurnishedRoom, seat: Seat) -> float:
    """Height at which the free cells at the hips and thighs of who sits begin, metres."""
    left = np.array([-seat.forward[1], seat.forward[0]])
    lap = np.array([seat.hips + a * seat.forward + b * left for a, b in _LAP])
    levels = (np.arange(int(_HIGHEST_LAP / CELL)) + 0.5) * CELL
    points = np.concatenate(
        (np.repeat(lap, len(levels), 0), np.tile(levels, len(lap))[:, None]), axis=1
    )
    states = room.scene.grid.state_at(torch.from_numpy(points).float()).reshape(len(lap), -1)
    tops = ((states == OCCUPIED).numpy() * (levels + CELL / 2)).max()
    return float(tops)
