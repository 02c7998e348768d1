"""Clips of a split with their captions, as the evaluator is trained and checked on them.

A caption is true of every clip that has it among its texts, whoever it was drawn for: such a clip
is no wrong answer to it. Captions that fit whatever happens ("react to the other person") are left
out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.data.corpus import Corpus, Record
from remogen_ros.data.duets.social_rules import load_social_rules
from remogen_ros.data.splits import Split
from remogen_ros.data.texts import mirrored_text
from remogen_ros.data.windows import ACTING
from remogen_ros.errors import UserError
from remogen_ros.evaluation.evaluator_networks import LONGEST_FRAMES
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.skeleton import MIRRORED_JOINTS

_SHORTEST = 20
"""Frames that are left of a cropped clip, if it has so many."""

_MARGIN = 5
"""Frames before and after what the ego of a composed clip does that are always kept."""

_SLACK = 8
"""A clip without such a beginning and end is cropped by at most this part of it at either end."""


@dataclass(frozen=True)
class Clips:
    """A batch of clips of different lengths; what is beyond a clip's length repeats its last frame.

    Attributes:
        ego: (B, T, 22, 3) joints in the world, metres.
        partner: (B, T, 22, 3) in the same world, of a corpus of pairs.
        lengths: (B,) frames that count.
        captions: (B,) indices into the corpus' texts.
        true: (B, B) bool, whether the caption of column j is true of clip i.
        moves: (B,) bool, whether the ego does anything.
    """

    ego: Tensor
    partner: Tensor | None
    lengths: Tensor
    captions: Tensor
    true: Tensor
    moves: Tensor


class CaptionedClips:
    """All clips of a split that a caption tells something about."""

    def __init__(self, corpus: Corpus, split: Split) -> None:
        """Unpack the joints of every clip.

        Raises:
            UserError: no clip of the split has a caption.
        """
        anything = load_social_rules().anything
        telling = [text not in anything for text in corpus.texts]
        clips = [clip for clip in corpus.select(split) if any(telling[t] for t in clip.texts)]
        if not clips:
            raise UserError(f"No clip of the {split} split has a caption: an evaluator needs some.")
        frames = torch.cat([torch.arange(c.start, c.start + c.count) for c in clips])
        self._ego = corpus.ego.motion(frames).joints()
        self._partner = None if corpus.partner is None else corpus.partner.motion(frames).joints()
        self._counts = torch.tensor([clip.count for clip in clips])
        self._first = self._counts.cumsum(0) - self._counts
        self.true = torch.zeros(len(clips), len(corpus.texts), dtype=torch.bool)
        for row, clip in enumerate(clips):
            self.true[row, [text for text in clip.texts if telling[text]]] = True
        ids = {text: i for i, text in enumerate(corpus.texts)}
        self._mirrored = torch.tensor([ids.get(mirrored_text(t), i) for t, i in ids.items()])
        self._weights = _weights(clips)
        self._begins, self._ends = self._actions()
        composed = corpus.partner is not None or bool(corpus.scenes)
        self._crops = self._slack(composed)

    def __len__(self) -> int:
        return len(self._counts)

    def draw(self, batch: int, random: torch.Generator, mirrored_share: float = 0.5) -> Clips:
        """A batch of randomly cropped and mirrored clips, rare labels oftener than they are."""
        rows = torch.multinomial(self._weights, batch, replacement=True, generator=random)
        captions = torch.multinomial(self.true[rows].double(), 1, generator=random)[:, 0]
        mirrored = torch.rand(batch, generator=random) < mirrored_share
        place = torch.rand(3, batch, generator=random, dtype=torch.float64)
        before, after = self._crops[0][rows], self._crops[1][rows]
        starts = (place[0] * (before + 1)).long()
        stops = self._counts[rows] - (place[1] * (after + 1)).long()
        starts = torch.minimum(starts, (stops - _SHORTEST).clamp_min(0))
        stops = torch.maximum(stops, torch.minimum(starts + _SHORTEST, self._counts[rows]))
        starts += (place[2] * ((stops - starts - LONGEST_FRAMES).clamp_min(0) + 1)).long()
        lengths = (stops - starts).clamp_max(LONGEST_FRAMES)
        captions = torch.where(mirrored, self._mirrored[captions], captions)
        return self._clips(rows, starts, lengths, captions, mirrored)

    def whole(self, rows: Tensor) -> Clips:
        """(B,) clips as they are, up to 12 s of each, and the first caption of each."""
        captions = self.true[rows].int().argmax(-1)
        lengths = self._counts[rows].clamp_max(LONGEST_FRAMES)
        nowhere = torch.zeros(len(rows), dtype=torch.long)
        return self._clips(rows, nowhere, lengths, captions, nowhere.bool())

    def _clips(
        self, rows: Tensor, starts: Tensor, lengths: Tensor, captions: Tensor, mirrored: Tensor
    ) -> Clips:
        offsets = torch.minimum(torch.arange(int(lengths.max())), lengths[:, None] - 1)
        index = (self._first[rows] + starts)[:, None] + offsets
        # Of a mirrored clip that is true of which the mirrored form is true of the clip.
        said = torch.where(mirrored[:, None], self._mirrored[captions], captions)
        return Clips(
            _mirrored(self._ego[index], mirrored),
            None if self._partner is None else _mirrored(self._partner[index], mirrored),
            lengths,
            captions,
            self.true[rows].gather(1, said),
            self._begins[rows] < self._counts[rows],
        )

    def _actions(self) -> tuple[Tensor, Tensor]:
        """(C,) and (C,) when each ego first and last moves; after the clip if it never does."""
        begins, ends = self._counts.clone(), self._counts.clone()
        speeds = self._ego.diff(dim=0).norm(dim=-1).amax(-1) * FRAME_RATE
        for row, (first, count) in enumerate(zip(self._first, self._counts, strict=True)):
            moving = (speeds[first : first + count - 1] > ACTING).nonzero()[:, 0]
            if len(moving):
                begins[row], ends[row] = moving[0] + 1, moving[-1] + 2
        return begins, ends

    def _slack(self, composed: bool) -> tuple[Tensor, Tensor]:
        """(C,) and (C,) frames that may be cropped before and after what the clip is about."""
        part = self._counts // _SLACK
        if not composed:
            return part, part
        moves = self._begins < self._counts
        before = (self._begins - _MARGIN).clamp_min(0)
        after = (self._counts - self._ends - _MARGIN).clamp_min(0)
        return torch.where(moves, before, part), torch.where(moves, after, part)


def _weights(clips: list[Record]) -> Tensor:
    """(C,) how likely each clip is drawn, tempered by how common its rule or content is."""
    labels = [clip.rule or clip.content for clip in clips]
    common = Counter(labels)
    return torch.tensor([common[label] ** -0.5 for label in labels], dtype=torch.float64)


def _mirrored(joints: Tensor, rows: Tensor) -> Tensor:
    """(B, T, 22, 3) with left and right exchanged in the (B,) marked rows."""
    flipped = joints[rows][:, :, list(MIRRORED_JOINTS)] * joints.new_tensor((1.0, -1.0, 1.0))
    joints[rows] = flipped
    return joints
