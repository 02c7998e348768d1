"""Poses of bodies like ours come back from their joints' positions, and limbs fold as limbs do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remogen_ros.data.from_positions import NEEDED, motion_from_positions, scale_to_adult
from remogen_ros.errors import UserError
from remogen_ros.motion.kinematics import global_rotations
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import geodesic_angle, matrix_from_axis_angle, yaw_matrix
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, JOINT_NAMES, Skeleton
from test.data.bodies import standing, turn

FRAMES = 12
TIMES = np.arange(FRAMES) / 30
ELBOWS = {"left": (0.0, 0.0, -1.0), "right": (0.0, 0.0, 1.0)}
seeds = st.integers(0, 2**32 - 1)


def lively(seed: int, least: float = 0.25) -> Motion:
    """Every frame another pose; knees and elbows fold by `least` to 2.3 rad, as joints can."""
    random = np.random.default_rng(seed)
    vectors = np.zeros((FRAMES, 22, 3))

    def swing(names: tuple[str, ...], size: float) -> None:
        for name in names:
            vectors[:, JOINT_INDEX[name]] = random.uniform(-size, size, (FRAMES, 3))

    swing(("pelvis", "spine1", "spine2", "spine3", "neck"), 0.25)
    for side, hinge in ELBOWS.items():
        swing((f"{side}_collar",), 0.2)
        swing((f"{side}_shoulder", f"{side}_hip"), 0.6)
        swing((f"{side}_ankle",), 0.3)
        folds = random.uniform(least, 2.3, (2, FRAMES, 1))
        vectors[:, JOINT_INDEX[f"{side}_elbow"]] = folds[0] * hinge
        vectors[:, JOINT_INDEX[f"{side}_knee"]] = folds[1] * (0.0, 1.0, 0.0)
    rotations = matrix_from_axis_angle(torch.from_numpy(vectors))
    heading = yaw_matrix(torch.tensor(random.uniform(-np.pi, np.pi), dtype=torch.float64))
    rotations[:, 0] = heading @ rotations[:, 0]
    roots = torch.from_numpy(random.normal((2.0, -1.0, 0.9), 0.1, (FRAMES, 3)))
    return Motion(roots, rotations)


def joints_of(motion: Motion, skeleton: Skeleton = ADULT) -> dict[str, np.ndarray]:
    places = motion.joints(skeleton).double().numpy()
    return {name: places[:, JOINT_INDEX[name]] for name in JOINT_NAMES}


def stacked(joints: dict[str, np.ndarray]) -> np.ndarray:
    return np.stack([joints[name] for name in JOINT_NAMES], axis=1)


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_positions_come_back(seed: int) -> None:
    joints = joints_of(lively(seed))
    fitted = motion_from_positions(joints, TIMES)
    np.testing.assert_allclose(fitted.joints().numpy(), stacked(joints), atol=2e-5)


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_limbs_are_twisted_as_they_were(seed: int) -> None:
    """Elbows and knees fold about our hinges, to our side: no axis is flipped, no side swapped."""
    motion = lively(seed)
    fitted = motion_from_positions(joints_of(motion), TIMES)
    limbs = [
        JOINT_INDEX[f"{side}_{part}"]
        for side in ELBOWS
        for part in ("shoulder", "elbow", "hip", "knee")
    ]
    before, after = (global_rotations(m.rotations.double())[:, limbs] for m in (motion, fitted))
    assert geodesic_angle(before, after).max() < 1e-3


@settings(deadline=None, max_examples=40)
@given(seeds, st.floats(0.5, 2.0))
def test_bodies_of_another_size(seed: int, size: float) -> None:
    joints = joints_of(lively(seed), ADULT.scaled(size))
    scale = scale_to_adult(joints)
    assert scale == pytest.approx(1 / size, rel=1e-5)
    scaled = {name: places * scale for name, places in joints.items()}
    fitted = motion_from_positions(scaled, TIMES)
    np.testing.assert_allclose(fitted.joints().numpy(), stacked(scaled), atol=5e-5)


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_hands_and_feet_of_other_proportions_stay_where_they_were(seed: int) -> None:
    """Shorter arms, shorter thighs and longer shanks: ends are kept where they are in reach."""
    offsets = ADULT.offsets.copy()
    for part, factor in (("elbow", 0.8), ("wrist", 0.95), ("knee", 0.9), ("ankle", 1.08)):
        for side in ELBOWS:
            offsets[JOINT_INDEX[f"{side}_{part}"]] *= factor
    joints = joints_of(lively(seed, least=0.7), Skeleton(offsets))
    fitted = motion_from_positions(joints, TIMES).joints().numpy()
    for side in ELBOWS:
        for name in (f"{side}_wrist", f"{side}_ankle", f"{side}_foot"):
            np.testing.assert_allclose(fitted[:, JOINT_INDEX[name]], joints[name], atol=5e-5)


@settings(deadline=None, max_examples=40)
@given(seeds, st.floats(0.0, 0.02))
def test_knees_fold_backwards_only(seed: int, noise: float) -> None:
    """However straight the legs, and however badly they were measured."""
    joints = joints_of(lively(seed, least=0.0))
    random = np.random.default_rng(seed)
    noisy = {name: p + random.uniform(-noise, noise, p.shape) for name, p in joints.items()}
    fitted = motion_from_positions(noisy, TIMES)
    for side in ELBOWS:
        knee = fitted.rotations[:, JOINT_INDEX[f"{side}_knee"]]
        # The rotation is about y alone; its sine stands at (0, 2).
        assert (knee[:, 1, 1] > 1 - 1e-4).all()
        assert (knee[:, 0, 2] > -1e-3).all()


def test_a_leg_that_seems_to_fold_forwards_is_straight_ahead_all_the_same() -> None:
    """Eight degrees the wrong way is an error of measurement, not a leg turned about."""
    motion = standing(FRAMES)
    rotations = motion.rotations.clone()
    rotations[:, JOINT_INDEX["left_knee"]] = torch.tensor(turn("y", -8)).float()
    fitted = motion_from_positions(joints_of(Motion(motion.root_positions, rotations)), TIMES)
    thigh = global_rotations(fitted.rotations)[:, JOINT_INDEX["left_hip"]]
    assert (thigh[:, 0, 0] > 0.9).all()


def test_an_arm_that_straightens_keeps_its_plane() -> None:
    """It folds upwards, straightens and folds upwards again: the elbow never turns over."""
    motion = standing(FRAMES)
    rotations = motion.rotations.clone()
    folds = 50 * np.abs(np.linspace(-1, 1, FRAMES))
    for frame, fold in enumerate(folds):
        rotations[frame, JOINT_INDEX["left_elbow"]] = torch.tensor(turn("x", fold)).float()
    joints = joints_of(Motion(motion.root_positions, rotations))
    assert joints["left_wrist"][0, 2] > joints["left_shoulder"][0, 2] + 0.1
    fitted = motion_from_positions(joints, TIMES)
    arm = fitted.rotations[:, JOINT_INDEX["left_shoulder"]]
    assert geodesic_angle(arm[1:], arm[:-1]).max() < np.radians(10)
    np.testing.assert_allclose(fitted.joints().numpy(), stacked(joints), atol=2e-3)


@pytest.mark.parametrize("extra", [frozenset(), frozenset({"head", "left_foot", "right_foot"})])
def test_fewer_joints_do(extra: frozenset[str]) -> None:
    joints = joints_of(standing(FRAMES))
    fewer = {name: joints[name] for name in NEEDED | extra}
    fitted = motion_from_positions(fewer, TIMES)
    torch.testing.assert_close(fitted.rotations, standing(FRAMES).rotations, atol=1e-3, rtol=0)
    assert len(motion_from_positions({n: j[:1] for n, j in fewer.items()}, TIMES[:1])) == 1


def test_known_orientations_are_kept() -> None:
    looking = np.broadcast_to(turn("z", 40), (FRAMES, 3, 3))
    fitted = motion_from_positions(joints_of(standing(FRAMES)), TIMES, {"head": looking})
    heads = global_rotations(fitted.rotations)[:, JOINT_INDEX["head"]]
    np.testing.assert_allclose(heads.numpy(), looking, atol=1e-6)


@pytest.mark.parametrize("factor", [0.0, 0.01, 1000.0, np.nan])
def test_legs_of_no_human_length(factor: float) -> None:
    joints = {name: places * factor for name, places in joints_of(standing(FRAMES)).items()}
    with pytest.raises(UserError, match="the positions are not metres"):
        scale_to_adult(joints)


def test_unfit_positions() -> None:
    joints = joints_of(standing(FRAMES))
    del joints["neck"]
    with pytest.raises(ValueError, match="'neck'"):
        motion_from_positions(joints, TIMES)
    joints = joints_of(standing(FRAMES))
    joints["left_elbow"][5] = joints["left_shoulder"][5]
    with pytest.raises(UserError, match="left_shoulder and left_elbow coincide in frame 5"):
        motion_from_positions(joints, TIMES)
    joints["left_elbow"][5] = np.nan
    with pytest.raises(UserError, match="left_elbow is not finite"):
        motion_from_positions(joints, TIMES)
