"""The synthetic room: closed, with something in it, and nothing where somebody stands."""

from __future__ import annotations

import numpy as np

from remogen_ros.recording.box_room import HALF_EDGE, STANDING, WALL_HEIGHT, box_room
from remogen_ros.recording.camera import Room

MIDDLE = np.array((0.0, 0.0, 1.0))


def directions(count: int) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack((np.cos(angles), np.sin(angles), np.zeros(count)), axis=-1)


def test_one_sees_walls_boxes_and_the_floor() -> None:
    room = Room(box_room(0))
    around = room.distances(MIDDLE, directions(360))
    to_wall = HALF_EDGE / np.abs(directions(360)[:, :2]).max(1)
    assert (around <= to_wall + 1e-3).all(), "the walls are closed"
    assert (around < to_wall - 0.1).any(), "something stands before a wall"
    down = np.array([[0.0, 0.0, -1.0]])
    np.testing.assert_allclose(room.distances(MIDDLE, down), 1.0, atol=1e-6)
    assert np.isinf(room.distances(MIDDLE + (0, 0, WALL_HEIGHT), directions(8))).all()


def test_it_is_the_same_for_the_same_seed() -> None:
    first, again, other = (box_room(seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.vertices, again.vertices)
    assert first.vertices.shape != other.vertices.shape or (first.vertices != other.vertices).any()


def test_nothing_stands_where_somebody_stands() -> None:
    for seed in range(5):
        room = Room(box_room(seed))
        for joint in STANDING:
            assert room.distances(joint, directions(36)).min() > 0.1
