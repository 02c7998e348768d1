"""What duets are made of: the clips of one split, and how people stand in them."""

from __future__ import annotations

import numpy as np
import torch

from remogen_ros.data.composing.joining import Sway, held
from remogen_ros.data.corpus import Corpus, Record
from remogen_ros.data.splits import Split
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.skeleton import JOINT_INDEX

_STILL_SPEED = 0.4
"""Speed of the fastest joint, m/s, below which someone stands."""

_CALM_SPEED = 0.3
_CALM_TURN = 0.3
"""Speed of the fastest joint (m/s) and turn of any joint (radians) of whoever merely sways."""

_LEAST_SWAY = 8
_ARMS_DOWN = 0.05
"""Metres above the pelvis that hanging hands do not exceed."""


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
