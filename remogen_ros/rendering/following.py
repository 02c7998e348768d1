"""Cameras that follow bodies over the floor and, moment after moment, look the same way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from remogen_ros.rendering.scene import Camera, Scene, finite, outline
from remogen_ros.rendering.viewpoint import (
    LOW_ELEVATION,
    directions,
    framing,
    hidden_share,
    side_azimuth,
    side_by_side,
)

_BEFORE = 0.2
"""Metres of a room that are left between bodies and camera: someone may walk along a wall."""

_TRAVEL = 1.0
"""Metres from the first moment to the last from which a body is looked at across its way."""

_TURN = 25.0
"""Degrees from straight across that way towards where it leads: faces are seen."""


_WORTH = 1.6
"""How many times nearer the nearest view must be for a camera to come nearer at all."""


def following_cameras(
    scenes: Sequence[Scene], aspect: float, fill: float = 0.8, nearer: float = 1.0
) -> list[Camera]:
    """One camera a moment: it follows the bodies, but neither turns nor rises.

    Of several directions it takes the one from which the room hides least of the bodies, all
    moments taken together. Two people are side by side at first; someone alone walks from left to
    right.

    Args:
        scenes: the moments; all with the same bodies, in the same order.
        aspect: width over height of the pictures, which are of `opened(scene, camera)`.
        fill: share of a picture that the bodies may take.
        nearer: how many times nearer it may come while the bodies are nearer to each other, if that
            is worth it; 1 for a camera that keeps its distance, so that sizes compare.

    Raises:
        ValueError: at some moment no body has a finite joint.
    """
    azimuth = _azimuth(scenes)

    def level(turn: float, elevation: float) -> list[Camera]:
        views = _views(scenes, azimuth + turn, elevation, aspect, fill)
        return _at_like_distances(views, nearer)

    best, least = level(0.0, LOW_ELEVATION), np.inf
    if not any(len(scene.voxels) for scene in scenes):
        return best
    for turn, elevation, cost in directions():
        if cost >= least:
            continue
        cameras = level(turn, elevation)
        cost += float(np.mean([_hidden(s, c) for s, c in zip(scenes, cameras, strict=True)]))
        if cost < least:
            best, least = cameras, cost
    return best


def opened(scene: Scene, camera: Camera) -> Scene:
    """Without what stands between the bodies and the camera."""
    return scene.cut_away(camera, margin=_BEFORE)


def _azimuth(scenes: Sequence[Scene]) -> float:
    first, last = scenes[0].bodies, scenes[-1].bodies
    way = last[0].joints[0] - first[0].joints[0]
    if not side_by_side(first) and np.linalg.norm(way[:2]) > _TRAVEL:
        return float(np.rad2deg(np.arctan2(way[1], way[0]))) - 90.0 + _TURN
    return side_azimuth(first)


def _hidden(scene: Scene, camera: Camera) -> float:
    points = finite(outline(body) for body in scene.bodies)
    return hidden_share(points, camera.eye, opened(scene, camera).voxels, scene.cell)


def _views(
    scenes: Sequence[Scene], azimuth: float, elevation: float, aspect: float, fill: float
) -> list[Camera]:
    outlines = [finite(outline(body) for body in scene.bodies) for scene in scenes]
    if not all(len(points) for points in outlines):
        raise ValueError("a strip needs a body with finite joints at every moment")
    heights = np.concatenate(outlines)[:, 2]
    views = []
    for points in outlines:
        middle = (points.min(0) + points.max(0))[:2] / 2.0
        reach = np.array([(*middle, heights.min()), (*middle, heights.max())])
        points = np.concatenate((points, reach))
        views.append(framing(points, azimuth, elevation, aspect, fill=fill))
    return views


def _at_like_distances(views: Sequence[Camera], nearer: float) -> list[Camera]:
    distances = np.array([np.linalg.norm(view.eye - view.target) for view in views])
    back = (views[0].eye - views[0].target) / distances[0]
    if distances.max() < _WORTH * distances.min():
        nearer = 1.0
    distances = np.maximum(distances, distances.max() / nearer)
    return [
        Camera(view.target + back * distance, view.target, view.field_of_view)
        for view, distance in zip(views, distances, strict=True)
    ]
