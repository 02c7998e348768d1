"""Bystanders: others who are there and mean somebody else. People are seldom alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.training.batches import Source, Window
from remogen_ros.training.randomness import Randomness

_NEAREST, _FARTHEST = 1.0, 4.0
"""Of a bystander from the ego, in the middle of the window, metres."""

_CLEAR = 0.8
"""Of a bystander's pelvis from that of the ego and of the partner, at any frame, metres: nobody
stands in them, nor between them where they touch."""

_TRIES = 8

_THERE = 0.7
"""Chance that a bystander is there."""


@dataclass(frozen=True)
class CrowdedSource:
    """Pairs among bystanders: whoever learns from them learns whom to heed.

    Attributes:
        pairs: windows with a partner.
        most: bystanders of an ego at most, of whom each is there or not.
    """

    pairs: Source
    most: int = 3

    @property
    def digest(self) -> str:
        """See `Source`."""
        return self.pairs.digest

    def draw(self, batch: int, frames: int, random: Randomness) -> Window:
        """See `Source`."""
        return crowded(self.pairs.draw(batch, frames, random), self.most, random)


def crowded(window: Window, most: int, random: Randomness, share: float = _THERE) -> Window:
    """A window of pairs, each with other pairs' partners around it; alone where one is drawn.

    Args:
        window: of which every ego has a partner.
        most: bystanders at most.
        random: where they are, and whether.
        share: of the egos beside whom each of them is, where there is room.
    """
    if window.partner is None:
        return window
    seen = window.partner_seen
    if seen is None:
        seen = torch.ones_like(window.partner[..., 0], dtype=torch.bool)
    others = range(1, min(most, len(window.text) - 1) + 1)
    people = [(window.partner.roll(other, 0), seen.roll(other, 0)) for other in others]
    return beset(window, people, random, share)


def beset(
    window: Window, others: Sequence[tuple[Tensor, Tensor]], random: Randomness, share: float = 1.0
) -> Window:
    """A window of pairs with others around them.

    Args:
        window: of which every ego has a partner.
        others: (B, T + 15, 22, 3) joints of each in any world, and (B, T + 15, 22) bool, which are
            reported.
        random, share: as for `crowded`.
    """
    if window.partner is None or not others:
        return window
    egos, rows = window.motion.joints(), len(window.text)
    positions, reported = [], []
    for joints, seen in others:
        placed, room = placed_aside(joints, window.partner, egos, random.device)
        there = room & random.chance(share, rows)
        positions.append(placed)
        reported.append(seen & there[:, None, None])
    return replace(
        window, bystanders=torch.stack(positions, 1), bystanders_seen=torch.stack(reported, 1)
    )


def placed_aside(
    others: Tensor, partners: Tensor, egos: Tensor, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Somebody beside each pair, at some place, turned some way.

    What they do is meant for somebody: that it is not the ego, tells only where they look and go.

    Args:
        others: (B, T, 22, 3) their joints in any world, metres, z up.
        partners: (B, T, 22, 3) joints in the worlds of the egos.
        egos: (B, T', 22, 3), simultaneous with the last T' frames.
        random: source of randomness, on the same device.

    Returns:
        (B, T, 22, 3) the joints of the others in the worlds of the egos, and (B,) bool, for whom
        there was room.
    """
    batch, pelvis = len(partners), JOINT_INDEX["pelvis"]

    def uniform() -> Tensor:
        return torch.rand(batch, _TRIES, generator=random, device=random.device)

    turn, angle = 2 * math.pi * uniform(), 2 * math.pi * uniform()
    distance = _NEAREST + (_FARTHEST - _NEAREST) * uniform()
    aside = distance[..., None] * torch.stack((angle.cos(), angle.sin()), -1)
    middle = others.shape[1] - egos.shape[1] // 2 - 1
    centre = others[:, middle, pelvis, :2]
    place = egos[:, egos.shape[1] // 2, pelvis, :2][:, None] + aside
    rotation = torch.stack((turn.cos(), -turn.sin(), turn.sin(), turn.cos()), -1)
    rotation = rotation.unflatten(-1, (2, 2))  # (B, tries, 2, 2)
    walked = others[:, :, pelvis, :2] - centre[:, None]
    paths = torch.einsum("btij,bfj->btfi", rotation, walked) + place[:, :, None]
    gaps = [(paths - partners[:, None, :, pelvis, :2]).norm(dim=-1).amin(-1)]
    simultaneous = paths[:, :, others.shape[1] - egos.shape[1] :]
    gaps.append((simultaneous - egos[:, None, :, pelvis, :2]).norm(dim=-1).amin(-1))
    clear, chosen = torch.minimum(*gaps).max(-1)
    row = torch.arange(batch, device=partners.device)
    level = torch.einsum(
        "bij,bfkj->bfki", rotation[row, chosen], others[..., :2] - centre[:, None, None]
    )
    level = level + place[row, chosen][:, None, None]
    return torch.cat((level, others[..., 2:]), -1), clear >= _CLEAR
