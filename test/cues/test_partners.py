from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given

from remogen_ros.cues.partners import (
    PARTNER_FEATURE_COUNT,
    PartnerWindow,
    newest_joints,
    partner_features,
)
from remogen_ros.motion.canonical import CanonicalFrame, canonical_frame
from remogen_ros.motion.rotations import yaw_matrix
from test.motion.strategies import random_motion, random_turn, seeds

POSITIONS = slice(0, 66)
VELOCITIES = slice(66, 132)
ROOT = slice(132, 137)
VALIDITY = slice(137, 159)


def window_of(motion, moved=None) -> PartnerWindow:
    joints = (moved or motion).joints()
    return PartnerWindow(joints[None], torch.ones(1, 16, 22, dtype=torch.bool))


def origin(dtype: torch.dtype = torch.float32) -> CanonicalFrame:
    return canonical_frame(torch.zeros(3, dtype=dtype), torch.eye(3, dtype=dtype))


def test_a_partner_that_faces_the_ego_from_two_metres_ahead() -> None:
    joints = torch.zeros(1, 16, 22, 3)
    joints[..., 0] = 2.0
    joints[:, :, 1, 1], joints[:, :, 2, 1] = -0.1, 0.1
    joints[0, :, :, 0] -= 0.05 * torch.arange(16)[:, None]
    features = partner_features(
        PartnerWindow(joints, torch.ones(1, 16, 22, dtype=torch.bool)),
        canonical_frame(torch.zeros(3), torch.eye(3)),
    )
    assert features.shape == (1, 16, PARTNER_FEATURE_COUNT) == (1, 16, 159)
    newest = features[0, -1]
    torch.testing.assert_close(newest[ROOT], torch.tensor([1.25, 0.0, 0.0, -1.0, 0.0]))
    torch.testing.assert_close(newest[VELOCITIES][:3], torch.tensor([-0.5, 0.0, 0.0]))
    assert newest[VALIDITY].eq(1).all()


def test_a_partner_to_the_left_has_positive_y() -> None:
    facing_y = CanonicalFrame(yaw_matrix(torch.tensor(math.pi / 2)), torch.zeros(3))
    joints = torch.zeros(1, 16, 22, 3)
    joints[..., 0] = -1.0  # to the left of an ego that faces +y
    features = partner_features(
        PartnerWindow(joints, torch.ones(1, 16, 22, dtype=torch.bool)), facing_y
    )
    torch.testing.assert_close(
        features[0, -1, ROOT][:3], torch.tensor([0.0, 1.0, 0.0]), atol=1e-6, rtol=0
    )


def test_a_pose_is_seen_apart_from_where_it_is() -> None:
    joints = torch.zeros(1, 16, 22, 3)
    joints[:, :, 21, 2] = 0.5
    valid = torch.ones(1, 16, 22, dtype=torch.bool)
    here = partner_features(PartnerWindow(joints, valid), origin())
    there = partner_features(PartnerWindow(joints + 3.0, valid), origin())
    torch.testing.assert_close(there[..., POSITIONS], here[..., POSITIONS])
    assert here[0, -1, POSITIONS][-1] == 0.5
    torch.testing.assert_close(there[0, -1, ROOT][:3], torch.full((3,), 3.0))


def test_without_a_pelvis_the_root_is_the_mean_of_what_is_seen() -> None:
    joints = torch.ones(1, 16, 22, 3)
    valid = torch.zeros(1, 16, 22, dtype=torch.bool)
    valid[..., 20:] = True
    joints[:, :, 20, 0] = 2.0
    features = partner_features(PartnerWindow(joints, valid), origin())[0, -1]
    torch.testing.assert_close(features[ROOT][:3], torch.tensor([1.5, 1.0, 1.0]))
    torch.testing.assert_close(features[POSITIONS][60:], torch.tensor([0.5, 0, 0, -0.5, 0, 0]))


@given(seeds)
def test_moving_the_world_changes_no_feature(seed: int) -> None:
    partner, ego = random_motion(seed, 16), random_motion(seed + 1, 1)
    rotation, translation = random_turn(seed + 2)
    moved = ego.moved(rotation, translation)
    there = partner_features(
        window_of(partner), canonical_frame(ego.root_positions[0], ego.rotations[0, 0])
    )
    here = partner_features(
        window_of(partner.moved(rotation, translation)),
        canonical_frame(moved.root_positions[0], moved.rotations[0, 0]),
    )
    torch.testing.assert_close(there, here, atol=1e-9, rtol=0)


@given(seeds)
def test_what_is_not_valid_cannot_be_seen(seed: int) -> None:
    window = window_of(random_motion(seed, 16))
    valid = torch.rand(1, 16, 22, generator=torch.Generator().manual_seed(seed)) < 0.7
    garbage = torch.where(valid[..., None], window.positions, float("nan"))
    clean = partner_features(PartnerWindow(window.positions, valid), origin(torch.float64))
    dirty = partner_features(PartnerWindow(garbage, valid), origin(torch.float64))
    assert torch.equal(clean, dirty)
    assert torch.isfinite(dirty).all()


def test_an_empty_window_has_no_features_and_wrong_shapes_are_refused() -> None:
    assert partner_features(
        PartnerWindow.nobody(), canonical_frame(torch.zeros(3), torch.eye(3))
    ).shape == (0, 16, 159)
    with pytest.raises(ValueError, match="16, 22, 3"):
        PartnerWindow(torch.zeros(1, 15, 22, 3), torch.ones(1, 15, 22, dtype=torch.bool))


@given(seeds)
def test_newest_joints_are_those_that_were_seen(seed: int) -> None:
    """Of two egos in frames of their own, one of whose partners hides a joint."""
    frames = [canonical_frame(*random_turn(s)[::-1]) for s in (seed, seed + 1)]
    frame = CanonicalFrame(
        torch.stack([f.rotation for f in frames]), torch.stack([f.origin for f in frames])
    )
    joints = random_motion(seed, 16, (2, 1)).joints()
    valid = torch.ones(joints.shape[:-1], dtype=torch.bool)
    valid[1, :, :, 5] = False
    found, seen = newest_joints(partner_features(PartnerWindow(joints, valid), frame), frame)
    assert torch.equal(seen, valid[:, :, -1])
    newest = joints[:, :, -1]
    torch.testing.assert_close(found[seen], newest[seen], atol=1e-5, rtol=1e-5)
