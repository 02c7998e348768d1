"""Ways go round furniture, and a walk that is bent along one keeps its steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remogen_ros.data.rooms.bending import bent_along
from remogen_ros.data.rooms.furnished_room import Furnishing
from remogen_ros.data.rooms.paths import CLEARANCE, Floor, Path
from remogen_ros.motion.legs import Feet
from test.data.mesh_files import box
from test.data.rooms.furniture_files import furnished_room, room
from test.data.walks import slide, stepping


def circle(radius: float, angle: float) -> Path:
    """A left turn that begins at the origin along x."""
    count = round(radius * angle / 0.05) + 1
    turn = np.linspace(0, angle, count)
    return Path(radius * np.stack((np.sin(turn), 1 - np.cos(turn)), axis=-1))


def test_a_path_by_hand() -> None:
    path = Path(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    points, yaws = path.at(np.array([0.5, 2.5, -0.5]))
    assert points.tolist() == [[0.5, 0.0], [2.5, 0.0], [-0.5, 0.0]]
    assert yaws.tolist() == [0.0, 0.0, 0.0] and path.length == 2.0


def test_ways_keep_their_distance_and_arrive_as_asked() -> None:
    floor = Floor(furnished_room())
    random = np.random.default_rng(0)
    end = np.array([4.2, 2.0])
    ways = [floor.way(end, (2.0, 6.0), random, yaw=0.0) for _ in range(40)]
    found = [way for way in ways if way is not None]
    assert len(found) > 20
    for way in found:
        assert way.points[-1] == pytest.approx(end)
        assert 2.0 < way.length < 6.0
        assert abs(way.yaws[-1]) < 0.1
        assert (floor.clearance(way.points[:-14]) > CLEARANCE - 0.06).all()
    behind = [way for way in found if way.points[0, 0] < 1.8 and 1.6 < way.points[0, 1] < 2.4]
    assert behind, "some have to go round the cupboard"
    assert all(way.length > 2.6 for way in behind)


def test_there_is_no_way_through_a_wall() -> None:
    divided = room(Furnishing(box((2.5, 0.0, 0.0), (2.6, 4.0, 2.4), "")))
    floor, random = Floor(divided), np.random.default_rng(0)
    for _ in range(20):
        way = floor.way(np.array([4.0, 2.0]), (0.5, 6.0), random)
        assert way is None or (way.points[:, 0] > 2.6).all()
    assert floor.way(np.array([2.55, 2.0]), (0.5, 6.0), random) is None, "ends within the wall"
    assert floor.way(np.array([9.0, 9.0]), (0.5, 6.0), random) is None, "ends outside"


def test_ways_begin_where_they_may() -> None:
    floor, random = Floor(furnished_room()), np.random.default_rng(0)
    left = floor.places()[:, 0] < 1.5
    ways = [floor.way(np.array([4.2, 2.0]), (1.0, 6.0), random, starts=left) for _ in range(10)]
    assert all(way.points[0, 0] < 1.5 for way in ways if way is not None)
    assert any(way is not None for way in ways)


@settings(deadline=None, max_examples=20)
@given(radius=st.floats(0.8, 3.0), stretch=st.floats(0.92, 1.08))
def test_a_bent_walk_follows_the_path_and_does_not_slide(radius: float, stretch: float) -> None:
    walk = stepping(41)
    length = float(walk.root_positions[-1, 0])
    path = circle(radius, length * stretch / radius)
    bent = bent_along(walk, path)
    assert bent is not None
    away = np.linalg.norm(
        bent.root_positions[:, None, :2].numpy() - path.points[None], axis=-1
    ).min(1)
    assert away.max() < 0.04
    heading = torch.atan2(bent.rotations[:, 0, 1, 0], bent.rotations[:, 0, 0, 0]).numpy()
    assert np.unwrap(heading)[[0, -1]] == pytest.approx(path.yaws[[0, -1]], abs=0.03)
    assert slide(walk) < 0.02 and slide(bent) < 0.04
    assert float(Feet.of(bent).ankles[..., 2].min()) > 0.06


def test_a_walk_along_a_straight_path_stays_nearly_as_it_is() -> None:
    walk = stepping(41)
    length = float(walk.root_positions[-1, 0])
    path = Path(np.stack((np.linspace(0, length, 40), np.zeros(40)), axis=-1))
    bent = bent_along(walk, path)
    assert bent is not None
    assert float((bent.joints() - walk.joints()).norm(dim=-1).max()) < 0.015


def test_a_walk_that_does_not_fit_is_refused() -> None:
    assert bent_along(stepping(41), circle(2.0, 3.0)) is None
