"""Steps that are shortened, and those that are not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from remogen_ros.cues.occupancy import OCCUPIED, OccupancyGrid
from remogen_ros.cues.partners import PartnerWindow
from remogen_ros.embodiment.root_steps import (
    Obstacles,
    clear_of_people,
    clear_of_room,
    no_faster,
    people_places,
)

HERE = np.array((0.0, 0.0, 0.9))


def step(x: float, y: float, z: float = 0.0) -> np.ndarray:
    return np.array((x, y, z))


def room(*boxes: tuple[slice, slice, slice]) -> Obstacles:
    """4 m x 4 m x 2 m around the origin; cell (20, 20, 0) begins there."""
    cells = torch.zeros(40, 40, 20, dtype=torch.uint8)
    for box in boxes:
        cells[box] = OCCUPIED
    return Obstacles.of(OccupancyGrid(cells, torch.tensor((-2.0, -2.0, 0.0))))


WALL = (slice(23, 24), slice(None), slice(None))
"""A wall from x = 0.3 to 0.4, along y."""


def window(*people: list[tuple[float, float] | None]) -> PartnerWindow:
    """The first joints of each person at the tick; None: not seen."""
    positions = torch.zeros(len(people), 16, 22, 3)
    valid = torch.zeros(len(people), 16, 22, dtype=torch.bool)
    for person, joints in enumerate(people):
        for joint, place in enumerate(joints):
            if place is not None:
                positions[person, -1, joint, :2] = torch.tensor(place)
                valid[person, -1, joint] = True
    return PartnerWindow(positions, valid)


def test_no_faster_by_hand():
    short = step(0.3, 0.4)
    assert no_faster(short, 0.5) is short
    assert no_faster(step(0.6, 0.0, 0.8), 0.5) == pytest.approx((0.3, 0.0, 0.4))


def test_people_are_where_their_pelvis_is_or_else_what_is_seen_of_them():
    seen = window([(1.0, 2.0), (9.0, 9.0)], [None, (1.0, 0.0), (3.0, 4.0)], [None])
    assert people_places(seen) == pytest.approx(np.array([(1.0, 2.0), (2.0, 2.0)]))
    assert people_places(PartnerWindow.nobody()).shape == (0, 2)


def test_a_place_that_is_not_finite_is_nobody():
    seen = window([(1.0, 2.0)])
    seen.positions[..., 0, 0] = torch.nan
    assert people_places(seen).shape == (0, 2)


@pytest.mark.parametrize(
    "asked, allowed",
    [
        (step(0.1, 0.0), None),  # to 0.4 m: just as near as allowed
        (step(0.2, 0.0), (0.1, 0.0, 0.0)),
        (step(0.2, 0.1, 0.05), (0.1, 0.1, 0.05)),  # the way round stays
        (step(-0.3, 0.0), None),
        (step(0.0, 0.3), None),
        (step(1.2, 0.0), (0.1, 0.0, 0.0)),  # not through the person either
    ],
)
def test_nobody_is_approached_beyond_the_distance(asked: np.ndarray, allowed: tuple | None):
    found = clear_of_people(HERE, asked, np.array([(0.5, 0.0)]), 0.4)
    if allowed is None:
        assert found is asked
    else:
        assert found == pytest.approx(allowed)


def test_who_is_too_near_already_is_not_approached_but_may_be_left():
    people = np.array([(0.2, 0.0)])
    assert clear_of_people(HERE, step(0.1, 0.0), people, 0.4) == pytest.approx((0, 0, 0))
    away = step(-0.1, 0.0)
    assert clear_of_people(HERE, away, people, 0.4) is away


numbers = st.floats(-1.0, 1.0)
places = st.tuples(numbers, numbers)


@given(st.lists(places, min_size=1, max_size=3), places, st.floats(0.0, 1.0))
def test_no_step_comes_nearer_than_it_may(people: list, asked: tuple, distance: float):
    asked_step, crowd = step(*asked), np.array(people)
    found = clear_of_people(HERE, asked_step, crowd, distance)
    assert np.linalg.norm(found) <= np.linalg.norm(asked_step) + 1e-9
    way = np.linspace(0.0, 1.0, 20)[:, None, None] * found[:2]
    before = np.linalg.norm(crowd, axis=1)
    nearest = np.linalg.norm(crowd - way, axis=-1).min(axis=0)
    assert (nearest >= np.minimum(before, distance) - 1e-6).all()


@pytest.mark.parametrize(
    "asked, allowed",
    [
        (step(0.1, 0.0), None),  # to x = 0.25: the wall begins at 0.3
        (step(0.2, 0.0, 0.1), (0.0, 0.0, 0.1)),
        (step(0.2, 0.1), (0.0, 0.1, 0.0)),  # along the wall
        (step(0.8, 0.0), (0.0, 0.0, 0.0)),  # not through it either
        (step(-0.5, 0.0), None),
    ],
)
def test_no_step_leads_into_a_wall(asked: np.ndarray, allowed: tuple | None):
    points = np.array([(0.15, 0.05, 0.9), (0.15, 0.05, 1.3)])
    found = clear_of_room(points, asked, room(WALL), clearance=0.0)
    if allowed is None:
        assert found is asked
    else:
        assert found == pytest.approx(allowed)


def test_clearance_stops_before_the_wall():
    points, asked = np.array([(0.0, 0.05, 0.9)]), step(0.2, 0.0)
    assert clear_of_room(points, asked, room(WALL), 0.05) is asked
    assert clear_of_room(points, asked, room(WALL), 0.15) == pytest.approx((0, 0, 0))


def test_who_is_inside_already_gets_out():
    asked = step(0.2, 0.0)
    assert clear_of_room(np.array([(0.35, 0.0, 0.9)]), asked, room(WALL), 0.1) is asked


def test_what_the_map_does_not_cover_is_free():
    asked = step(0.2, 0.0)
    for outside in ((1.9, 0.0, 0.9), (0.0, 0.0, 5.0), (-9.0, 0.0, -1.0)):
        assert clear_of_room(np.array([outside]), asked, room(), 0.1) is asked


def test_things_below_the_trunk_are_no_hindrance():
    low = (slice(23, 30), slice(None), slice(0, 3))
    asked = step(0.3, 0.0)
    assert clear_of_room(np.array([(0.1, 0.0, 0.5)]), asked, room(low), 0.1) is asked


@given(
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=40),
    places,
    st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)),
    st.floats(0.0, 0.3),
)
def test_no_step_ends_in_an_occupied_cell(columns: list, place: tuple, asked: tuple, ahead: float):
    full = room(*((slice(x, x + 1), slice(y, y + 1), slice(None)) for x, y in columns))
    points, asked_step = np.array([(*place, 0.9)]), step(*asked)
    found = clear_of_room(points, asked_step, full, ahead)
    assert np.linalg.norm(found) <= np.linalg.norm(asked_step) + 1e-9
    assert not full.hold(points + found).any() or full.hold(points).any()
