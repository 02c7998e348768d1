"""From where to look at a scene."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from remogen_ros.rendering.scene import Body, Camera, Points, Scene, finite, outline

FIELD_OF_VIEW = 32.0
"""Vertical, degrees: that of a lens which draws people as the eye sees them."""

LOW_ELEVATION = 16.0
"""Degrees above the horizon from which bodies are seen if nothing stands in the way."""

_SAME_PLACE = 0.2
"""Bodies nearer to each other than this, metres, have no sides."""

_ALONE_AZIMUTH = 30.0

_TURNS = (0.0, -20.0, 20.0, -40.0, 40.0, -60.0, 60.0)
_ELEVATIONS = (LOW_ELEVATION, 30.0, 45.0)
_COST_PER_DEGREE = (0.004, 0.006)
"""Of a turn and of a raised camera, in shares of the bodies that are hidden."""

_TOUCHING = 0.25
"""What is nearer to a joint than this, metres, does not count as hiding it."""


def framing(
    points: Points,
    azimuth: float,
    elevation: float = LOW_ELEVATION,
    aspect: float = 16.0 / 9.0,
    field_of_view: float = FIELD_OF_VIEW,
    fill: float = 0.80,
) -> Camera:
    """A camera that has all points in its picture.

    Args:
        points: (N, 3) metres; rows with NaN are ignored.
        azimuth: degrees about z from +x, of the direction from the points to the camera.
        elevation: degrees above the horizon, of the same direction.
        aspect: width over height of the picture.
        field_of_view: vertical, degrees.
        fill: share of the picture's width or height, whichever is reached first, they may take.

    Raises:
        ValueError: no finite point.
    """
    points = finite([points])
    if len(points) == 0:
        raise ValueError("a picture needs at least one body with finite joints to look at")
    turn, rise = np.deg2rad(azimuth), np.deg2rad(elevation)
    back = np.array((np.cos(turn) * np.cos(rise), np.sin(turn) * np.cos(rise), np.sin(rise)))
    target = (points.min(0) + points.max(0)) / 2.0
    axes = Camera(target + back, target).axes
    local = (points - target) @ axes
    tangent = np.tan(np.deg2rad(field_of_view) / 2.0) * fill
    reach = np.maximum(np.abs(local[:, 0]) / aspect, np.abs(local[:, 1])) / tangent
    distance = float((reach - local[:, 2]).max())
    return Camera(target + back * max(distance, 1.0), target, field_of_view)


def side_azimuth(bodies: Sequence[Body]) -> float:
    """Degrees about z from which the first two bodies are side by side, the first on the left."""
    if not side_by_side(bodies):
        return _ALONE_AZIMUTH
    first, second = _middles(bodies)[:2]
    line = second - first
    return float(np.rad2deg(np.arctan2(line[1], line[0]))) - 90.0


def side_by_side(bodies: Sequence[Body]) -> bool:
    """Whether the first two bodies that are seen are in different places."""
    middles = _middles(bodies)
    if len(middles) < 2:
        return False
    return bool(np.linalg.norm((middles[1] - middles[0])[:2]) >= _SAME_PLACE)


def _middles(bodies: Sequence[Body]) -> list[NDArray[np.float64]]:
    seen = [finite([body.joints]) for body in bodies]
    return [joints.mean(0) for joints in seen if len(joints)]


def directions() -> Iterator[tuple[float, float, float]]:
    """Turns and elevations to look from, degrees, and what each costs in shares that are hidden."""
    for elevation, turn in product(_ELEVATIONS, _TURNS):
        cost = _COST_PER_DEGREE[0] * abs(turn) + _COST_PER_DEGREE[1] * (elevation - LOW_ELEVATION)
        yield turn, elevation, cost


def clear_view(
    scene: Scene,
    aspect: float = 16.0 / 9.0,
    field_of_view: float = FIELD_OF_VIEW,
    cut_away: bool = True,
) -> Camera:
    """A camera that sees all bodies, the first two side by side, the first one on the left.

    Of several directions it takes the one from which the room hides least of the bodies; a single
    body is looked at from ahead of one that faces x, a little to its side.

    Args:
        scene: with at least one body.
        aspect: width over height of the picture.
        field_of_view: vertical, degrees.
        cut_away: the picture is of `scene.cut_away(camera)`, so that nothing near the camera hides.

    Raises:
        ValueError: no body has a finite joint.
    """
    points = finite(outline(body) for body in scene.bodies)
    azimuth = side_azimuth(scene.bodies)
    room = replace(scene, cloud=np.zeros((0, 3)))
    best, least = None, np.inf
    for turn, elevation, cost in directions():
        if cost >= least:
            continue
        camera = framing(points, azimuth + turn, elevation, aspect, field_of_view)
        voxels = room.cut_away(camera).voxels if cut_away else room.voxels
        cost += hidden_share(points, camera.eye, voxels, scene.cell)
        if cost < least:
            best, least = camera, cost
    return best or framing(points, azimuth, aspect=aspect, field_of_view=field_of_view)


def hidden_share(points: Points, eye: NDArray[np.float64], voxels: Points, cell: float) -> float:
    """The share of points (N, 3) that cells with these centres (M, 3) hide from an eye."""
    if len(voxels) == 0:
        return 0.0
    index = np.floor(voxels / cell).astype(np.int64)
    low = index.min(0)
    filled = np.zeros(index.max(0) - low + 1, bool)
    filled[tuple((index - low).T)] = True
    toward = eye - points
    distance = np.linalg.norm(toward, axis=1, keepdims=True)
    along = np.arange(_TOUCHING, float(distance.max()), cell / 2.0)
    steps = points[:, None] + (toward / distance)[:, None] * along[:, None]
    place = np.floor(steps / cell).astype(np.int64) - low
    inside = ((place >= 0) & (place < filled.shape)).all(-1) & (along < distance)
    hit = np.zeros(inside.shape, bool)
    hit[inside] = filled[tuple(place[inside].T)]
    return float(hit.any(1).mean())
