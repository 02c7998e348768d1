"""Skating and jerk worked out by hand; pelvises that leave the range of a corpus."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given

from remogen_ros.evaluation.physical import (
    PelvisRange,
    area_under_jerk,
    jumps_at_boundaries,
    largest_jerk,
    mean_jerk_curve,
    peak_jerk,
    share_out_of_range,
    skating_ratio,
)
from test.data.bodies import standing, walking
from test.motion.strategies import random_motion, random_turn, seeds


def with_steps(steps: list[float]) -> torch.Tensor:
    """(1, T, 22, 3): standing, moved along x by so many metres from each frame to the next."""
    joints = standing(len(steps) + 1).joints()
    joints[:, :, 0] += torch.tensor([0.0, *steps]).cumsum(0)[:, None]
    return joints[None]


@pytest.mark.parametrize(
    ("steps", "share"),
    [
        ([0.0, 0.0, 0.0, 0.0], 0.0),
        ([0.04, 0.04, 0.04, 0.04], 0.0),  # 0.4 m/s
        ([0.06, 0.06, 0.06, 0.06], 1.0),
        ([0.0, 0.12, 0.0, 0.0], 0.0),  # 1.2 m/s once: 0.4 m/s smoothed
        ([0.0, 0.12, 0.12, 0.0], 0.5),  # 0.8 m/s smoothed
        ([0.12, 0.0, 0.0, 0.0], 0.25),  # at an end the mean is of two
    ],
)
def test_skating_is_fast_both_at_once_and_smoothed(steps: list[float], share: float) -> None:
    assert skating_ratio(with_steps(steps)).tolist() == [share]


def test_one_foot_is_enough_and_lifted_feet_do_not_skate() -> None:
    glide = with_steps([0.1] * 4)
    lifted = glide + torch.tensor([0.0, 0.0, 0.051])
    assert skating_ratio(lifted) == 0.0
    assert skating_ratio(glide + torch.tensor([0.0, 0.0, 0.049])) == 1.0
    lifted[:, 2:, 10] = glide[:, 2:, 10]
    assert skating_ratio(lifted) == 0.5  # the step at which the foot lands is no slide


def test_a_clip_skates_alike_alone_and_padded() -> None:
    clip = with_steps([0.0, 0.12, 0.12, 0.0, 0.12])
    padded = torch.cat((clip, torch.full((1, 3, 22, 3), torch.nan)), dim=1)
    valid = (torch.arange(9) < 6)[None]
    torch.testing.assert_close(skating_ratio(padded, valid), skating_ratio(clip))


def jolt() -> torch.Tensor:
    """(1, 6, 22, 3): a wrist that is 1 cm off in frame 3; third differences 1, -3, 3 cm."""
    joints = standing(6).joints().double()
    joints[3, 20, 1] += 0.01
    return joints[None]


def test_a_jolt_has_a_known_curve_peak_and_area() -> None:
    curve = largest_jerk(jolt())
    torch.testing.assert_close(curve, torch.tensor([[10.0, 30.0, 30.0]], dtype=torch.float64))
    mean = mean_jerk_curve([curve, torch.full_like(curve, 20.0)])
    torch.testing.assert_close(mean, torch.tensor([15.0, 25.0, 25.0], dtype=torch.float64))
    assert float(peak_jerk(mean)) == pytest.approx(25.0)
    assert float(area_under_jerk(mean, torch.tensor([20.0] * 3))) == pytest.approx(1.5)
    assert float(area_under_jerk(mean, mean)) == 0.0


def test_the_curve_ends_where_the_clip_does() -> None:
    valid = torch.tensor([[True] * 4 + [False] * 2, [False] * 6])
    curve = largest_jerk(jolt().repeat(2, 1, 1, 1), valid)
    assert curve.isnan().tolist() == [[False, True, True], [True, True, True]]


def test_the_mean_curve_lasts_as_long_as_half_of_the_clips() -> None:
    nan = torch.nan
    short, long = torch.tensor([[2.0], [4.0]]), torch.tensor([[3.0, 5.0, 9.0], [7.0, 9.0, nan]])
    assert mean_jerk_curve([short, long]).tolist() == [4.0, 7.0]


def test_pelvises_out_of_range() -> None:
    usual = PelvisRange.of(walking(5, speed=1.0).joints()[None])
    assert usual.fastest == pytest.approx(1.0, abs=1e-5)
    assert usual.lowest == usual.highest
    wide = usual.joined(PelvisRange(0.5, 0.9, 1.2))
    assert wide == PelvisRange(0.5, usual.highest, 1.2)
    fast = with_steps([0.1, 0.1, 0.1, 0.2])
    assert share_out_of_range(fast, wide) == 0.25
    assert share_out_of_range(fast, wide, (torch.arange(5) < 4)[None]) == 0.0
    sunk = with_steps([0.0] * 4)
    sunk[:, 2:, :, 2] -= 0.6
    assert share_out_of_range(sunk, wide) == 0.75
    assert PelvisRange.of(fast, (torch.arange(5) < 4)[None]).fastest == pytest.approx(1, abs=1e-5)


@given(seeds)
def test_where_on_the_floor_and_which_way_does_not_matter(seed: int) -> None:
    motion = random_motion(seed, 8, (2,))
    moved = motion.moved(*random_turn(seed)).joints()
    torch.testing.assert_close(skating_ratio(moved), skating_ratio(motion.joints()))
    torch.testing.assert_close(largest_jerk(moved), largest_jerk(motion.joints()))
    usual = PelvisRange.of(motion.joints())
    assert share_out_of_range(motion.joints(), usual).tolist() == [0.0, 0.0]


def test_jumps_are_told_apart_by_where_they_are() -> None:
    """By hand: a body that steps by 1 and 3 in turns, but by 1 into each fourth frame and by 7."""
    steps = torch.tensor([1.0, 3.0, 1.0, 7.0, 1.0, 3.0, 1.0, 7.0, 1.0])
    place = torch.cat((torch.zeros(1), steps.cumsum(0)))
    joints = place[None, :, None, None] * torch.tensor([1.0, 0.0, 0.0]) + torch.zeros(1, 10, 22, 3)
    velocity, acceleration = jumps_at_boundaries(joints, period=4)
    # Changes of the step, into frames 2 to 9: 2 2 6 6 2 2 6 6; 4 and 8 are boundaries.
    assert float(velocity) == pytest.approx(((6 + 6) / 2) / ((2 + 2 + 6 + 2 + 2 + 6) / 6))
    # Changes of those, into frames 3 to 9: 2 -2, -2 +6 ...: 4 8 12 8 4 8 12.
    assert float(acceleration) == pytest.approx(((8 + 8) / 2) / ((4 + 12 + 8 + 4 + 12) / 5))


def test_jumps_of_a_clip_without_a_boundary_are_unknown() -> None:
    joints = torch.rand(2, 12, 22, 3)
    valid = torch.ones(2, 12, dtype=torch.bool)
    valid[0, 8:] = False
    velocity, acceleration = jumps_at_boundaries(joints, valid)
    assert velocity[0].isnan() and acceleration[0].isnan()
    assert velocity[1].isfinite() and acceleration[1].isfinite()
