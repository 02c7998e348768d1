"""Weights that follow what people and room ask for: bounded, gradual, the same anywhere."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remogen_ros.cues.occupancy import EGO_CELLS, OccupancyGrid
from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow, partner_features
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import yaw_matrix
from remogen_ros.networks.adapter import Cues
from remogen_ros.streaming.auto_mix import NEITHER, PACE, ROOM, AutoMix
from remogen_ros.streaming.cues import ObservedSenses
from remogen_ros.streaming.observation import Observation
from test.data.bodies import walking
from test.motion.strategies import seeds
from test.streaming.surroundings import HERE, STILL, people, person, room, senses

EGOS = 3


def mix(seen: ObservedSenses, velocity: torch.Tensor = STILL) -> tuple[float, float]:
    """Weights of `hhi` and `hsi` at a first tick."""
    found = AutoMix.from_cues(seen.cues(HERE), velocity)
    return float(found.hhi), float(found.hsi)


def anything(random: torch.Generator, partners: int) -> tuple[Cues, torch.Tensor]:
    """Whatever three egos may perceive, and how they move."""
    shape = (EGOS, partners, PARTNER_FRAMES, 22)
    positions = 4 * torch.randn(*shape, 3, generator=random)
    valid = torch.rand(shape, generator=random) < torch.rand(*shape[:2], 1, 1, generator=random)
    positions[~valid] = torch.nan
    frame = HERE
    features = partner_features(PartnerWindow(positions, valid), frame)
    share = torch.rand(EGOS, 1, 1, 1, generator=random) ** 4
    cells = (torch.rand(EGOS, *EGO_CELLS, generator=random) < share).to(torch.uint8)
    known = torch.rand(2, EGOS, generator=random) < 0.5
    cues = Cues(features, valid.flatten(2).any(-1), cells, known[0], torch.zeros(EGOS, 3), known[1])
    return cues, torch.randn(EGOS, 2, generator=random)


@given(seeds, st.integers(0, 3))
@settings(max_examples=40)
def test_weights_stay_in_bounds_and_change_gradually(seed: int, partners: int) -> None:
    random = torch.Generator().manual_seed(seed)
    before: AutoMix | None = None
    for _ in range(5):
        now = AutoMix.from_cues(*anything(random, partners), before)
        for weight in (now.hhi, now.hsi):
            assert weight.shape == (EGOS,)
            assert bool(((weight >= 0) & (weight <= 1)).all())
        total = now.hhi + now.hsi
        assert bool(((total >= 1 - 1e-5) & (total <= 2 + 1e-5)).all())
        if before is not None:
            changes = torch.stack((now.hhi - before.hhi, now.hsi - before.hsi)).abs()
            assert float(changes.max()) <= PACE + 1e-6
        before = now


@given(seeds)
@settings(max_examples=20)
def test_nobody_else_of_the_batch_matters(seed: int) -> None:
    cues, velocity = anything(torch.Generator().manual_seed(seed), 2)
    together = AutoMix.from_cues(cues, velocity)
    for ego in range(EGOS):
        own = Cues(*(value[ego : ego + 1] for value in vars(cues).values()))
        alone = AutoMix.from_cues(own, velocity[ego : ego + 1])
        torch.testing.assert_close(alone.hhi, together.hhi[ego : ego + 1])
        torch.testing.assert_close(alone.hsi, together.hsi[ego : ego + 1])


def test_where_nobody_and_nothing_is_the_defaults_hold() -> None:
    assert mix(senses()) == NEITHER
    assert mix(senses(occupancy=room())) == NEITHER
    assert mix(senses(goal=(2.0, 0.0, 0.0))) == ROOM


def test_who_is_far_away_changes_nothing() -> None:
    far = person(6.1, bearing=2.0, speed=1.0)
    shelf = room((0.0, 0.6), (1.5, -1.0))
    for near in ((), (person(1.0),), (person(2.5, bearing=0.5),)):
        for occupancy in (None, shelf):
            assert mix(senses(*near, far, occupancy=occupancy)) == mix(
                senses(*near, occupancy=occupancy)
            )


def test_hands_that_may_meet_are_left_alone_by_furniture() -> None:
    shelf = room((0.0, 0.3))
    assert mix(senses(person(2.5), occupancy=shelf)) == pytest.approx((1.0, 1.0), abs=1e-5)
    assert mix(senses(person(1.0), occupancy=shelf)) == pytest.approx((1.0, 0.0), abs=1e-5)


def test_weights_go_the_whole_way_in_a_second() -> None:
    goal = senses(goal=(2.0, 0.0, 0.0)).cues(HERE)
    now = AutoMix.from_cues(senses().cues(HERE), STILL)
    for _ in range(10):
        now = AutoMix.from_cues(goal, STILL, now)
    assert (float(now.hhi), float(now.hsi)) == pytest.approx(ROOM, abs=1e-5)


@given(st.floats(-math.pi, math.pi), st.floats(-20, 20), st.floats(-20, 20))
@settings(max_examples=25)
def test_it_does_not_matter_where_the_world_is_turned(turn: float, x: float, y: float) -> None:
    ego = walking(3, speed=0.8)
    window = people(person(3.9, bearing=0.4, turned=0.3, speed=0.2), person(4.5, bearing=-2.0))
    rotation, shift = yaw_matrix(torch.tensor(turn)), torch.tensor([x, y, 0.0])
    moved = PartnerWindow(window.positions @ rotation.T + shift, window.valid)
    here = AutoMix.of(ObservedSenses(Observation(window)), batch(ego))
    there = AutoMix.of(ObservedSenses(Observation(moved)), batch(ego.moved(rotation, shift)))
    assert 0.05 < float(here.hhi + here.hsi) < 1.95
    torch.testing.assert_close(here.hhi, there.hhi, atol=1e-4, rtol=0)
    torch.testing.assert_close(here.hsi, there.hsi, atol=1e-4, rtol=0)


@given(st.integers(0, 3), st.floats(-9, 9), st.floats(-9, 9))
@settings(max_examples=25)
def test_nor_where_its_furniture_is(quarters: int, x: float, y: float) -> None:
    ego, grid = walking(3, speed=0.8), room((1.1, 0.5), (0.3, -0.9))
    rotation = yaw_matrix(torch.tensor(quarters * math.pi / 2))
    shift = torch.tensor([x, y, 0.0])
    width = torch.tensor([0.1 * side for side in grid.cells.shape])
    corners = torch.stack((grid.corner, grid.corner + width)) @ rotation.T
    turned = OccupancyGrid(
        torch.rot90(grid.cells, quarters, (0, 1)), corners.amin(0) + shift, grid.outside
    )
    window = people(person(2.5, bearing=0.4))
    moved = PartnerWindow(window.positions @ rotation.T + shift, window.valid)
    here = AutoMix.of(ObservedSenses(Observation(window, grid)), batch(ego))
    there = AutoMix.of(
        ObservedSenses(Observation(moved, turned)), batch(ego.moved(rotation, shift))
    )
    assert 0.05 < float(here.hsi) < 0.95
    torch.testing.assert_close(here.hhi, there.hhi, atol=1e-4, rtol=0)
    torch.testing.assert_close(here.hsi, there.hsi, atol=1e-4, rtol=0)


def test_only_named_adapters_weigh_and_others_keep_their_weight() -> None:
    now = AutoMix(torch.tensor([0.5]), torch.tensor([0.25]))
    scaled = now.scaled({"hsi": 2.0, "gaze": 0.7})
    assert set(scaled) == {"hsi", "gaze"}
    assert float(scaled["hsi"]) == 0.5 and scaled["gaze"] == 0.7


def batch(motion: Motion) -> Motion:
    """Of one ego."""
    return Motion(motion.root_positions[None], motion.rotations[None])
