"""One person's part of a duet: stand, do something real, stand again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from remogen_ros.data.composing.joining import (
    BLEND,
    crossfaded,
    eased,
    feet_together,
    placed,
    yaw_of,
)
from remogen_ros.data.composing.material import Material, fastest_joint
from remogen_ros.data.composing.planting import planted
from remogen_ros.data.corpus import Record
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import FRAME_RATE, Motion, concatenate
from remogen_ros.motion.resampling import resample_rate

LONGEST_ACTION = 56
"""Frames at most of a real clip within a duet; longer clips give a part of themselves."""

_MOVING_SPEED = 0.6
_MOVED = 0.12
"""Speed of the fastest joint, m/s, or way of the farthest, m, from which someone does something."""

STOPPING = 8
"""Frames before the end of a walk among which it stops, where the feet are together."""

_PACES = (0.8, 1.25)
"""How many times as fast, at least and at most, a walk is played to keep up with another's."""


@dataclass(frozen=True)
class Track:
    """One person's motion through a duet.

    Attributes:
        motion: (T,).
        begins: frame at which the action sets off.
    """

    motion: Motion
    begins: int


def stand(material: Material, frames: int, random: np.random.Generator) -> Track:
    """Stand and do nothing."""
    return Track(material.hold(material.rest(random), frames, random), frames)


def gesture(
    material: Material, clip: Record, begins: int, random: np.random.Generator, fight: bool
) -> Track:
    """Stand for `begins` frames, do a clip on the spot, and end as it ends.

    Before and after it they stand as anyone may, so that a stance does not tell what will follow;
    in a fight, they are in the stance of the fight all along.
    """
    return performed(material, action_of(material, clip, random), begins, random, fight)


def action_of(
    material: Material, clip: Record, random: np.random.Generator, again: bool = False
) -> Motion:
    """What a clip shows, at rest at its ends; if short, and if wanted, again and again."""
    action = _part(material.corpus.motion_of(clip), random)
    once = action
    while again and len(action) + len(once) - BLEND <= LONGEST_ACTION:
        action = crossfaded(action, _standing_at(once, 0, action, len(action) - 1), BLEND)
    return eased(action, True, True)


def performed(
    material: Material, action: Motion, begins: int, random: np.random.Generator, fight: bool
) -> Track:
    """`gesture` with an action (T,) that is at rest at its ends."""
    if fight:
        before = material.hold(action.frames(0, 1), begins, random, to_action=True)
        return Track(concatenate([before, action]), begins)
    rest = _standing_at(material.rest(random), 0, action, 0)
    feet = Feet.of(rest).moved_as(Feet.of(action))
    lift = (rest.root_positions - action.root_positions[:1]) * torch.tensor([0.0, 0.0, 1.0])
    action = Motion(action.root_positions + lift, action.rotations)
    before = material.hold(rest, begins + BLEND, random, to_action=True)
    after = material.hold(rest, 2 * BLEND, random, from_action=True)
    after = _over_feet(_standing_at(after, 0, action, len(action) - 1), rest, feet)
    motion = crossfaded(crossfaded(before, action, BLEND), after, BLEND)
    return Track(standing_on(motion, feet.held(begins, BLEND)), begins)


def walk_off(
    material: Material,
    clip: Record,
    begins: int,
    length: float,
    random: np.random.Generator,
    speed: float = 0.0,
) -> Track | None:
    """Stand for `begins` frames, walk so many metres, and stop; None if the clip is too short.

    With a speed, m/s, the walk is played faster or slower to come near it.
    """
    action = _stretch(material.corpus.motion_of(clip), length, random)
    if action is None:
        return None
    action = paced(action, speed) if speed else action
    action = eased(action, True, True)
    rest = material.rest(random)
    before = material.hold(rest, begins + BLEND, random, to_action=True)
    before = _standing_at(before, len(before) - 1, action, 0)
    after = material.hold(rest, 2 * BLEND, random, from_action=True)
    after = _standing_at(after, 0, action, len(action) - 1)
    motion = crossfaded(crossfaded(before, action, BLEND), after, BLEND)
    return Track(planted(motion), begins)


def walk_up(material: Material, clip: Record, longest: int, random: np.random.Generator) -> Track:
    """Come walking from the first frame on, and stop."""
    action = material.corpus.motion_of(clip)
    return Track(walk_until(material, action, min(longest, len(action)), random), 0)


