"""Standing feet are kept, stepping feet are let go, and the pelvis is left alone."""

from __future__ import annotations

import torch

from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX
from remogen_ros.motion.standing import standing_rotations
from remogen_ros.streaming.footing import Footing

BALL = JOINT_INDEX["left_foot"]


def crouching(x: torch.Tensor) -> Motion:
    """(T,) somebody with bent knees, the pelvis, and with it all else, at x over the floor."""
    rotations = standing_rotations().repeat(len(x), 1, 1, 1)
    for side in ("left", "right"):
        for part, degrees in (("hip", -25.0), ("knee", 50.0), ("ankle", -25.0)):
            angle = torch.tensor(degrees).deg2rad()
            turn = torch.eye(3)
            turn[0, 0] = turn[2, 2] = angle.cos()
            turn[0, 2], turn[2, 0] = angle.sin(), -angle.sin()
            rotations[:, JOINT_INDEX[f"{side}_{part}"]] = turn
    roots = torch.zeros(len(x), 3)
    roots[:, 0] = x
    roots[:, 2] = ADULT.pelvis_height
    lowest = Motion(roots, rotations).joints()[0, BALL, 2]
    roots[:, 2] -= lowest - 0.016
    return Motion(roots, rotations)


def shown(motion: Motion) -> torch.Tensor:
    """(T, 22, 3) joints of what is shown, frame after frame."""
    batch = Motion(motion.root_positions[None], motion.rotations[None])
    footing = Footing.of(batch.frames(0, 1))
    frames = [batch.frames(0, 1)]
    for i in range(1, len(motion)):
        frame, footing = footing.shown(batch.frames(i, i + 1))
        frames.append(frame)
    return torch.cat([frame.joints()[0] for frame in frames])


def test_a_forecast_is_what_would_be_shown() -> None:
    """Creeping at first, then dragged along."""
    motion = crouching(torch.cumsum(torch.tensor([0.0, 0.01, 0.01, 0.02, 0.03, 0.03, 0.03]), 0))
    batch = Motion(motion.root_positions[None], motion.rotations[None])
    first = Footing.of(batch)
    poses, after = first.shown(batch.frames(1))
    torch.testing.assert_close(poses.joints()[0], shown(motion)[1:])
    _, alone = first.shown(batch.frames(1, 2))
    torch.testing.assert_close(after.off, alone.off)
    torch.testing.assert_close(after.balls, alone.balls)


def test_a_creeping_foot_stands_still() -> None:
    """It creeps at 0.1 m/s; 8 cm are within reach."""
    motion = crouching(0.01 * torch.arange(9))
    joints = shown(motion)
    assert float((joints[:, BALL] - joints[0, BALL]).norm(dim=-1).max()) < 1e-3
    torch.testing.assert_close(joints[:, 0], motion.joints()[:, 0])
    hips = JOINT_INDEX["left_hip"]
    torch.testing.assert_close(joints[:, hips], motion.joints()[:, hips])


def test_a_foot_is_kept_within_a_decimetre() -> None:
    """Further behind it is dragged along, without a jump."""
    motion = crouching(0.01 * torch.arange(40))
    joints, generated = shown(motion), motion.joints()
    apart = (joints[:, BALL] - generated[:, BALL]).norm(dim=-1)
    assert 0.095 < float(apart.max()) < 0.105
    assert float(joints[:, BALL].diff(dim=0).norm(dim=-1).max()) < 0.012


def test_a_stepping_foot_goes_where_it_is_generated() -> None:
    """At 1 m/s nothing is kept."""
    motion = crouching(0.1 * torch.arange(10))
    torch.testing.assert_close(shown(motion), motion.joints(), atol=1e-4, rtol=0)


def test_what_was_gathered_fades_within_a_few_frames() -> None:
    still, fast = 0.02 * torch.arange(5), 0.08 + 0.1 * torch.arange(1, 7)
    motion = crouching(torch.cat((still, fast)))
    apart = (shown(motion)[:, BALL] - motion.joints()[:, BALL]).norm(dim=-1)
    assert float(apart[4]) > 0.07 and float(apart[8]) < 0.01
    assert float(apart.diff().abs().max()) < 0.05, "without a jump"
