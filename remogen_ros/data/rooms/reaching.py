"""Reaching for a point on a table or a shelf: the trunk leans as far as the arm needs.

Composed, with the bell-shaped speed of human hands (minimum jerk, Flash and Hogan, 1985).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from remogen_ros.cues.occupancy import CELL, OCCUPIED
from remogen_ros.data.composing.joining import there_and_back
from remogen_ros.data.rooms.acts import leaning
from remogen_ros.data.rooms.furnished_room import FurnishedRoom
from remogen_ros.motion.arms import REACH, Side, reaching, shoulders
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import FRAME_RATE, Motion

_LOWEST, _HIGHEST = 0.5, 1.45
_FREE_ABOVE = 3
"""Heights of surfaces for which people reach standing, metres, and free cells over them."""

_PALM_ABOVE = 0.04
"""Metres between a surface and the palm that is put on it."""

_OUT_SECONDS, _BACK_SECONDS = 0.9, 0.8
_MOST_LEAN = 1.0
_BISECTIONS = 12
_EASY = 0.97
"""Leaning saves the arm from stretching to its very end."""


def surface_points(room: FurnishedRoom) -> tuple[NDArray[np.float64], NDArray[np.int16]]:
    """(N, 3) points just over the furniture, metres, and (N,) the number of its name."""
    occupied = (room.scene.grid.cells == OCCUPIED).numpy()
    free = np.concatenate((~occupied, np.ones((*occupied.shape[:2], _FREE_ABOVE), bool)), axis=2)
    surface = room.objects >= 0
    for above in range(1, _FREE_ABOVE + 1):
        surface = surface & free[:, :, above : above + occupied.shape[2]]
    cells = np.argwhere(surface)
    points = room.scene.grid.corner.double().numpy() + (cells + [0.5, 0.5, 1.0]) * CELL
    points[:, 2] += _PALM_ABOVE
    high = (points[:, 2] > _LOWEST) & (points[:, 2] < _HIGHEST)
    return points[high], room.objects[tuple(cells[high].T)]


def reached(pose: Motion, side: Side, target: NDArray[np.float64], held: int) -> Motion | None:
    """Reaching from standing (1,), holding the palm there for some frames, and drawing back.

    Args:
        pose: someone who stands.
        side: whose hand reaches.
        target: (3,) metres, for the palm.
        held: frames.

    Returns:
        None if the point is too far away, however far one leans.
    """
    point = torch.from_numpy(target).float()
    lean = _lean_to(pose, side, point)
    if lean is None:
        return None
    out, back = round(_OUT_SECONDS * FRAME_RATE), round(_BACK_SECONDS * FRAME_RATE)
    share = there_and_back(out + held + back + 1, 0, out, out + held, out + held + back)
    frames = len(share)
    still = Motion(pose.root_positions.repeat(frames, 1), pose.rotations.repeat(frames, 1, 1, 1))
    body = standing_on(leaning(still, lean * share), Feet.of(pose).held(0, frames - 1))
    return reaching(body, side, point.expand(len(share), 3), share)


def _lean_to(pose: Motion, side: Side, point: Tensor) -> float | None:
    """The least lean with which the arm reaches, radians."""

    def short(lean: float) -> bool:
        shoulder = shoulders(leaning(pose, torch.tensor([lean])), side)[0]
        return float((point - shoulder).norm()) > REACH * _EASY

    if not short(0.0):
        return 0.0
    least, most = 0.0, _MOST_LEAN
    if short(most):
        return None
    for _ in range(_BISECTIONS):
        middle = (least + most) / 2
        least, most = (middle, most) if short(middle) else (least, middle)
    return most
