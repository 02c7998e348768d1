"""Sliding and jerk, on motions whose values follow by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given

from remogen_ros.motion.poses import Motion
from remogen_ros.motion.quality import foot_skate, jerk, lasting, mean_over_frames
from test.data.bodies import standing, walking
from test.motion.strategies import random_motion, random_turn, seeds


def cubic(frames: int) -> torch.Tensor:
    """Joints that go along x by half the cube of time: the third derivative is 3 m/s^3."""
    still = standing(frames).to(torch.float64)
    roots = still.root_positions.clone()
    roots[:, 0] = 0.5 * (torch.arange(frames, dtype=torch.float64) / 10) ** 3
    return Motion(roots, still.rotations).joints()


def test_who_stands_does_not_slide_and_who_glides_slides_at_full_speed() -> None:
    assert foot_skate(standing(5).joints()) == 0.0
    assert float(foot_skate(walking(5, speed=0.7).joints())) == pytest.approx(0.7, abs=1e-5)


def test_high_feet_do_not_slide_and_half_high_ones_count_less() -> None:
    up = torch.tensor([0.0, 0.0, 0.03])
    gliding = walking(5, speed=1.0).joints()
    assert float(foot_skate(gliding + up)) == pytest.approx(0.0, abs=1e-5)
    assert float(foot_skate(gliding + up / 2)) == pytest.approx(2 - math.sqrt(2), abs=1e-4)


def test_even_motion_has_no_jerk_and_a_cubic_one_a_known_one() -> None:
    assert float(jerk(walking(8).joints())) == pytest.approx(0.0, abs=1e-2)
    assert float(jerk(cubic(8))) == pytest.approx(3.0, rel=1e-4)


def test_frames_that_are_not_valid_do_not_count() -> None:
    clips = torch.stack((walking(6).joints(), standing(6).joints()))
    clips[0, 4:] = torch.nan
    valid = torch.ones(2, 6, dtype=torch.bool)
    valid[0, 4:] = False
    torch.testing.assert_close(foot_skate(clips, valid), torch.tensor([1.0, 0.0]))
    assert jerk(clips, valid).abs().max() < 0.01
    valid[0, 3:] = False
    assert jerk(clips, valid)[0].isnan()


def test_a_mean_over_pairs_of_frames() -> None:
    valid = torch.tensor([[True, True, True, False], [True, False, False, False]])
    pairs = lasting(valid, 2)
    assert pairs.tolist() == [[True, True, False], [False, False, False]]
    means = mean_over_frames(torch.tensor([[1.0, 3.0, 50.0], [1.0, 1.0, 1.0]]), valid)
    assert means[0] == 2.0
    assert means[1].isnan()
    assert lasting(valid, 5).shape == (2, 0)


@given(seeds)
def test_where_on_the_floor_and_which_way_does_not_matter(seed: int) -> None:
    motion = random_motion(seed, 8, (2,))
    moved = motion.moved(*random_turn(seed))
    for measure in (foot_skate, jerk):
        torch.testing.assert_close(measure(moved.joints()), measure(motion.joints()))
