"""The measures of motion, on motions whose values follow by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from remogen_ros.cues.occupancy import OCCUPIED, OccupancyGrid
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.data.duets.social_rules import load_social_rules
from remogen_ros.data.measures import (
    contact_error,
    goal_miss,
    measure,
    measures_by_label,
    penetration,
    share_inside,
)
from remogen_ros.data.scenes import Goal, Scene
from remogen_ros.motion.arms import palms
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import yaw_matrix
from test.data.bodies import entry, standing, walking

HANDSHAKE = load_social_rules().rules["handshake"]


def opposite(x: float) -> Motion:
    """A T-pose that faces the origin from x, arms along y."""
    return standing(6).moved(yaw_matrix(torch.tensor(math.pi)), torch.tensor([x, 0.0, 0.0]))


def test_hands_that_do_not_meet_show() -> None:
    """The right hands of two T-poses face to face are on opposite sides."""
    reach = 2 * (0.18 + 0.186 * 1.7 + 0.146 * 1.7 + 0.085)
    miss = contact_error(HANDSHAKE, opposite(0.6), standing(6))
    assert miss == pytest.approx(math.hypot(reach, 0.6), abs=1e-4)


def test_bodies_in_each_other_show() -> None:
    assert penetration(None, opposite(0.05), standing(6)) > 0.1
    assert penetration(None, opposite(1.0), standing(6)) == 0.0


def test_a_corpus_by_label(tmp_path: Path) -> None:
    entries = [entry(f"w{i}", walking(12, speed=1.0), "walk") for i in range(4)]
    write_corpus(tmp_path / "c", "single", [*entries, entry("s", standing(12), "stand")])
    corpus = open_corpus(tmp_path / "c")
    found = measures_by_label(corpus, most=3)
    assert {label: count for label, (count, _) in found.items()} == {"stand": 1, "walk": 3}
    assert found["walk"][1].skate == pytest.approx(1.0, abs=1e-3)
    assert math.isnan(measure(corpus, corpus.clips[0]).contact)


def test_frames_within_furniture_are_counted() -> None:
    walk = walking(20)
    assert math.isnan(share_inside([walk], None))
    block = torch.full((4, 40, 20), OCCUPIED, dtype=torch.uint8)
    wall = Scene("wall", "made", "none", OccupancyGrid(block, torch.tensor([1.0, -2.0, 0.0])))
    # Gliding at 0.1 m a frame through 0.4 m; the toes are 0.13 m ahead of everything.
    inside = share_inside([walk], wall)
    assert inside == pytest.approx(6 / 20, abs=0.051)
    assert share_inside([standing(20), walk], wall) == inside
    assert share_inside([standing(20)], wall) == 0.0


def test_goals_that_are_missed_show() -> None:
    walk = walking(11)
    over = Goal(joint="pelvis", position=(1.0, 0.3, 0.0))
    assert goal_miss(walk, [over]) == pytest.approx(0.3, abs=1e-5)
    x, y, z = palms(walk, "left")[4].tolist()
    touched = Goal(joint="left_wrist", position=(x, y, z + 0.05))
    assert goal_miss(walk, [touched]) == pytest.approx(0.05, abs=1e-5)
    assert goal_miss(walk, [touched, over]) == pytest.approx(0.3, abs=1e-5)
    assert math.isnan(goal_miss(walk, []))
