"""What of the people and the room matters to an ego, and what does not."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from remogen_ros.cues.partners import PartnerWindow, partner_features
from remogen_ros.streaming.relevance import People, relevance_of_room
from test.streaming.surroundings import HERE, STILL, people, person, room, senses


def met(*tracks: Tensor) -> tuple[float, float]:
    """Relevance of these people, and whether one is met face to face."""
    window = people(*tracks)
    batch = PartnerWindow(window.positions[None], window.valid[None])
    found = People.of(partner_features(batch, HERE))
    return float(found.relevance), float(found.encounter)


def furniture(*boxes: tuple[float, float], velocity: tuple[float, float] = (0.0, 0.0)) -> float:
    """Relevance of a room with these columns to an ego that goes so fast."""
    cues = senses(occupancy=room(*boxes)).cues(HERE)
    return float(relevance_of_room(cues, torch.tensor([velocity])))


def test_somebody_face_to_face_matters_wholly_up_to_where_social_distance_ends() -> None:
    assert met(person(1.0)) == pytest.approx((1.0, 1.0), abs=1e-5)
    assert met(person(3.5)) == pytest.approx((1.0, 0.0), abs=1e-5)
    assert met(person(4.8))[0] == pytest.approx(0.5, abs=0.02)
    assert met(person(6.1)) == (0.0, 0.0)
    assert met() == (0.0, 0.0)


def test_who_is_turned_away_matters_less_and_is_not_met() -> None:
    beside = met(person(1.0, bearing=math.pi / 2, turned=math.pi / 2))
    behind = met(person(1.0, bearing=math.pi, turned=math.pi))
    assert 1.0 > beside[0] > behind[0] == pytest.approx(0.5, abs=1e-5)
    assert beside[1] < 0.3 and behind[1] == pytest.approx(0.0, abs=1e-5)


def test_who_comes_nearer_matters_even_from_behind() -> None:
    from_behind = {"bearing": math.pi, "turned": math.pi / 2}
    still = met(person(2.0, **from_behind))[0]
    slow = met(person(2.0, **from_behind, speed=0.7))[0]
    brisk = met(person(2.0, **from_behind, speed=1.0))[0]
    leaving = met(person(2.0, **from_behind, speed=-1.0))[0]
    assert still == leaving < slow < brisk == pytest.approx(1.0, abs=1e-5)


def test_who_was_not_seen_half_a_second_ago_is_not_said_to_come_nearer() -> None:
    window = people(person(2.0, bearing=math.pi, turned=math.pi, speed=1.0))
    window.valid[:, :-2] = False
    batch = PartnerWindow(window.positions[None], window.valid[None])
    assert float(People.of(partner_features(batch, HERE)).relevance) == pytest.approx(0.5, abs=1e-5)


def test_who_is_not_seen_now_does_not_matter() -> None:
    window = people(person(1.0))
    window.valid[:, -1] = False
    batch = PartnerWindow(window.positions[None], window.valid[None])
    found = People.of(partner_features(batch, HERE))
    assert float(found.relevance) == float(found.encounter) == 0.0


def test_of_several_people_the_one_counts_who_matters_most() -> None:
    near, far = person(1.5), person(5.0, bearing=2.0, turned=1.0)
    assert met(near, far) == met(far, near) == met(near)


def test_furniture_in_the_way_matters_and_furniture_behind_does_not() -> None:
    assert furniture((1.2, 0.0)) == 0.0
    assert furniture((1.2, 0.0), velocity=(1.0, 0.0)) == 1.0
    assert furniture((1.2, 0.0), velocity=(-1.0, 0.0)) == 0.0
    assert furniture((1.2, 0.0), velocity=(0.0, 1.0)) == 0.0
    assert 0.0 < furniture((0.0, 0.6)) < 1.0
    beside = pytest.approx(furniture((0.0, 0.6)), abs=0.02)
    assert furniture((0.0, 0.6), velocity=(1.0, 0.0)) == beside
    assert furniture((0.0, 0.6), (0.0, -0.4)) == furniture((0.0, -0.4))


def test_an_unknown_room_does_not_matter_and_a_goal_always_does() -> None:
    assert float(relevance_of_room(senses().cues(HERE), STILL)) == 0.0
    assert float(relevance_of_room(senses(goal=(2.0, 0.0, 0.0)).cues(HERE), STILL)) == 1.0


def test_what_heads_pass_under_and_feet_step_on_is_not_in_the_way() -> None:
    grid = room()
    grid.cells[:, :, 0] = grid.cells[:, :, 18:] = 1
    cues = senses(occupancy=grid).cues(HERE)
    assert float(relevance_of_room(cues, STILL)) == 0.0
