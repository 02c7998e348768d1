"""Synthetic input for timings: people whom the prior animates, and a room of scattered boxes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from remogen_ros.cues.occupancy import CELL, EGO_CELLS, FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow, partner_features
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.rotations import yaw_matrix
from remogen_ros.networks.adapter import Cues
from remogen_ros.networks.assembly import Networks
from remogen_ros.streaming.engine import Engine
from remogen_ros.streaming.observation import Observation
from remogen_ros.streaming.stream import Others, Words

_PERIOD = 96
"""Frames of partner motion; they are gone through again and again, to and fro."""

_NEAR, _BETWEEN = 1.0, 0.8
"""Metres from the ego's start to the first person, and between people."""

_ROOM = (60, 60, 25)
"""Cells of the room, the ego in the middle."""

_BOXES = 14


@dataclass(frozen=True)
class _Alone:
    """Senses of people who see nothing and nobody."""

    count: int

    def partners(self, frame: CanonicalFrame) -> Others:
        empty = PartnerWindow.nobody()
        nobody = PartnerWindow(
            empty.positions.expand(self.count, *empty.positions.shape),
            empty.valid.expand(self.count, *empty.valid.shape),
        )
        return partner_features(nobody, frame), nobody.valid.flatten(2).any(-1)

    def cues(self, frame: CanonicalFrame) -> Cues:
        no = torch.zeros(self.count, dtype=torch.bool)
        unseen = torch.full((self.count, *EGO_CELLS), UNSEEN, dtype=torch.uint8)
        return Cues(*self.partners(frame), unseen, no, torch.zeros(self.count, 3), no)


@dataclass(frozen=True)
class Stage:
    """What there is to react to.

    Attributes:
        people: (P, T, 22, 3) joints of people, metres.
        room: around them.
        goal: (3,) metres.
    """

    people: Tensor
    room: OccupancyGrid
    goal: NDArray[np.float32]

    def observations(self, ticks: int, weights: Mapping[str, float]) -> Iterator[Observation]:
        """One for each tick."""
        length = self.people.shape[1]
        for tick in range(ticks):
            frames = [_to_and_fro(tick + ahead, length) for ahead in range(PARTNER_FRAMES)]
            window = self.people[:, frames]
            valid = torch.ones(window.shape[:-1], dtype=torch.bool)
            yield Observation(
                PartnerWindow(window, valid), self.room, self.goal, adapter_weights=weights
            )


def staged(networks: Networks, people: int, seed: int) -> Stage:
    """So many people in a half circle in front of the origin, and boxes behind them.

    Args:
        networks: whose prior moves the people, left to itself.
        people: how many.
        seed: of their motion and of the boxes.
    """
    angles = (torch.arange(people) - (people - 1) / 2) * min(_BETWEEN, math.pi / max(1, people))
    spots = _NEAR * torch.stack((angles.cos(), angles.sin(), torch.zeros(people)), dim=-1)
    engine = Engine(networks)
    stream = engine.standing(spots, yaw_matrix(angles + math.pi), seed)
    text = torch.zeros(people, networks.config.denoiser.text)
    words, senses = Words(text, torch.zeros(people, dtype=torch.bool)), _Alone(people)
    joints = []
    for _ in range(_PERIOD if people else 0):
        coming, stream = engine.step(stream, senses, words, {})
        joints.append(coming.frames(0, 1).joints())
    track = torch.cat(joints, dim=1) if joints else torch.zeros(0, _PERIOD, 22, 3)
    return Stage(track, _room(seed), np.array([2.0, 0.8, 0.0], np.float32))


def _room(seed: int) -> OccupancyGrid:
    cells = torch.full(_ROOM, FREE, dtype=torch.uint8)
    random = torch.Generator().manual_seed(seed)
    for _ in range(_BOXES):
        x, y = (int(torch.randint(0, edge - 8, (), generator=random)) for edge in _ROOM[:2])
        cells[x : x + 6, y : y + 4, :9] = OCCUPIED
    middle = _ROOM[0] // 2
    cells[middle - 12 : middle + 12, middle - 12 : middle + 12] = FREE
    corner = -CELL * torch.tensor([_ROOM[0] / 2, _ROOM[1] / 2, 0.0])
    return OccupancyGrid(cells, corner)


def _to_and_fro(frame: int, length: int) -> int:
    place = frame % (2 * length - 2)
    return min(place, 2 * length - 2 - place)
