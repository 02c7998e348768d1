"""What is known of the room beforehand reaches the ego, with clouds and without."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from remogen_ros.cues.occupancy import FREE, OCCUPIED, OccupancyGrid
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.room import Room
from remogen_ros.perception.occupancy_config import OccupancyConfig
from test.nodes.log import Log


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room(OccupancyConfig(size=(6.0, 6.0, 2.0)), Ledger(Log()))
    made.start()
    yield made
    made.stop()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def hall(wall: float = 10.0) -> OccupancyGrid:
    """30 m along x, free but for a wall."""
    cells = torch.full((300, 40, 20), FREE, dtype=torch.uint8)
    cells[round(wall * 10)] = OCCUPIED
    return OccupancyGrid(cells, torch.tensor((0.0, -2.0, 0.0)))


def is_wall(room: Room, x: float) -> bool:
    grid = room.grid
    return grid is not None and int(grid.state_at(torch.tensor((x, 0.05, 1.05)))) == OCCUPIED


def test_the_known_room_goes_along_with_the_ego_without_any_cloud(room: Room) -> None:
    room.look_from(np.zeros(3))
    assert room.grid is None
    room.know("scene_file", hall)
    until(lambda: room.grid is not None)
    assert not is_wall(room, 10.05)
    room.look_from(np.array((9.0, 0.0, 0.9)))
    until(lambda: is_wall(room, 10.05))
    grid = room.grid
    room.look_from(np.array((9.1, 0.0, 0.9)))
    time.sleep(0.1)
    assert room.grid is grid, "the map is not made anew for each step"
    room.forget()
    until(lambda: room.grid is not None and not is_wall(room, 10.05))
    room.look_from(np.array((9.1, 0.0, 0.9)))
    until(lambda: is_wall(room, 10.05))


def test_a_newer_map_replaces_the_older_and_a_bad_one_changes_nothing(room: Room) -> None:
    room.know("map", lambda: hall(1.0))
    until(lambda: is_wall(room, 1.05))
    room.know("map", lambda: hall(2.0))
    until(lambda: is_wall(room, 2.05))
    assert not is_wall(room, 1.05)

    def none() -> OccupancyGrid:
        raise ValueError("the map has no cells")

    room.know("map", none)
    dropped = ("map", "malformed")
    until(lambda: room._ledger.counts()[1].get(dropped) == 1)
    room.know("other", lambda: hall(2.5))
    until(lambda: len(room._built) == 2)
    assert is_wall(room, 2.05)
    assert room._ledger.counts()[1][dropped] == 1, "it is tried once"
