"""Bone lengths: estimated from noisy frames, kept by every frame, and nothing made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, JOINT_NAMES, PARENTS
from remogen_ros.perception.bones import (
    LEAST_MOMENTS,
    LIMBS,
    MOMENT_NS,
    MOMENTS,
    BoneLengths,
    limb_lengths,
    size_ratio,
    with_limb_lengths,
)
from test.perception.bodies import STANDING

TRUE = limb_lengths(STANDING)
SEEDS = st.integers(0, 2**32 - 1)
LIMB_JOINTS = [JOINT_NAMES[joint] for joint in LIMBS[:, 1:].ravel()]


def moving(random: np.random.Generator, size: float = 1.0) -> np.ndarray:
    """(22, 3) somebody with the standard adult's proportions whose bones point anywhere."""
    joints = np.zeros((22, 3))
    for joint, turn in zip(range(1, 22), Rotation.random(21, rng=random), strict=True):
        joints[joint] = joints[PARENTS[joint]] + turn.apply(ADULT.offsets[joint])
    return size * joints + random.normal(0.0, 2.0, 3)


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(4, 2) of the angles between the limbs' bones in two bodies."""
    bones = [np.diff(joints[LIMBS], axis=1) for joints in (one, other)]
    lengths = [np.linalg.norm(bone, axis=-1) for bone in bones]
    return (bones[0] * bones[1]).sum(-1) / (lengths[0] * lengths[1])


def seen_for(
    frames: int, random: np.random.Generator, noise: float, wild: float = 0.0, size: float = 1.0
) -> BoneLengths:
    """Somebody after so many frames, with joints noisy, and a share of them anywhere at all."""
    bones = BoneLengths()
    for frame in range(frames):
        body = moving(random, size) + random.normal(0.0, noise, (22, 3))
        lost = random.random(22) < wild
        body[lost] = random.normal(0.0, 10.0, (int(lost.sum()), 3))
        bones.see(frame * MOMENT_NS, body)
    return bones


@settings(max_examples=30)
@given(SEEDS, st.floats(0.0, 0.02))
def test_after_thirty_noisy_moments_bones_are_known_to_a_centimetre_or_two(
    seed: int, noise: float
) -> None:
    """Six standard errors of a median of thirty, and what noise makes bones look longer."""
    bones = seen_for(30, np.random.default_rng(seed), noise)
    spread = np.sqrt(2.0) * noise
    bound = 6 * 1.25 * spread / np.sqrt(30) + 2 * noise**2 / TRUE + 1e-6
    assert (np.abs(bones.lengths - TRUE) <= bound).all()


@settings(max_examples=30)
@given(SEEDS)
def test_wild_joints_hardly_move_the_estimate(seed: int) -> None:
    """One joint in ten is metres off, so one bone in five is."""
    bones = seen_for(MOMENTS, np.random.default_rng(seed), 0.01, wild=0.1)
    assert np.abs(bones.lengths - TRUE).max() < 0.03


def test_too_few_moments_tell_nothing() -> None:
    random = np.random.default_rng(0)
    assert np.isnan(seen_for(LEAST_MOMENTS - 1, random, 0.0).lengths).all()
    np.testing.assert_allclose(seen_for(LEAST_MOMENTS, random, 0.0).lengths, TRUE)


def test_a_fast_tracker_counts_no_more_than_a_slow_one() -> None:
    bones = BoneLengths()
    for frame in range(3 * LEAST_MOMENTS):
        bones.see(frame * MOMENT_NS // 6, STANDING)
    assert np.isnan(bones.lengths).all()


def test_bones_that_are_not_seen_stay_unknown() -> None:
    bones = BoneLengths()
    for frame in range(40):
        body = STANDING.copy()
        body[JOINT_INDEX["left_elbow"]] = np.nan
        if frame % 4:
            body[JOINT_INDEX["right_wrist"]] = np.nan
        bones.see(frame * MOMENT_NS, body)
    left_arm, right_arm = bones.lengths[:2]
    assert np.isnan(left_arm).all()
    np.testing.assert_allclose(right_arm, TRUE[1])


def test_somebody_else_is_believed_after_ten_seconds() -> None:
    bones = BoneLengths()
    for frame in range(2 * MOMENTS):
        bones.see(frame * MOMENT_NS, STANDING * (1.0 if frame < MOMENTS else 0.7))
    np.testing.assert_allclose(bones.lengths, 0.7 * TRUE)


@settings(max_examples=100)
@given(SEEDS, st.floats(0.0, 0.1))
def test_limbs_get_exactly_their_lengths(seed: int, noise: float) -> None:
    random = np.random.default_rng(seed)
    seen = moving(random) + random.normal(0.0, noise, (22, 3))
    steadied = with_limb_lengths(seen, TRUE)
    np.testing.assert_allclose(limb_lengths(steadied), TRUE, atol=1e-9)
    moved = np.linalg.norm(steadied - seen, axis=-1)
    trunk = np.setdiff1d(np.arange(22), LIMBS[:, 1:])
    feet = [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]]
    assert not moved[np.setdiff1d(trunk, feet)].any()
    ankles = [JOINT_INDEX["left_ankle"], JOINT_INDEX["right_ankle"]]
    shifts = steadied - seen
    np.testing.assert_allclose(shifts[feet], shifts[ankles], atol=1e-12)


