"""Who is in a room drawn by hand, and who went out of it."""

from __future__ import annotations

import pytest
import torch

from remogen_ros.cues.occupancy import FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.evaluation.extent import RoomExtent, share_outside
from test.data.bodies import standing, walking


def room(outside: int = UNSEEN) -> OccupancyGrid:
    """Two posts in a grid of x from -1 to 2, y from -2 to 2 m.

    One is at x from -0.5 to -0.4, y from -1.0 to -0.9 m, the other at x from 0.5 to 0.6, y from 1.0
    to 1.1 m, and hangs above the floor.
    """
    cells = torch.full((30, 40, 20), FREE, dtype=torch.uint8)
    cells[5, 10, :] = OCCUPIED
    cells[15, 30, 12] = OCCUPIED
    return OccupancyGrid(cells, torch.tensor([-1.0, -2.0, 0.0]), outside)


@pytest.mark.parametrize(
    ("x", "y", "outside"),
    [
        (0.0, 0.0, False),
        (-0.49, -0.99, False),
        (0.59, 1.09, False),  # a cell ends where it ends, not in its middle
        (-0.51, 0.0, True),
        (0.61, 0.0, True),
        (0.0, -1.01, True),
        (0.0, 1.11, True),
        (1.5, 0.0, True),  # of the grid, but not of the room
        (9.0, 9.0, True),
    ],
)
def test_a_room_ends_with_its_last_occupied_cells(x: float, y: float, outside: bool) -> None:
    assert bool(RoomExtent(room()).outside(torch.tensor([x, y]))) is outside
    assert bool(RoomExtent(room(OCCUPIED)).outside(torch.tensor([x, y]))) is outside


def test_a_body_glides_out_of_a_room() -> None:
    """At 0.1 m a frame, from x = 0.05 m on: beyond 0.6 m from the seventh frame on."""
    body = walking(10).joints() + torch.tensor([0.05, 0.0, 0.0])
    extent = RoomExtent(room())
    assert float(share_outside(body, extent)) == pytest.approx(0.4)
    valid = torch.arange(10) < 8
    assert float(share_outside(body, extent, valid)) == pytest.approx(2 / 8)
    assert float(share_outside(body[:6], extent)) == 0.0
    # Hands may be through a door.
    wide = standing(2).joints() + torch.tensor([0.0, 1.0, 0.0])
    assert float(wide[..., 1].max()) > 1.1 and float(share_outside(wide, extent)) == 0.0
    assert share_outside(body, extent, torch.zeros(10, dtype=torch.bool)).isnan()


def test_what_has_no_end_cannot_be_left() -> None:
    empty = OccupancyGrid(torch.full((4, 4, 4), FREE, dtype=torch.uint8), torch.zeros(3))
    for grid in (empty, room(FREE)):
        extent = RoomExtent(grid)
        assert not extent.known and not bool(extent.outside(torch.tensor([9.0, 9.0])))
        assert share_outside(walking(10).joints(), extent).isnan()
