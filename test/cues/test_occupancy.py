from __future__ import annotations

import math

import torch

from remogen_ros.cues.occupancy import (
    EGO_CELLS,
    FREE,
    OCCUPIED,
    UNSEEN,
    OccupancyGrid,
    ego_occupancy,
)
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.rotations import yaw_matrix


def room_with_one_cell(x: int, y: int, z: int) -> OccupancyGrid:
    cells = torch.full((100, 100, 20), FREE, dtype=torch.uint8)
    cells[x, y, z] = OCCUPIED
    return OccupancyGrid(cells, torch.tensor([-5.0, -5.0, 0.0]))


def ego_at(x: float, y: float, yaw: float) -> CanonicalFrame:
    return CanonicalFrame(yaw_matrix(torch.tensor(yaw)), torch.tensor([x, y, 0.0]))


def test_a_known_point_lies_in_its_cell() -> None:
    grid = room_with_one_cell(60, 47, 12)
    points = torch.tensor([[1.05, -0.25, 1.25], [1.05, -0.25, 1.35], [9.0, 0.0, 0.5]])
    assert grid.state_at(points).tolist() == [OCCUPIED, FREE, UNSEEN]


def test_a_cell_ahead_is_seen_ahead_and_one_to_the_left_to_the_left() -> None:
    ahead = ego_occupancy(room_with_one_cell(60, 50, 3), ego_at(0, 0, 0))
    # 1.0 .. 1.1 m ahead is cell 26 of 32, where cell 16 starts at the ego.
    assert torch.nonzero(ahead == OCCUPIED).tolist() == [[26, 16, 3]]
    left = ego_occupancy(room_with_one_cell(50, 60, 3), ego_at(0, 0, 0))
    assert torch.nonzero(left == OCCUPIED).tolist() == [[16, 26, 3]]


def test_turning_the_ego_turns_its_view() -> None:
    # Facing +y, a cell at +y is ahead.
    turned = ego_occupancy(room_with_one_cell(49, 60, 3), ego_at(0, 0, math.pi / 2))
    assert torch.nonzero(turned == OCCUPIED).tolist() == [[26, 16, 3]]


def test_unknown_rooms_and_what_is_out_of_the_grid_are_unseen() -> None:
    nothing = ego_occupancy(None, ego_at(0, 0, 0))
    assert nothing.shape == EGO_CELLS and nothing.eq(UNSEEN).all()
    at_the_edge = ego_occupancy(room_with_one_cell(0, 0, 0), ego_at(5.0, 0.0, 0.0))
    assert at_the_edge[:16].eq(FREE).all() and at_the_edge[16:].eq(UNSEEN).all()
