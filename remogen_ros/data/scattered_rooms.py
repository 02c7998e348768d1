"""Synthetic rooms around real motion: upright boxes, scattered where the person never goes.

They teach the scene adapter that occupied cells are walked around, and what a goal is. Nothing
measured on them is a result on a real room.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.cues.occupancy import CELL, EGO_CELLS, FREE, OCCUPIED, UNSEEN
from remogen_ros.motion.canonical import CanonicalFrame

BOXES = 14
"""Boxes thrown per room; those in the person's way are taken out."""

CLEARANCE = 0.15
"""Least distance between a box and any joint, metres."""

_REACH = 3.0
_SHORTEST_HALF_EDGE, _LONGEST_HALF_EDGE = 0.15, 0.8
_LOWEST, _HIGHEST = 0.3, 2.0
_UNSEEN_SECTOR = 0.5
"""Probability that a sector around the ego is unseen, as behind a camera."""


@dataclass(frozen=True)
class ScatteredRooms:
    """Upright boxes of a batch of rooms.

    Attributes:
        centre: (B, K, 2) metres in the world.
        axis: (B, K, 2) unit vectors, the first edge's direction.
        half: (B, K, 2) half edge lengths, metres.
        height: (B, K) metres; 0 for a box that was taken out.
        blind: (B, 3) direction (world, unit) and cosine of the half angle of an unseen sector.
    """

    centre: Tensor
    axis: Tensor
    half: Tensor
    height: Tensor
    blind: Tensor

    def ego_occupancy(self, frame: CanonicalFrame) -> Tensor:
        """(B) canonical frames -> (B, 32, 32, 20) uint8 cell states."""
        columns = _column_centres(frame.origin)
        world = frame.points_to_world(columns)[..., :2]
        tall = _height_at(self, world)
        levels = (torch.arange(EGO_CELLS[2]) + 0.5) * CELL
        occupied = tall[..., None] > levels
        states = torch.where(occupied, OCCUPIED, FREE).to(torch.uint8)
        direction = torch.nn.functional.normalize(world - frame.origin[:, None, :2], dim=-1)
        hidden = (direction * self.blind[:, None, :2]).sum(-1) > self.blind[:, None, 2]
        states = torch.where(hidden[..., None], torch.full_like(states, UNSEEN), states)
        return states.unflatten(1, EGO_CELLS[:2])


def _column_centres(origin: Tensor) -> Tensor:
    half = torch.tensor(EGO_CELLS[:2]) / 2
    grid = torch.meshgrid(*(torch.arange(n) for n in EGO_CELLS[:2]), indexing="ij")
    xy = (torch.stack(grid, dim=-1) + 0.5 - half) * CELL
    flat = torch.cat((xy.flatten(0, 1), torch.zeros(xy.shape[0] * xy.shape[1], 1)), dim=-1)
    return flat.to(origin).expand(len(origin), -1, -1)


def _outside(rooms: ScatteredRooms, points: Tensor) -> Tensor:
    """(B, N, 2) points -> (B, N, K) metres from each box, 0 inside it."""
    relative = points[:, :, None] - rooms.centre[:, None]
    along = (relative * rooms.axis[:, None]).sum(-1)
    normal = torch.stack((-rooms.axis[..., 1], rooms.axis[..., 0]), dim=-1)
    across = (relative * normal[:, None]).sum(-1)
    beyond = torch.stack((along, across), dim=-1).abs() - rooms.half[:, None]
    return beyond.clamp_min(0).norm(dim=-1)


def _height_at(rooms: ScatteredRooms, points: Tensor) -> Tensor:
    inside = _outside(rooms, points) == 0
    return torch.where(inside, rooms.height[:, None], 0.0).amax(-1)


def scatter(joints: Tensor, random: torch.Generator) -> ScatteredRooms:
    """Furnish the surroundings of a batch of motions.

    Args:
        joints: (B, T, 22, 3) everything the person does in the window, world metres.
        random: source of randomness.
    """
    batch = len(joints)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(batch, *shape, generator=random)

    path = joints[:, :, 0, :2]
    low, high = path.amin(1) - _REACH, path.amax(1) + _REACH
    turn = uniform(BOXES) * torch.pi
    kept = ScatteredRooms(
        centre=low[:, None] + uniform(BOXES, 2) * (high - low)[:, None],
        axis=torch.stack((turn.cos(), turn.sin()), dim=-1),
        half=_SHORTEST_HALF_EDGE + uniform(BOXES, 2) * (_LONGEST_HALF_EDGE - _SHORTEST_HALF_EDGE),
        height=_LOWEST + uniform(BOXES) * (_HIGHEST - _LOWEST),
        blind=_blind_sector(batch, random),
    )
    apart = _outside(kept, joints.flatten(1, 2)[..., :2]).amin(1)
    height = torch.where(apart > CLEARANCE, kept.height, torch.zeros_like(kept.height))
    return ScatteredRooms(kept.centre, kept.axis, kept.half, height, kept.blind)


def _blind_sector(batch: int, random: torch.Generator) -> Tensor:
    facing = torch.rand(batch, generator=random) * 2 * torch.pi
    half_angle = torch.rand(batch, generator=random) * torch.pi / 2
    none = torch.rand(batch, generator=random) > _UNSEEN_SECTOR
    cosine = torch.where(none, torch.full_like(facing, 2.0), half_angle.cos())
    return torch.stack((facing.cos(), facing.sin(), cosine), dim=-1)
