from __future__ import annotations

import pytest
import torch
from hypothesis import given

from remogen_ros.motion.poses import Motion, concatenate
from remogen_ros.motion.skeleton import ADULT, MIRRORED_JOINTS
from test.motion.strategies import random_motion, seeds


@given(seeds)
def test_mirroring_twice_is_the_identity_and_once_reflects_every_joint(seed: int) -> None:
    motion = random_motion(seed, 3)
    twice = motion.mirrored().mirrored()
    assert torch.equal(twice.rotations, motion.rotations)
    assert torch.equal(twice.root_positions, motion.root_positions)
    reflected = motion.joints()[:, list(MIRRORED_JOINTS)] * torch.tensor([1.0, -1.0, 1.0])
    torch.testing.assert_close(motion.mirrored().joints(), reflected)


def test_frames_and_concatenate_are_inverse() -> None:
    motion = random_motion(1, 7, batch=(2,))
    joined = concatenate([motion.frames(0, 3), motion.frames(3)])
    assert torch.equal(joined.rotations, motion.rotations)


def test_joints_that_are_known_stay_true() -> None:
    motion = random_motion(1, 7, batch=(2,))
    known = Motion(motion.root_positions, motion.rotations, motion.joints())
    joined = concatenate([known.frames(0, 3), known.frames(3)])
    assert joined.known_joints is not None
    assert torch.equal(joined.joints(), motion.joints())
    assert concatenate([known, motion]).known_joints is None
    assert known.mirrored().known_joints is None
    bigger = ADULT.scaled(1.1)
    assert torch.equal(known.joints(bigger), motion.joints(bigger))


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(4, 3\).*\(5, 22, 3, 3\)"):
        Motion(torch.zeros(4, 3), torch.zeros(5, 22, 3, 3))
