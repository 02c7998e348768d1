"""Distances and contact of pairs that were placed by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given

from remogen_ros.evaluation.interaction import (
    LATE,
    ContactCounts,
    both_palms,
    in_contact,
    least_distance,
    pelvis_distance_error,
)
from remogen_ros.motion.arms import palms
from remogen_ros.motion.poses import Motion
from test.data.bodies import standing, walking
from test.motion.strategies import random_motion, random_turn, seeds


def at(x: float, y: float, frames: int = 2) -> torch.Tensor:
    return standing(frames).joints()[None] + torch.tensor([x, y, 0.0])


def test_too_near_and_too_far_are_both_errors() -> None:
    partner, true = at(3.0, 4.0), at(0.0, 0.0)
    assert pelvis_distance_error(true, true, partner) == 0.0
    ego = true.clone()
    ego[:, 0] += torch.tensor([3.0, 0.0, 0.0])  # 4 m off instead of 5
    ego[:, 1] += torch.tensor([-3.0, -4.0, 2.0])  # 10 m
    assert pelvis_distance_error(ego, true, partner).tolist() == pytest.approx([3.0])
    assert pelvis_distance_error(ego, true, partner, torch.tensor([[True, False]])).tolist() == (
        pytest.approx([1.0])
    )


def test_nearest_joints_of_t_poses_side_by_side_are_their_wrists() -> None:
    wrist = float(standing(1).joints()[0, 20, 1])
    one, other = at(0.0, 0.0), at(0.0, 2 * wrist + 0.17)
    torch.testing.assert_close(least_distance(one, other), torch.full((1, 2), 0.17))
    assert not in_contact(one, other).any()
    assert in_contact(one, other, within=0.171).all()
    assert in_contact(one, at(0.09, 0.0)).all()


def test_palms_that_meet_are_contact_although_wrists_are_apart() -> None:
    one = standing(2)
    palm = float(palms(one, "left")[0, 1])
    beside = one.moved(torch.eye(3), torch.tensor([0.0, 2 * palm + 0.09, 0.0]))
    assert in_contact(both_palms(one), both_palms(beside)).all()
    assert not in_contact(one.joints(), beside.joints()).any()
    apart = one.moved(torch.eye(3), torch.tensor([0.0, 2 * palm + 0.12, 0.0]))
    assert not in_contact(both_palms(one), both_palms(apart)).any()


def test_palms_of_a_batch_are_those_of_its_motions() -> None:
    clips = [standing(3), walking(3)]
    batch = Motion(
        torch.stack([clip.root_positions for clip in clips]),
        torch.stack([clip.rotations for clip in clips]),
    )
    found = both_palms(batch)
    assert found.shape == (2, 3, 2, 3)
    torch.testing.assert_close(found[1, :, 1], palms(clips[1], "right"))


def test_contact_is_counted_by_frames_over_all_clips() -> None:
    true = torch.tensor([[True, True, False, False], [False, False, True, True]])
    found = torch.tensor([[True, False, True, False], [False, False, True, False]])
    counts = ContactCounts.of(found, true)
    assert counts.right.tolist() == counts.met.tolist() == [1, 1]
    assert counts.extra.tolist() == [1, 0]
    assert counts.missed.tolist() == [1, 1]
    assert counts.precision() == pytest.approx(2 / 3)
    assert counts.recall() == pytest.approx(1 / 2)
    ends = torch.tensor([[True] * 4, [True] * 3 + [False]])
    assert ContactCounts.of(found, true, ends).recall() == pytest.approx(2 / 3)
    same = ContactCounts.of(true, true)
    assert (same.precision(), same.recall()) == (1.0, 1.0)


def touching(*frames: int) -> torch.Tensor:
    """(1, 20) bool, contact in those frames."""
    contact = torch.zeros(1, 20, dtype=torch.bool)
    contact[0, list(frames)] = True
    return contact


def test_contact_that_comes_late_is_the_same_within_half_a_second() -> None:
    assert LATE == 5
    true, late, too_late = touching(4, 5), touching(10, 11), touching(11, 12)
    counts = ContactCounts.of(late, true, tolerance=LATE)
    # Frame 10 is 5 after 5, frame 11 is 6; frame 5 is 5 before 10, frame 4 is 6.
    assert (counts.right.item(), counts.extra.item()) == (1, 1)
    assert (counts.met.item(), counts.missed.item()) == (1, 1)
    assert (counts.precision(), counts.recall()) == (0.5, 0.5)
    assert ContactCounts.of(late, true).recall() == 0.0
    assert ContactCounts.of(too_late, true, tolerance=LATE).recall() == 0.0
    assert ContactCounts.of(true, late, tolerance=LATE).recall() == 0.5, "early is as late"


def test_precision_and_recall_count_their_own_frames() -> None:
    """One touch of one frame where there should be ten: all of it is true, 6 of 10 are near."""
    found, true = touching(5), touching(*range(5, 15))
    counts = ContactCounts.of(found, true, tolerance=LATE)
    assert (counts.precision(), counts.recall()) == (1.0, 0.6)
    always = touching(*range(20))
    counts = ContactCounts.of(always, touching(9), tolerance=LATE)
    assert (counts.precision(), counts.recall()) == (11 / 20, 1.0)


def test_contact_beyond_the_end_of_a_clip_is_near_nothing() -> None:
    valid = (torch.arange(20) < 8)[None]
    counts = ContactCounts.of(touching(8), touching(7), valid, tolerance=LATE)
    assert (counts.right.item(), counts.extra.item()) == (0, 0)
    assert counts.recall() == 0.0
    both = ContactCounts.joined([counts, ContactCounts.of(touching(7), touching(7), valid)])
    assert both.recall() == 0.5 and both.precision() == 1.0


def test_no_contact_has_no_ratio() -> None:
    never = torch.zeros(2, 3, dtype=torch.bool)
    counts = ContactCounts.of(never, never)
    assert math.isnan(counts.precision())
    assert math.isnan(counts.recall())


@given(seeds)
def test_where_on_the_floor_and_which_way_does_not_matter(seed: int) -> None:
    ego, partner = random_motion(seed, 4, (2,)), random_motion(seed + 1, 4, (2,))
    turn = random_turn(seed)
    moved = least_distance(ego.moved(*turn).joints(), partner.moved(*turn).joints())
    torch.testing.assert_close(moved, least_distance(ego.joints(), partner.joints()))
    assert pelvis_distance_error(
        ego.moved(*turn).joints(), ego.moved(*turn).joints(), partner.joints()
    ).tolist() == [0.0, 0.0]
