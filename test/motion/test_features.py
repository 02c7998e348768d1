from __future__ import annotations

import math

import torch
from hypothesis import given, settings

from remogen_ros.motion import features as layout
from remogen_ros.motion.canonical import canonical_frame
from remogen_ros.motion.features import decode, encode, recanonicalise
from remogen_ros.motion.poses import Motion, concatenate
from remogen_ros.motion.rotations import geodesic_angle, matrix_from_6d, yaw_matrix
from remogen_ros.motion.skeleton import FOOT_JOINTS, JOINT_INDEX
from test.motion.bodies import crouching
from test.motion.strategies import random_motion, random_turn, seeds


def frame_at(motion: Motion, index: int):
    return canonical_frame(
        motion.root_positions[..., index, :], motion.rotations[..., index, 0, :, :]
    )


def test_the_pieces_fill_276_columns_in_order() -> None:
    pieces = (
        layout.TRANSLATION,
        layout.ROTATIONS,
        layout.TRANSLATION_DELTA,
        layout.ORIENTATION_DELTA,
        layout.JOINTS,
        layout.JOINT_DELTAS,
    )
    assert [p.start for p in pieces] == [0, 3, 135, 138, 144, 210]
    assert pieces[-1].stop == layout.FEATURE_COUNT == 276


def test_known_joints_give_the_same_features() -> None:
    motion = random_motion(3, 5, batch=(2,))
    known = Motion(motion.root_positions, motion.rotations, motion.joints())
    torch.testing.assert_close(
        encode(known, frame_at(motion, 1)), encode(motion, frame_at(motion, 1))
    )


def test_walking_along_y_while_facing_y_is_forward_with_backward_deltas() -> None:
    orientation = yaw_matrix(torch.tensor(math.pi / 2)).expand(3, 3, 3)
    rotations = torch.eye(3).repeat(3, 22, 1, 1)
    rotations[:, 0] = orientation
    roots = torch.tensor([[4.0, 0.0, 0.9], [4.0, 0.1, 0.9], [4.0, 0.3, 0.9]])
    motion = Motion(roots, rotations)
    features = encode(motion, frame_at(motion, 2))
    close = {"atol": 1e-6, "rtol": 0}
    torch.testing.assert_close(features[0, :3], torch.tensor([-0.2, 0.0, 0.9]), **close)
    torch.testing.assert_close(features[1, :3], torch.tensor([0.0, 0.0, 0.9]), **close)
    # x_t - x_(t-1), not x_(t+1) - x_t.
    torch.testing.assert_close(
        features[:, layout.TRANSLATION_DELTA],
        torch.tensor([[0.1, 0.0, 0.0], [0.2, 0.0, 0.0]]),
        **close,
    )
    identity = torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    torch.testing.assert_close(features[0, layout.ORIENTATION_DELTA], identity, **close)
    torch.testing.assert_close(features[0, 3:9], identity, **close)
    left_hip = features[1, layout.JOINTS].reshape(22, 3)[JOINT_INDEX["left_hip"]]
    torch.testing.assert_close(left_hip, torch.tensor([0.0, 0.085, 0.825]), **close)


@given(seeds)
def test_features_to_motion_and_back(seed: int) -> None:
    motion = random_motion(seed, 11, batch=(2,))
    frame = frame_at(motion, 2)
    decoded = decode(encode(motion, frame), frame)
    assert (decoded.root_positions - motion.root_positions[:, 1:]).abs().max() < 1e-5
    assert geodesic_angle(decoded.rotations, motion.rotations[:, 1:]).max() < 1e-5


def test_feet_are_where_the_joint_features_say() -> None:
    """Rotations are off by some 0.05 rad; the feet are shown in their places all the same."""
    motion = crouching(2)
    frame = frame_at(motion, 1)
    features = encode(motion, frame)
    noise = 0.05 * torch.randn(1, 132, generator=torch.Generator().manual_seed(0))
    features[:, layout.ROTATIONS] += noise
    shown = decode(features, frame).joints()
    feet = list(FOOT_JOINTS)
    assert (shown[:, feet] - motion.joints()[1:, feet]).norm(dim=-1).max() < 1e-3
    rotations = matrix_from_6d(features[:, layout.ROTATIONS].unflatten(-1, (-1, 6)))
    as_rotated = Motion(features[:, layout.TRANSLATION], rotations).joints()
    said = features[:, layout.JOINTS].unflatten(-1, (-1, 3))
    assert (as_rotated[:, feet] - said[:, feet]).norm(dim=-1).max() > 5e-3
    head = JOINT_INDEX["head"]
    assert (shown[:, head] - motion.joints()[1:, head]).norm(dim=-1).max() > 5e-3


@given(seeds)
def test_turning_and_moving_the_world_changes_nothing(seed: int) -> None:
    motion = random_motion(seed, 11)
    moved = motion.moved(*random_turn(seed + 1))
    torch.testing.assert_close(
        encode(moved, frame_at(moved, 2)), encode(motion, frame_at(motion, 2)), atol=1e-9, rtol=0
    )


@given(seeds)
def test_recanonicalising_equals_encoding_from_the_other_frame(seed: int) -> None:
    motion = random_motion(seed, 11, batch=(2,))
    old, new = frame_at(motion, 2), frame_at(motion, 10)
    torch.testing.assert_close(
        recanonicalise(encode(motion, old), old, new), encode(motion, new), atol=1e-9, rtol=0
    )


@given(seeds)
@settings(max_examples=10)
def test_a_chain_of_true_primitives_is_the_motion_for_60_seconds(seed: int) -> None:
    motion = random_motion(seed, 3 + 75 * 8).to(torch.float32)
    chained = motion.frames(0, 3)
    for start in range(3, len(motion), 8):
        frame = frame_at(chained, -1)
        true_frame = frame_at(motion, start - 1)
        future = encode(motion.frames(start - 1, start + 8), true_frame)
        chained = concatenate([chained, decode(future, frame)])
    assert (chained.joints() - motion.joints()).norm(dim=-1).max() < 1e-3
