"""A walk whose feet rest and step, and how much feet slide."""

from __future__ import annotations

import torch

from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import Motion
from test.data.bodies import hanging


def stepping(frames: int, step: float = 0.5) -> Motion:
    """Someone who walks along x: every foot rests for six frames, then steps twice as far."""
    motion = hanging(frames)
    phase = torch.arange(frames) / 6.0
    roots = motion.root_positions.clone()
    roots[:, 0] = phase * step
    roots[:, 2] -= 0.05
    feet = Feet.of(motion)
    ankles = feet.ankles.clone()
    for side in (0, 1):
        own = (phase - side) / 2
        done = own.floor()
        swing = ((own - done - 0.5) * 2).clamp(0, 1)
        ankles[:, side, 0] = (done + swing**2 * (3 - 2 * swing)) * 2 * step + side * step
        ankles[:, side, 2] += 0.1 * (swing * torch.pi).sin()
    return standing_on(Motion(roots, motion.rotations), Feet(ankles, feet.turns))


def slide(motion: Motion) -> float:
    """Mean speed over the floor of ankles that are low and slow in height, m/s."""
    ankles = Feet.of(motion).ankles
    low = (ankles[1:, :, 2] < 0.08) & (ankles[:-1, :, 2] < 0.08)
    speed = ankles[..., :2].diff(dim=0).norm(dim=-1) * 10
    return float(speed[low].mean())
