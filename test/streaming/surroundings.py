"""People and furniture around an ego that stands at the origin and faces +x."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from remogen_ros.cues.occupancy import FREE, OCCUPIED, OccupancyGrid
from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.rotations import yaw_matrix
from remogen_ros.streaming.cues import ObservedSenses
from remogen_ros.streaming.observation import Observation
from test.data.bodies import standing

HERE = CanonicalFrame(torch.eye(3)[None], torch.zeros(1, 3))
STILL = torch.zeros(1, 2)

_SIDE = 60
"""Cells of a room along x and y; it reaches 3 m from the origin."""


def person(
    distance: float, bearing: float = 0.0, turned: float = 0.0, speed: float = 0.0
) -> Tensor:
    """(16, 22, 3) of somebody at last `distance` m away.

    Args:
        bearing: from the ego's heading to the person, radians.
        turned: from facing the ego, radians.
        speed: at which the distance shrinks, m/s.
    """
    body = (
        standing(PARTNER_FRAMES).joints() @ yaw_matrix(torch.tensor(bearing + math.pi + turned)).T
    )
    towards = torch.tensor([math.cos(bearing), math.sin(bearing), 0.0])
    ages = torch.arange(PARTNER_FRAMES - 1, -1, -1) / 10
    return body + (distance + speed * ages)[:, None, None] * towards


def people(*tracks: Tensor) -> PartnerWindow:
    """All of them, whole."""
    if not tracks:
        return PartnerWindow.nobody()
    positions = torch.stack(tracks)
    return PartnerWindow(positions, torch.ones(positions.shape[:-1], dtype=torch.bool))


def room(*boxes: tuple[float, float]) -> OccupancyGrid:
    """A free room with columns of 0.2 m x 0.2 m and 1 m height, their middles at (x, y)."""
    cells = torch.full((_SIDE, _SIDE, 20), FREE, dtype=torch.uint8)
    for x, y in boxes:
        i, j = (round(10 * place) + _SIDE // 2 for place in (x, y))
        cells[i - 1 : i + 1, j - 1 : j + 1, :10] = OCCUPIED
    # The ego's own cells lie nowhere on the borders of these.
    return OccupancyGrid(cells, torch.tensor([-3.013, -3.017, 0.0]), outside=FREE)


def senses(
    *tracks: Tensor, occupancy: OccupancyGrid | None = None, goal: tuple[float, ...] | None = None
) -> ObservedSenses:
    """What the ego perceives."""
    place = None if goal is None else torch.tensor(goal).numpy()
    return ObservedSenses(Observation(people(*tracks), occupancy, place))
