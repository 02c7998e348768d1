"""Joining real motion at its seams: standing before and after it, setting off, stopping.

The clips of most corpora are cut close: a wave begins as the hand rises, a walk in mid-stride.
Here a pose of the clip itself is held, so that feet do not slide, with the sway of a person who
really stands in the upper body; the clip sets off from it and comes to rest in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from remogen_ros.motion.canonical import heading_of_orientation
from remogen_ros.motion.poses import FRAME_RATE, Motion, concatenate
from remogen_ros.motion.resampling import resample
from remogen_ros.motion.rotations import (
    matrix_from_axis_angle,
    matrix_to_axis_angle,
    slerp,
    yaw_matrix,
)
from remogen_ros.motion.skeleton import ANKLE_HEIGHT, FOOT_HEIGHT, FOOT_JOINTS, JOINT_INDEX

BLEND = 5
"""Frames over which one motion turns into another (0.5 s)."""

_ARM_JOINTS: tuple[int, ...] = tuple(
    JOINT_INDEX[f"{side}_{part}"]
    for side in ("left", "right")
    for part in ("collar", "shoulder", "elbow", "wrist")
)
_SPINE_JOINTS = [JOINT_INDEX[n] for n in ("spine1", "spine2", "spine3", "neck", "head")]
_SWAYING = [*_SPINE_JOINTS, *_ARM_JOINTS]


@dataclass(frozen=True)
class Sway:
    """How the upper body of a standing person moves about its mean.

    Attributes:
        turns: (T, S, 3) rotation vectors of the swaying joints, radians.
    """

    turns: Tensor

    @staticmethod
    def of(standing: Motion) -> Sway:
        """The sway in (T,) frames of someone who really stands."""
        rotations = standing.rotations[:, _SWAYING]
        middle = rotations[len(rotations) // 2]
        turns = matrix_to_axis_angle(middle.transpose(-1, -2) @ rotations)
        return Sway(turns - turns.mean(0))

    def played(self, frames: int, start: int) -> Tensor:
        """(frames, S, 3), to and fro, from some frame on."""
        period = max(2 * len(self.turns) - 2, 1)
        place = (torch.arange(frames) + start) % period
        return self.turns[torch.minimum(place, period - place).clamp_max(len(self.turns) - 1)]


def yaw_of(motion: Motion, frame: int) -> float:
    """Heading of the body at a frame, radians about z."""
    x, y = heading_of_orientation(motion.rotations[frame, 0]).tolist()
    return float(np.arctan2(y, x))


def placed(motion: Motion, frame: int, position: tuple[float, float], yaw: float) -> Motion:
    """The motion moved: at `frame` the pelvis is over `position` and the body faces `yaw`."""
    turn = yaw_matrix(torch.tensor(yaw - yaw_of(motion, frame)))
    pivot = turn @ motion.root_positions[frame]
    shift = torch.tensor([position[0] - pivot[0], position[1] - pivot[1], 0.0])
    return motion.moved(turn, shift)


def held(
    pose: Motion, frames: int, sway: Sway, start: int, from_action: bool, to_action: bool
) -> Motion:
    """A pose (1,) held for some frames, swaying; still where an action joins it."""
    strength = torch.ones(frames)
    ramp = torch.arange(1, BLEND + 1) / (BLEND + 1)
    size = min(BLEND, frames)
    if from_action:
        strength[:size] = torch.minimum(strength[:size], ramp[:size])
    if to_action:
        strength[frames - size :] = torch.minimum(strength[frames - size :], ramp[:size].flip(0))
    rotations = pose.rotations.repeat(frames, 1, 1, 1)
    turns = sway.played(frames, start) * strength[:, None, None]
    rotations[:, _SWAYING] = rotations[:, _SWAYING] @ matrix_from_axis_angle(turns)
    return Motion(pose.root_positions.repeat(frames, 1), rotations)


def eased(motion: Motion, set_off: bool, come_to_rest: bool) -> Motion:
    """The motion gathering speed at its start and losing it at its end.

    It passes through the same poses; only their times change: BLEND frames take twice as long.
    """
    times = np.arange(len(motion)) / FRAME_RATE
    ramp = BLEND / FRAME_RATE
    length = times[-1] + ramp * (set_off + come_to_rest)
    count = int(np.floor(length * FRAME_RATE + 1e-6)) + 1
    clock = np.arange(count) / FRAME_RATE
    inner = clock.copy()
    if set_off:
        early = clock < 2 * ramp
        inner = np.where(early, clock**2 / (4 * ramp), clock - ramp)
    if come_to_rest:
        left = length - clock
        late = left < 2 * ramp
        inner = np.where(late, times[-1] - left**2 / (4 * ramp), inner)
    return resample(motion, times, np.clip(inner, 0.0, times[-1]))


def crossfaded(first: Motion, second: Motion, frames: int) -> Motion:
    """The last `frames` of one motion turned smoothly into the first `frames` of the next.

    Feet are kept on the floor in between, where blended legs would lift or sink them.
    """
    fraction = (torch.arange(frames) + 1) / (frames + 1)
    fraction = fraction**2 * (3 - 2 * fraction)
    before, after = first.frames(len(first) - frames), second.frames(0, frames)
    roots = torch.lerp(before.root_positions, after.root_positions, fraction[:, None])
    rotations = slerp(before.rotations, after.rotations, fraction[:, None])
    blended = Motion(roots, rotations)
    wanted = torch.lerp(_clearance(before), _clearance(after), fraction)
    lift = torch.zeros_like(roots)
    lift[:, 2] = wanted - _clearance(blended)
    middle = Motion(roots + lift, rotations)
    return concatenate([first.frames(0, len(first) - frames), middle, second.frames(frames)])


def _clearance(motion: Motion) -> Tensor:
    """(T,) height of the lowest foot point above where it stands, metres."""
    heights = motion.joints()[:, list(FOOT_JOINTS), 2]
    return (heights - heights.new_tensor([ANKLE_HEIGHT, FOOT_HEIGHT] * 2)).amin(-1)


def deepened(motion: Motion, factor: float) -> Motion:
    """The motion with the spine bent so many times as far from how it is at first."""
    bones = [JOINT_INDEX[name] for name in ("spine1", "spine2", "spine3")]
    rotations = motion.rotations.clone()
    first = rotations[:1, bones]
    turns = matrix_to_axis_angle(first.mT @ rotations[:, bones])
    rotations[:, bones] = first @ matrix_from_axis_angle(factor * turns)
    return Motion(motion.root_positions, rotations)


def feet_together(motion: Motion, first: int, last: int) -> int:
    """The frame in first .. last - 1 at which the ankles are closest over the floor."""
    joints = motion.joints()[first:last, :, :2]
    left, right = joints[:, JOINT_INDEX["left_ankle"]], joints[:, JOINT_INDEX["right_ankle"]]
    return first + int((left - right).norm(dim=-1).argmin())


def minimum_jerk(share: Tensor) -> Tensor:
    """(...) share of the time of a reach -> share of its way (Flash and Hogan, 1985)."""
    share = share.clamp(0, 1)
    return share**3 * (10 - 15 * share + 6 * share**2)


def there_and_back(frames: int, sets_off: int, arrives: int, leaves: int, is_back: int) -> Tensor:
    """(frames,) share of its way of a hand that reaches, stays, and withdraws."""
    clock = torch.arange(frames).float()
    there = minimum_jerk((clock - sets_off) / max(arrives - sets_off, 1))
    return there - minimum_jerk((clock - leaves) / max(is_back - leaves, 1))
