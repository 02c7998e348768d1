"""One person's part of a duet: stand, do something real, stand again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from remogen_ros.data.corpus import Corpus, Record
from remogen_ros.data.joining import (
    BLEND,
    Sway,
    crossfaded,
    eased,
    feet_together,
    held,
    placed,
    yaw_of,
)
from remogen_ros.data.splits import Split
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import FRAME_RATE, Motion, concatenate
from remogen_ros.motion.skeleton import JOINT_INDEX

LONGEST_ACTION = 56
"""Frames at most of a real clip within a duet; longer clips give a part of themselves."""

_STILL_SPEED = 0.4
_MOVING_SPEED = 0.6
"""Speed of the fastest joint, m/s, below which someone stands, above which they do something."""

_CALM_SPEED = 0.3
_CALM_TURN = 0.3
"""Speed of the fastest joint (m/s) and turn of any joint (radians) of whoever merely sways."""

_LEAST_SWAY = 8
_ARMS_DOWN = 0.05
"""Metres above the pelvis that hanging hands do not exceed."""


@dataclass(frozen=True)
class Track:
    """One person's motion through a duet.

    Attributes:
        motion: (T,).
        begins: frame at which the action sets off.
    """

    motion: Motion
    begins: int


class Material:
    """The clips of one split, and how people stand in them."""

    def __init__(self, corpus: Corpus, split: Split) -> None:
        self.corpus = corpus
        self._clips: dict[str, list[Record]] = {}
        self._rests: list[Motion] = []
        self._sways: list[Sway] = []
        self._liveliness: list[float] = []
        for clip in corpus.select(split):
            self._clips.setdefault(clip.content, []).append(clip)
            if clip.phase == 0:
                self._learn_standing(corpus.motion_of(clip))
        # Someone who shifts the arms is not idle; where nobody is calm, the calmest will do.
        limit = max(1.0, min(self._liveliness, default=1.0))
        pairs = zip(self._sways, self._liveliness, strict=True)
        self._sways = [sway for sway, liveliness in pairs if liveliness <= limit]

    def _learn_standing(self, motion: Motion) -> None:
        joints = motion.joints()
        still = fastest_joint(motion) < _STILL_SPEED
        for frame in (0, len(motion) - 1):
            if _arms_hang(motion.frames(frame, frame + 1)) and still[frame]:
                self._rests.append(motion.frames(frame, frame + 1))
        hands = joints[:, [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]], 2].amax(-1)
        standing = still & (hands < joints[:, 0, 2] + _ARMS_DOWN).numpy()
        edges = np.flatnonzero(np.diff(np.concatenate(([0], standing.astype(int), [0]))))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            if last - first >= _LEAST_SWAY:
                self._learn_sway(motion.frames(int(first), int(last)))

    def _learn_sway(self, standing: Motion) -> None:
        """Note the sway of someone who stands, and how lively it is once the legs stand still."""
        sway = Sway.of(standing)
        alone = held(standing.frames(0, 1), len(standing), sway, 0, False, False)
        fastest, widest = fastest_joint(alone).max(), sway.turns.norm(dim=-1).max()
        self._liveliness.append(max(float(fastest) / _CALM_SPEED, float(widest) / _CALM_TURN))
        self._sways.append(sway)

    @property
    def complete(self) -> bool:
        """Whether anyone in it stands, which everything else needs."""
        return bool(self._rests and self._sways)

    def clips(self, contents: tuple[str, ...], shortest: int = 0) -> list[Record]:
        """Clips of some content labels."""
        found = [clip for content in contents for clip in self._clips.get(content, [])]
        return [clip for clip in found if clip.count >= shortest]

    def rest(self, random: np.random.Generator) -> Motion:
        """(1,) someone who stands with hanging arms."""
        return self._rests[random.integers(len(self._rests))]

    def hold(
        self,
        pose: Motion,
        frames: int,
        random: np.random.Generator,
        from_action: bool = False,
        to_action: bool = False,
    ) -> Motion:
        """A pose (1,) held for so many frames by someone who sways."""
        sway = self._sways[random.integers(len(self._sways))]
        return held(pose, frames, sway, int(random.integers(1000)), from_action, to_action)


def fastest_joint(motion: Motion) -> np.ndarray:
    """(T,) speed of the fastest joint, m/s."""
    speeds = (motion.joints().diff(dim=0) * FRAME_RATE).norm(dim=-1).amax(-1)
    return torch.cat((speeds[:1], speeds)).numpy()


def _arms_hang(pose: Motion) -> bool:
    joints = pose.joints()[0]
    hands = joints[[JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]], 2].max()
    return bool(hands < joints[0, 2] + _ARMS_DOWN)


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
    action = eased(_part(material.corpus.motion_of(clip), random), True, True)
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
    material: Material, clip: Record, begins: int, length: float, random: np.random.Generator
) -> Track | None:
    """Stand for `begins` frames, walk so many metres, and stop; None if the clip is too short."""
    action = _stretch(material.corpus.motion_of(clip), length, random)
    if action is None:
        return None
    action = eased(action, True, True)
    rest = material.rest(random)
    before = material.hold(rest, begins + BLEND, random, to_action=True)
    before = _standing_at(before, len(before) - 1, action, 0)
    after = material.hold(rest, 2 * BLEND, random, from_action=True)
    after = _standing_at(after, 0, action, len(action) - 1)
    motion = crossfaded(crossfaded(before, action, BLEND), after, BLEND)
    return Track(motion, begins)


def walk_up(material: Material, clip: Record, longest: int, random: np.random.Generator) -> Track:
    """Come walking from the first frame on, and stop."""
    action = material.corpus.motion_of(clip).frames(0, longest)
    last = feet_together(action, len(action) - 8, len(action))
    action = eased(action.frames(0, last + 1), False, True)
    after = material.hold(material.rest(random), 2 * BLEND, random, from_action=True)
    after = _standing_at(after, 0, action, len(action) - 1)
    return Track(crossfaded(action, after, BLEND), 0)


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
    """The frame at which an action is first seen to go on."""
    moving = fastest_joint(track.motion)[track.begins :] > _MOVING_SPEED
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
