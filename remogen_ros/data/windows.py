"""Random windows of a corpus: what the prior, the adapters and the refinement are trained on.

Windows are in world coordinates; the trainer turns them into canonical features. The poses of a
split are unpacked once into memory (about 1.1 kB a frame), so that drawing is mere copying. That
memory may be a GPU's: which windows are drawn is decided on the CPU all the same.
"""

from __future__ import annotations

import hashlib
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from typing_extensions import Self

from remogen_ros.cues.partners import PARTNER_FRAMES
from remogen_ros.data.corpus import Corpus
from remogen_ros.data.splits import Split
from remogen_ros.data.texts import mirrored_text
from remogen_ros.data.window_rows import (
    clip_weights,
    gathered,
    gathered_joints,
    not_finite,
    padded,
)
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE, Motion

_LEAD = PARTNER_FRAMES - 1
"""Frames of a pair before its first window: the partner has a full past in every cue."""

ACTING = 0.6
"""Speed of the fastest joint above which the ego of a pair does something, m/s."""


@dataclass(frozen=True)
class People:
    """A batch of windows of one person.

    Attributes:
        motion: (B, T) at 10 Hz, in the world.
        texts: (B,) indices into the corpus' texts.
        acts: (B, T) bool, between beginning and end of what its texts name; before and after it
            the ego of a pair only stands. All true where no pair was composed.
        clips: (B,) indices into the windows' `names`; always on the CPU.
    """

    motion: Motion
    texts: Tensor
    acts: Tensor
    clips: Tensor


@dataclass(frozen=True)
class Pairs(People):
    """The same of an ego with its partner, in one world.

    Attributes:
        partner: (B, T + 15, 22, 3) joints. Partner frame t + 15 is simultaneous with ego frame t,
            so the online cue of ego frame t is partner[:, t : t + 16].
    """

    partner: Tensor


@dataclass(frozen=True)
class _Draw:
    """Which windows a batch holds.

    Attributes:
        starts: (B,) frames of the split.
        clips: (B,) clips of the split.
        texts: (B,) text ids.
        mirrored: how many windows, from the first on, are to be mirrored.
    """

    starts: Tensor
    clips: Tensor
    texts: Tensor
    mirrored: int


@dataclass(frozen=True)
class _Choices:
    """From where windows of one length can start.

    Attributes:
        weights: (C,) how likely each clip is.
        first: (C,) first start of each clip.
        count: (C,) starts of each clip.
    """

    weights: Tensor
    first: Tensor
    count: Tensor


