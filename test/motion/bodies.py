"""Poses that tests of several files of this room start from."""

from __future__ import annotations

import torch

from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import JOINT_INDEX
from test.data.bodies import hanging, turn


def crouching(frames: int) -> Motion:
    """Hanging arms, both hips 30 degrees forward, both knees 60 degrees back: feet level."""
    motion = hanging(frames)
    rotations = motion.rotations.clone()
    for side in ("left", "right"):
        for part, degrees in (("hip", -30), ("knee", 60), ("ankle", -30)):
            rotations[:, JOINT_INDEX[f"{side}_{part}"]] = torch.tensor(turn("y", degrees)).float()
    return Motion(motion.root_positions, rotations)