def walk_until(
    material: Material, action: Motion, stop: int, random: np.random.Generator
) -> Motion:
    """Walk from the first frame to about frame `stop`, and stand there."""
    action = action.frames(0, stop)
    last = feet_together(action, len(action) - STOPPING, len(action))
    action = eased(action.frames(0, last + 1), False, True)
    after = material.hold(material.rest(random), 2 * BLEND, random, from_action=True)
    after = _standing_at(after, 0, action, len(action) - 1)
    return planted(crossfaded(action, after, BLEND))


def pace(motion: Motion) -> float:
    """Mean speed of the pelvis over the floor, m/s."""
    way = motion.root_positions[:, :2].diff(dim=0).norm(dim=-1).mean()
    return float(way) * FRAME_RATE


def paced(motion: Motion, speed: float) -> Motion:
    """The motion played faster or slower so that its pace comes near a speed."""
    faster = float(np.clip(speed / max(pace(motion), 1e-3), *_PACES))
    return resample_rate(motion, FRAME_RATE * faster, FRAME_RATE) if len(motion) > 1 else motion


def walk_by(material: Material, clip: Record, longest: int) -> Track:
    """Walk from the first frame to the last."""
    return Track(material.corpus.motion_of(clip).frames(0, longest), 0)


def lengthened(
    motion: Motion, frames: int, material: Material, random: np.random.Generator
) -> Motion:
    """A motion made to last so many frames: its end is held, or what is too much cut off."""
    motion = motion.frames(0, frames)
    missing = frames - len(motion)
    if missing <= 0:
        return motion
    last = motion.frames(len(motion) - 1)
    return concatenate([motion, material.hold(last, missing, random, from_action=True)])


def onset(track: Track) -> int:
    """The frame at which an action is first seen to go on: fast, or slowly but already far."""
    joints = track.motion.joints()[track.begins :]
    far = (joints - joints[:1]).norm(dim=-1).amax(-1) > _MOVED
    moving = far.numpy() | (fastest_joint(track.motion)[track.begins :] > _MOVING_SPEED)
    return track.begins + (int(moving.argmax()) if moving.any() else 0)


def _part(motion: Motion, random: np.random.Generator) -> Motion:
    """The whole of a short clip; of a long one, a part between moments of rest."""
    spare = len(motion) - LONGEST_ACTION
    if spare <= 0:
        return motion
    speeds = fastest_joint(motion)
    first = int(random.integers(spare + 1))
    first += int(speeds[first : first + 10].argmin())
    last = min(first + LONGEST_ACTION, len(motion))
    last -= int(speeds[last - 10 : last][::-1].argmin())
    return motion.frames(first, last)


def _stretch(motion: Motion, length: float, random: np.random.Generator) -> Motion | None:
    """A stretch of so many metres of walking, between moments when the feet pass each other."""
    margin = 6
    steps = motion.root_positions[:, :2].diff(dim=0).norm(dim=-1)
    covered = np.concatenate(([0.0], steps.cumsum(0).numpy()))
    fits = np.flatnonzero(covered[-1 - margin] - covered > length)
    if len(fits) == 0:
        return None
    start = int(random.integers(len(fits)))
    first = feet_together(motion, start, start + margin)
    stop = int(np.searchsorted(covered, covered[first] + length))
    if stop + margin > len(motion):
        return None
    last = feet_together(motion, max(stop - 3, first + 4), stop + margin - 3)
    return motion.frames(first, last + 1)


def _over_feet(still: Motion, rest: Motion, feet: Feet) -> Motion:
    """Someone who stands moved to be over the last of the feet as `rest` is over the first."""
    turn = still.rotations[:1, 0] @ rest.rotations[:1, 0].mT
    own = rest.root_positions[0] - feet.ankles[0].mean(0)
    wanted = feet.ankles[-1].mean(0) + (turn[0] @ own)
    shift = (wanted - still.root_positions[0]) * torch.tensor([1.0, 1.0, 0.0])
    return still.moved(torch.eye(3), shift)


def _standing_at(still: Motion, frame: int, action: Motion, at: int) -> Motion:
    """Someone who stands moved to where, and turned to how, an action begins or ends."""
    x, y = action.root_positions[at, :2].tolist()
    return placed(still, frame, (x, y), yaw_of(action, at))
