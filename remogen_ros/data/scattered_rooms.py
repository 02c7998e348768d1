"""Synthetic rooms around real motion: upright boxes, scattered where the person never goes.

They teach the scene adapter that occupied cells are walked around, and what a goal is. Nothing
measured on them is a result on a real room.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

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
_FLAT = 1e-9
"""Slope below which a box's edge counts as level: it is divided by."""

_PIECE = 64
"""Rooms that are looked at together, so that the processor's cache holds them."""

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
        turn = frame.rotation[:, :2, :2]
        centre = (self.centre - frame.origin[:, None, :2]) @ turn
        # Boxes in front, egos last: what is alike then lies side by side in memory.
        centre, axis, half = (
            each.movedim(0, -1).contiguous() for each in (centre, self.axis @ turn, self.half)
        )
        heights = _cells_high(centre, axis, half, self.height.T.contiguous())
        blind = (self.blind[:, None, :2] @ turn)[:, 0]
        hidden = _column_directions(blind.device) @ blind.T > self.blind[:, 2]
        unseen = hidden.view(torch.uint8) * (EGO_CELLS[2] + 1)
        columns = torch.maximum(heights.flatten(0, 1), unseen)
        states = _column_states(columns.device)
        return states.index_select(0, columns.T.flatten().int()).view(-1, *EGO_CELLS)

    def to(self, device: torch.device | str) -> ScatteredRooms:
        """The same on another device."""
        return ScatteredRooms(
            self.centre.to(device),
            self.axis.to(device),
            self.half.to(device),
            self.height.to(device),
            self.blind.to(device),
        )


def _cells_high(centre: Tensor, axis: Tensor, half: Tensor, height: Tensor) -> Tensor:
    """(32, 32, B) uint8, how many cells of each column around an ego are filled from the floor up.

    Each row of columns, at one x, runs through a box from one y to another.

    Args:
        centre, axis, half: (K, 2, B) of K boxes, as in `ScatteredRooms` but seen from the egos.
        height: (K, B).
    """
    device = centre.device
    rows = (torch.arange(EGO_CELLS[0], device=device) + 0.5 - EGO_CELLS[0] / 2)[:, None] * CELL
    beside = rows - centre[:, 0, None]
    first, second = axis[:, 0, None], axis[:, 1, None]
    left, right = _run(beside * first, second, half[:, 0, None])
    left_across, right_across = _run(-beside * second, first, half[:, 1, None])
    left, right = torch.maximum(left, left_across), torch.minimum(right, right_across)
    middle = centre[:, 1, None] / CELL + EGO_CELLS[1] / 2 - 0.5
    start = (left / CELL + middle).ceil().clamp(0, EGO_CELLS[1])
    count = ((right / CELL + middle).floor().clamp(-1, EGO_CELLS[1] - 1) - start + 1).clamp_min(0)
    levels = (torch.arange(EGO_CELLS[2], device=device) + 0.5) * CELL
    high = torch.bucketize(height, levels).byte()
    columns = torch.arange(EGO_CELLS[1], dtype=torch.uint8, device=device)[:, None]
    filled = torch.zeros(*EGO_CELLS[:2], centre.shape[-1], dtype=torch.uint8, device=device)
    for box_start, box_count, box_high in zip(start.byte(), count.byte(), high, strict=True):
        # Before the start the difference wraps round, to more than any count.
        inside = (columns - box_start[:, None]) < box_count[:, None]
        torch.maximum(filled, inside.view(torch.uint8) * box_high, out=filled)
    return filled


def _run(offset: Tensor, slope: Tensor, half: Tensor) -> tuple[Tensor, Tensor]:
    """From where to where |offset + slope * y| <= half."""
    offset = offset * torch.where(slope < 0, -1.0, 1.0)
    steep = slope.abs().clamp_min(_FLAT)
    return (-half - offset) / steep, (half - offset) / steep


@cache
def _column_directions(device: torch.device) -> Tensor:
    """(32 * 32, 2) unit vectors from the ego to the columns around it."""
    axes = [torch.arange(n, device=device) + 0.5 - n / 2 for n in EGO_CELLS[:2]]
    grid = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
    return torch.nn.functional.normalize(grid.flatten(0, 1), dim=-1)


@cache
def _column_states(device: torch.device) -> Tensor:
    """(22, 20) uint8: columns of which 0 .. 20 cells are filled, and an unseen one."""
    levels = torch.arange(EGO_CELLS[2])
    filled = levels < torch.arange(EGO_CELLS[2] + 1)[:, None]
    unseen = torch.full((1, EGO_CELLS[2]), UNSEEN)
    states = torch.cat((torch.where(filled, OCCUPIED, FREE), unseen))
    return states.to(device, torch.uint8)


def _distance(rooms: ScatteredRooms, points: Tensor) -> Tensor:
    """(B, N, 2) points -> (B, K) metres from each box to the nearest of them, 0 inside it."""
    first, second = rooms.axis.unbind(-1)
    axes = torch.cat((rooms.axis, torch.stack((-second, first), dim=-1)), dim=1)
    middle = (axes * rooms.centre.repeat(1, 2, 1)).sum(-1, keepdim=True)
    half = rooms.half.mT.flatten(1)[..., None]
    nearest = []
    for piece in torch.arange(len(points)).split(_PIECE):
        beyond = torch.baddbmm(middle[piece], axes[piece], points[piece].mT, beta=-1)
        beyond = beyond.abs_().sub_(half[piece]).clamp_min_(0).square_()
        along, across = beyond.chunk(2, dim=1)
        nearest.append((along.add_(across)).amin(-1))
    return torch.cat(nearest).sqrt()


def scatter(joints: Tensor, random: torch.Generator) -> ScatteredRooms:
    """Furnish the surroundings of a batch of motions.

    Args:
        joints: (B, T, 22, 3) everything the person does in the window, world metres.
        random: source of randomness, on the same device.
    """
    batch = len(joints)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(batch, *shape, generator=random, device=random.device)

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
    apart = _distance(kept, joints[..., :2].flatten(1, 2))
    height = torch.where(apart > CLEARANCE, kept.height, torch.zeros_like(kept.height))
    return ScatteredRooms(kept.centre, kept.axis, kept.half, height, kept.blind)


def _blind_sector(batch: int, random: torch.Generator) -> Tensor:
    facing, half_angle, none = (
        torch.rand(batch, generator=random, device=random.device) for _ in range(3)
    )
    facing, half_angle = facing * 2 * torch.pi, half_angle * torch.pi / 2
    cosine = torch.where(none > _UNSEEN_SECTOR, torch.full_like(facing, 2.0), half_angle.cos())
    return torch.stack((facing.cos(), facing.sin(), cosine), dim=-1)
