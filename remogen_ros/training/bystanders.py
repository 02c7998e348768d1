"""Bystanders: others who are there and mean somebody else. People are seldom alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from remogen_ros.motion.rotations import yaw_matrix
from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.training.batches import Source, Window
from remogen_ros.training.randomness import Randomness

_NEAREST, _FARTHEST = 1.0, 4.0
"""Of a bystander from the ego, in the middle of the window, metres."""

_CLEAR = 0.8
"""Of a bystander's pelvis from that of anybody else, at any frame, metres: nobody stands in them,
nor between them where they touch."""

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
    positions: list[Tensor] = []
    reported = []
    for joints, seen in others:
        placed, room = placed_aside(joints, (window.partner, *positions), egos, random.device)
        there = room & random.chance(share, rows)
        positions.append(placed)
        reported.append(seen & there[:, None, None])
    return replace(
        window, bystanders=torch.stack(positions, 1), bystanders_seen=torch.stack(reported, 1)
    )


def placed_aside(
    joints: Tensor, others: Sequence[Tensor], egos: Tensor, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Somebody beside each ego, at some place, turned some way.

    What they do is meant for somebody: that it is not the ego, tells only where they look and go.

    Args:
        joints: (B, T, 22, 3) theirs in any world, metres, z up.
        others: (B, T, 22, 3) each, who is there already, in the worlds of the egos.
        egos: (B, T', 22, 3), simultaneous with the last T' frames.
        random: source of randomness, on the same device.

    Returns:
        (B, T, 22, 3) the joints in the worlds of the egos, and (B,) bool, for whom there was room.
    """
    (batch, frames), pelvis = joints.shape[:2], JOINT_INDEX["pelvis"]
    before, middle = frames - egos.shape[1], egos.shape[1] // 2

    def uniform() -> Tensor:
        return torch.rand(batch, _TRIES, generator=random, device=random.device)

    turn, angle = 2 * math.pi * uniform(), 2 * math.pi * uniform()
    distance = _NEAREST + (_FARTHEST - _NEAREST) * uniform()
    aside = distance[..., None] * torch.stack((angle.cos(), angle.sin()), -1)
    places = egos[:, None, middle, pelvis, :2] + aside  # (B, tries, 2)
    turns = yaw_matrix(turn)[..., :2, :2]
    flat = joints[..., :2] - joints[:, None, before + middle, pelvis, None, :2]

    walked = torch.einsum("btij,bfj->btfi", turns, flat[:, :, pelvis]) + places[:, :, None]
    gaps = [(walked - other[:, None, :, pelvis, :2]).norm(dim=-1).amin(-1) for other in others]
    gaps.append((walked[:, :, before:] - egos[:, None, :, pelvis, :2]).norm(dim=-1).amin(-1))
    clear, chosen = torch.stack(gaps).amin(0).max(-1)

    row = torch.arange(batch, device=joints.device)
    turned = torch.einsum("bij,bfkj->bfki", turns[row, chosen], flat)
    placed = turned + places[row, chosen][:, None, None]
    return torch.cat((placed, joints[..., 2:]), -1), clear >= _CLEAR
