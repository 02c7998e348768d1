"""How much the people and the room around egos matter at this very tick, from 0 to 1.

All of it is read off the cues, seen from the egos' canonical frames; nothing is learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.cues.occupancy import CELL, OCCUPIED, column_centres
from remogen_ros.cues.partners import partner_paths
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.networks.adapter import Cues
from remogen_ros.streaming.cues import SOCIAL_RANGE

_SOCIAL = 3.6
"""Distance up to which a person matters wholly, metres: where social distance ends (Hall, 1966).
From there on it falls, to nothing at SOCIAL_RANGE, beyond which nobody is perceived."""

_BACK_TO_BACK = 0.5
"""How much somebody near matters when the two turn their backs on each other."""

_BRISK = 1.0
"""Speed at which somebody comes nearer who surely means the ego, m/s: a walk."""

_APPROACH_FRAMES = 5
"""Frames over which it is told how fast somebody comes nearer: in fewer, people sway."""

_REACH, _BEYOND_REACH = 1.2, 1.8
"""Distances of somebody face to face, metres: up to the first, where personal distance ends (Hall),
hands meet; from the second on they do not."""

_AHEAD_S = 1.5
"""How far ahead the way of the ego is looked at, seconds: what is decided now shows within that."""

_TOUCHING, _CLEAR = 0.3, 0.8
"""From the way's middle to that of a furnished column, metres: up to the first a body brushes it,
from the second on it passes freely."""

_LOW, _HIGH = 1, 18
"""Cells between which furniture is in the way: above what feet step on, below what heads pass."""


@dataclass(frozen=True)
class People:
    """How much somebody matters; 0 where nobody is seen.

    Attributes:
        relevance: (B,) somebody is near, and the more so if the two face each other or if that
            one comes nearer.
        encounter: (B,) somebody is face to face and within reach.
    """

    relevance: Tensor
    encounter: Tensor

    @staticmethod
    def of(partners: Tensor) -> People:
        """The most that any of the partners (B, P, 16, 159) matters."""
        if not partners.shape[1]:
            nothing = partners.new_zeros(len(partners))
            return People(nothing, nothing)
        places, headings, seen = partner_paths(partners)
        away = places.norm(dim=-1)
        distance, then = away[..., -1], away[..., -1 - _APPROACH_FRAMES]
        direction = places[..., -1, :] / distance.clamp_min(CELL)[..., None]
        faced = (1 + direction[..., 0]) / 2
        facing = (1 - (direction * headings[..., -1, :]).sum(-1)) / 2
        speed = (then - distance) * (FRAME_RATE / _APPROACH_FRAMES)
        coming = (speed / _BRISK).clamp(0, 1) * seen[..., -1 - _APPROACH_FRAMES]
        meant = torch.maximum((faced + facing) / 2, coming)
        relevance = _falling(distance, _SOCIAL, SOCIAL_RANGE) * torch.lerp(
            torch.full_like(meant, _BACK_TO_BACK), torch.ones_like(meant), meant
        )
        encounter = _falling(distance, _REACH, _BEYOND_REACH) * faced * facing
        here = seen[..., -1]
        return People((relevance * here).amax(-1), (encounter * here).amax(-1))


def relevance_of_room(cues: Cues, velocity: Tensor) -> Tensor:
    """How much the room matters, (B,): furniture is near the way of the ego; 1 with a goal.

    Args:
        cues: cells that were never seen are no furniture.
        velocity: (B, 2) of the egos over the floor, m/s.
    """
    in_way = (cues.occupancy[..., _LOW:_HIGH] == OCCUPIED).any(-1).flatten(1)
    columns = column_centres(velocity.device, velocity.dtype)
    way = velocity * _AHEAD_S
    along = (way @ columns.mT) / (way * way).sum(-1, keepdim=True).clamp_min(CELL**2)
    passed = along.clamp(0, 1)[..., None] * way[:, None]
    gap = (columns - passed).norm(dim=-1).masked_fill(~in_way, torch.inf).amin(-1)
    furniture = _falling(gap, _TOUCHING, _CLEAR) * cues.scene_known
    return torch.where(cues.goal_known, 1.0, furniture)


def _falling(values: Tensor, full: float, none: float) -> Tensor:
    """1 up to `full`, 0 from `none` on, straight in between."""
    return ((none - values) / (none - full)).clamp(0, 1)