@settings(max_examples=50)
@given(SEEDS)
def test_what_has_its_lengths_is_left_alone(seed: int) -> None:
    body = moving(np.random.default_rng(seed))
    np.testing.assert_allclose(with_limb_lengths(body, TRUE), body, atol=1e-6)


@settings(max_examples=50)
@given(SEEDS, st.floats(0.8, 1.25))
def test_bones_keep_their_directions_where_a_limb_is_only_too_long(seed: int, size: float) -> None:
    """Straight limbs, so that both bones of each are too long the same way."""
    random = np.random.default_rng(seed)
    body = STANDING.copy()
    for limb, lengths in zip(LIMBS, TRUE, strict=True):
        towards = random.normal(size=3)
        towards /= np.linalg.norm(towards)
        body[limb[1:]] = body[limb[0]] + size * np.cumsum(lengths)[:, None] * towards
    np.testing.assert_allclose(cosines(with_limb_lengths(body, TRUE), body), 1.0, atol=1e-9)


def test_noise_turns_no_bone_far_and_brings_joints_nearer_the_truth() -> None:
    random = np.random.default_rng(0)
    raw, steadied, angles = [], [], []
    for _ in range(400):
        truth = moving(random)
        seen = truth + random.normal(0.0, 0.03, (22, 3))
        kept = with_limb_lengths(seen, TRUE)
        angles.append(np.degrees(np.arccos(np.clip(cosines(seen, kept), -1, 1))))
        raw.append(np.linalg.norm((seen - truth)[LIMBS[:, 1:]], axis=-1))
        steadied.append(np.linalg.norm((kept - truth)[LIMBS[:, 1:]], axis=-1))
    assert np.mean(steadied) < 0.96 * np.mean(raw)
    assert np.median(angles) < 4 and np.percentile(angles, 99) < 25


@pytest.mark.parametrize("name", LIMB_JOINTS)
def test_unseen_joints_are_not_invented(name: str) -> None:
    body = 1.1 * STANDING
    body[JOINT_INDEX[name]] = np.nan
    steadied = with_limb_lengths(body, TRUE)
    unseen = np.isnan(steadied).any(axis=1)
    assert [JOINT_NAMES[joint] for joint in np.flatnonzero(unseen)] == [name]


def test_unknown_lengths_change_nothing() -> None:
    unknown = np.full_like(TRUE, np.nan)
    np.testing.assert_array_equal(with_limb_lengths(1.1 * STANDING, unknown), 1.1 * STANDING)
    nobody = np.full((22, 3), np.nan)
    assert np.isnan(with_limb_lengths(nobody, TRUE)).all()


def test_a_bone_without_a_direction_stays_as_it_is() -> None:
    body = STANDING.copy()
    body[JOINT_INDEX["left_wrist"]] = body[JOINT_INDEX["left_elbow"]]
    assert np.isfinite(with_limb_lengths(body, TRUE)).all()


def test_sizes_are_compared_by_what_is_known_of_both() -> None:
    child = 0.7 * TRUE
    child[0] = np.nan
    assert size_ratio(child, TRUE) == pytest.approx(0.7)
    child[:3] = np.nan
    assert np.isnan(size_ratio(child, TRUE))
    assert np.isnan(size_ratio(TRUE, np.zeros_like(TRUE)))
