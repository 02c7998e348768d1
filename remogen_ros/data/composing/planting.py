"""Steps that stay where they are set down, in walks that were joined, hurried, or bent.

While a foot bears, the ball of it is held where it is in the middle of the step; the heel may rise
over it. In between, the foot goes over from the one step to the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.kinematics import skeleton_offsets
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.rotations import slerp
from remogen_ros.motion.skeleton import ADULT, FOOT_HEIGHT, JOINT_INDEX

_SLOW = 0.6
_LOW = 0.04
"""The ball of a foot slower than this, m/s, and no higher above where it stands, metres, bears."""

_BALLS = [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]]


@dataclass(frozen=True)
class _Step:
    """The step to which each frame of one foot belongs.

    Attributes:
        middle: (T,) the frame in the middle of it.
        nearest: (T,) the frame of it that is nearest.
    """

    middle: Tensor
    nearest: Tensor


def planted(motion: Motion) -> Motion:
    """The motion (T,) with feet that do not slide while they bear."""
    frames = len(motion)
    still = torch.eye(3).expand(frames, 3, 3)
    return standing_on(motion, planted_feet(motion, still, torch.zeros(frames, 3)))


def planted_feet(motion: Motion, turns: Tensor, shifts: Tensor) -> Feet:
    """The feet of a motion whose every frame is moved: those of a step as in the middle of it.

    Args:
        motion: (T,).
        turns, shifts: (T, 3, 3) and (T, 3), by which each frame is turned about the vertical
            through the origin and then shifted over the floor.

    Returns:
        (T,) feet for the moved motion.
    """
    feet = Feet.of(motion)
    soles = skeleton_offsets(ADULT, feet.ankles)[_BALLS]
    balls = feet.ankles + (feet.turns @ soles[..., None])[..., 0]
    ankles, orientations = feet.ankles.clone(), feet.turns.clone()
    for side, bears in enumerate(_bearing(balls).T):
        before, after, share = _steps_around(bears)
        (here, one), (there, other) = (
            _moved(feet, balls, side, step, turns, shifts) for step in (before, after)
        )
        ankles[:, side] = torch.lerp(here, there, share[:, None])
        orientations[:, side] = slerp(one, other, share)
    return Feet(ankles, orientations)


def _moved(
    feet: Feet, balls: Tensor, side: int, step: _Step, turns: Tensor, shifts: Tensor
) -> tuple[Tensor, Tensor]:
    """(T, 3) ankle and (T, 3, 3) orientation of one foot over a step, moved as in its middle."""
    held = balls[step.middle, side] - balls[step.nearest, side]
    ankle = feet.ankles[:, side] + held * held.new_tensor((1.0, 1.0, 0.0))
    turn = turns[step.middle]
    return (turn @ ankle[..., None])[..., 0] + shifts[step.middle], turn @ feet.turns[:, side]


def _bearing(balls: Tensor) -> Tensor:
    """(T, 2) bool, whether each foot rests on the floor, from (T, 2, 3) where its ball is."""
    steps = balls.diff(dim=0).norm(dim=-1) * FRAME_RATE
    speed = torch.minimum(torch.cat((steps[:1], steps)), torch.cat((steps, steps[-1:])))
    return (speed < _SLOW) & (balls[..., 2] < FOOT_HEIGHT + _LOW)


def _steps_around(bears: Tensor) -> tuple[_Step, _Step, Tensor]:
    """The step before and the one after each frame, and (T,) how far it is between them.

    While a foot bears, both are that very step; before the first one and after the last one there
    is no other.
    """
    frames = len(bears)
    edges = torch.nn.functional.pad(bears.int(), (1, 1)).diff().nonzero()[:, 0].tolist()
    steps = list(zip(edges[::2], edges[1::2], strict=True)) or [(0, frames)]
    clock, share = torch.arange(frames), torch.zeros(frames)
    number = torch.bucketize(clock, torch.tensor([first for first, _ in steps]), right=True) - 1
    before = number.clamp_min(0)
    after = before.clone()
    for place, (end, following) in enumerate(
        zip([end for _, end in steps], [first for first, _ in steps[1:]], strict=False)
    ):
        swing = torch.arange(1, following - end + 1) / (following - end + 1)
        share[end:following] = swing**2 * (3 - 2 * swing)
        after[end:following] = place + 1
    first, last = torch.tensor(steps).T - torch.tensor([[0], [1]])
    middle = (first + last) // 2
    one, other = (
        _Step(middle[step], torch.minimum(torch.maximum(clock, first[step]), last[step]))
        for step in (before, after)
    )
    return one, other, share