class Windows:
    """What windows of every kind have in common: which of them are drawn."""

    def __init__(
        self,
        corpus: Corpus,
        split: Split,
        mirrored_share: float,
        balance: float,
        onset_share: float,
        lead: int,
    ) -> None:
        self._split = split
        self._clips = [clip for clip in corpus.clips if clip.split == split]
        self._names = tuple(clip.name for clip in self._clips)
        self._said = corpus.texts
        self._mirrored_share = mirrored_share
        self._balance = balance
        self._onset_share = onset_share
        self._lead = lead
        self._choices: dict[int, _Choices] = {}
        self._first = np.cumsum([0, *(clip.count for clip in self._clips)])[:-1]
        self._place = torch.device("cpu")
        self._poses = corpus.ego.motion(self._frames())
        self._joints = self._poses.joints()
        self._texts = padded([clip.texts for clip in self._clips])
        self._text_counts = torch.tensor([len(clip.texts) for clip in self._clips])
        ids = {text: i for i, text in enumerate(corpus.texts)}
        self._mirrored_texts = torch.tensor(
            [ids.get(mirrored_text(text), i) for text, i in ids.items()]
        )
        composed = corpus.partner is not None or bool(corpus.scenes)
        self._begins, self._ends = self._actions(composed)
        self._onsets = self._begins - torch.from_numpy(self._first)
        counts = torch.tensor([clip.count for clip in self._clips])
        self._sets_off = (self._onsets > lead) & (self._onsets < counts)

    def to(self, device: torch.device | str) -> Self:
        """The same windows, drawn on another device.

        Raises:
            UserError: a clip holds a number that is not finite.
        """
        moved = copy(self)
        moved._place = torch.device(device)
        moved._poses, moved._joints = self._poses.to(device), self._joints.to(device)
        self._refuse_damage(self._poses.root_positions, self._poses.rotations, self._joints)
        return moved

    def _refuse_damage(self, *rows: Tensor) -> None:
        for values in rows:
            damaged = (~values.flatten(1).isfinite().all(1)).nonzero()
            if len(damaged):
                clip = int(np.searchsorted(self._first, int(damaged[0]), side="right")) - 1
                raise UserError(not_finite(f"the clip {self._names[clip]!r}"))

    def _there(self, values: Tensor) -> Tensor:
        """Something small from the CPU, on the windows' device, without waiting for that."""
        if self._place.type == "cpu":
            return values
        return values.pin_memory().to(self._place, non_blocking=True)

    def _index(self, starts: Tensor, first: int, stop: int) -> Tensor:
        """(B,) -> (B, stop - first) frames of the split, on the windows' device."""
        frames = torch.arange(first, stop, device=self._place)
        return self._there(starts)[:, None] + frames

    def _frames(self) -> Tensor:
        """Where the frames of the split are in the corpus, clip after clip."""
        spans = [torch.arange(clip.start, clip.start + clip.count) for clip in self._clips]
        return torch.cat([torch.zeros(0, dtype=torch.long), *spans])

    def _actions(self, composed: bool) -> tuple[Tensor, Tensor]:
        """(C,) and (C,): where each clip's action begins in the split, and where it has ended.

        Both are after the end of a clip whose ego does nothing.
        """
        begins = torch.from_numpy(self._first)
        ends = begins + torch.tensor([clip.count for clip in self._clips], dtype=torch.long)
        if not composed:
            return begins, ends
        begins = begins.clone()
        steps = self._joints.diff(dim=0).norm(dim=-1).amax(-1) * FRAME_RATE
        for row, (first, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
            moving = (steps[first : end - 1] > ACTING).nonzero()[:, 0]
            begins[row] = first + 1 + int(moving[0]) if len(moving) else end
            ends[row] = first + 2 + int(moving[-1]) if len(moving) else end
        return begins, ends

    @cached_property
    def digest(self) -> str:
        """Hash of the clips: their labels, what is said of them, how the egos move."""
        digest = hashlib.blake2b(digest_size=16)
        for clip in self._clips:
            digest.update(clip.model_dump_json(exclude={"source", "licence", "texts"}).encode())
            digest.update("\n".join(self._said[text] for text in clip.texts).encode())
        for part in (self._poses.root_positions, self._poses.rotations):
            digest.update(np.ascontiguousarray(part.cpu().numpy()).data)
        return digest.hexdigest()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the clips of the split."""
        return self._names

    def starts(self, frames: int) -> int:
        """How many different windows of that length there are."""
        return int(self._starts_of(frames).count.sum())

    def _starts_of(self, frames: int) -> _Choices:
        if frames not in self._choices:
            counts = [clip.count - self._lead - frames + 1 for clip in self._clips]
            if max(counts, default=0) < 1:
                raise UserError(
                    f"No clip of the {self._split} split is long enough for windows of {frames} "
                    "frames; train on shorter ones or on another corpus."
                )
            count = torch.tensor(counts).clamp_min(0)
            first = torch.from_numpy(self._first) + self._lead
            weights = clip_weights(self._clips, count, self._balance)
            self._choices[frames] = _Choices(weights, first, count)
        return self._choices[frames]

    def _draw(self, batch: int, frames: int, random: torch.Generator) -> _Draw:
        choices = self._starts_of(frames)
        row = torch.multinomial(choices.weights, batch, replacement=True, generator=random)
        place = torch.rand(batch, generator=random, dtype=torch.float64)
        starts = choices.first[row] + self._offsets(place, row, choices, frames)
        pick = torch.rand(batch, generator=random)
        texts = self._texts[row, (pick * self._text_counts[row]).long()]
        # Rows are drawn independently, so mirroring the first ones is as random as mirroring any.
        flips = int((torch.rand(batch, generator=random) < self._mirrored_share).sum())
        texts = torch.cat((self._mirrored_texts[texts[:flips]], texts[flips:]))
        return _Draw(starts, row, texts, flips)

    def _offsets(self, place: Tensor, row: Tensor, choices: _Choices, frames: int) -> Tensor:
        """(B,) which start of its clip each window takes, from (B,) places in 0 .. 1."""
        share = self._onset_share
        if not share:
            return (place * choices.count[row]).long()
        # One number in 0 .. 1 chooses between the two ways, and the rest of it the place.
        chosen = place < share
        place = torch.where(chosen, place / share, (place - share) / max(1 - share, 1e-9))
        anywhere = (place * choices.count[row]).long()
        # At least a step of stillness before it, or it would not be seen as the beginning.
        before = 2 + (place * (frames - 2)).long()
        around = (self._onsets[row] - self._lead - before).clamp_min(0)
        around = torch.minimum(around, choices.count[row] - 1)
        return torch.where(chosen & self._sets_off[row], around, anywhere)

    def _acts(self, draw: _Draw, frames: int) -> Tensor:
        index = draw.starts[:, None] + torch.arange(frames)
        begins, ends = self._begins[draw.clips, None], self._ends[draw.clips, None]
        return self._there((index >= begins) & (index < ends))

    def _motion(self, draw: _Draw, frames: int) -> Motion:
        index = self._index(draw.starts, 0, frames)
        roots = gathered(self._poses.root_positions, index)
        rotations = gathered(self._poses.rotations, index)
        if draw.mirrored:
            mirrored = Motion(roots[: draw.mirrored], rotations[: draw.mirrored]).mirrored()
            roots[: draw.mirrored] = mirrored.root_positions
            rotations[: draw.mirrored] = mirrored.rotations
        return Motion(roots, rotations, gathered_joints(self._joints, index, draw.mirrored))


class SingleWindows(Windows):
    """Windows of one person."""

    def __init__(
        self,
        corpus: Corpus,
        split: Split,
        mirrored_share: float = 0.5,
        balance: float = 0.5,
        onset_share: float = 0.0,
    ) -> None:
        """Set up the draw.

        Args:
            corpus: of one person, or of pairs, of which the ego is taken.
            split: whose clips.
            mirrored_share: of windows that are left/right mirrored, texts included.
            balance: 0 draws every window equally often, 1 every content label.
            onset_share: of windows that have the moment in them at which the ego of a pair sets
                off from standing, which is rare and hard to learn.
        """
        super().__init__(corpus, split, mirrored_share, balance, onset_share, lead=0)

    def draw(self, batch: int, frames: int, random: torch.Generator) -> People:
        """A batch of windows.

        Raises:
            UserError: no clip of the split is long enough.
        """
        draw = self._draw(batch, frames, random)
        motion, acts = self._motion(draw, frames), self._acts(draw, frames)
        return People(motion, self._there(draw.texts), acts, draw.clips)


class DuetWindows(Windows):
    """Windows of an ego with its partner."""

    def __init__(
        self,
        corpus: Corpus,
        split: Split,
        mirrored_share: float = 0.5,
        balance: float = 0.5,
        onset_share: float = 0.0,
    ) -> None:
        """Set up the draw, as for `SingleWindows`; `balance` counts social rules.

        Raises:
            UserError: the corpus is not one of pairs.
        """
        if corpus.partner is None:
            raise UserError("Windows of pairs need a duet corpus, not a single-person one.")
        super().__init__(corpus, split, mirrored_share, balance, onset_share, lead=_LEAD)
        self._partner = corpus.partner.motion(self._frames()).joints()

    def to(self, device: torch.device | str) -> Self:
        """See `Windows`."""
        moved = super().to(device)
        self._refuse_damage(self._partner)
        moved._partner = self._partner.to(device)
        return moved

    def draw(self, batch: int, frames: int, random: torch.Generator) -> Pairs:
        """A batch of windows, mirrored partner with mirrored ego.

        Raises:
            UserError: no pair of the split is long enough.
        """
        draw = self._draw(batch, frames, random)
        index = self._index(draw.starts, -_LEAD, frames)
        joints = gathered_joints(self._partner, index, draw.mirrored)
        motion, acts = self._motion(draw, frames), self._acts(draw, frames)
        return Pairs(motion, self._there(draw.texts), acts, draw.clips, joints)
