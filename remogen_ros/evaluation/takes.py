"""Clips of a split as an engine is to go on from them: a short true beginning, then all its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from remogen_ros.cues.partners import PARTNER_FRAMES, partner_features
from remogen_ros.data.corpus import Corpus, Record
from remogen_ros.data.duets.social_rules import load_social_rules
from remogen_ros.data.room_windows import Surroundings
from remogen_ros.data.scenes import SceneStack
from remogen_ros.data.splits import Split
from remogen_ros.errors import UserError
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.poses import Motion
from remogen_ros.networks.adapter import Cues
from remogen_ros.training.batches import Window
from remogen_ros.training.bystanders import beset, crowded
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import CONTEXT_FRAMES

LONGEST = 120
"""Frames that are generated of a clip at most: the longest horizon of the root error."""

SHORTEST = 20
"""A clip of which fewer frames are left to generate says little."""

_LEAD = PARTNER_FRAMES - 1

BATCH = 64
"""Clips that are looked at, or generated, at a time."""


@dataclass(frozen=True)
class Take:
    """A batch of clips.

    Attributes:
        records: of the corpus.
        window: CONTEXT_FRAMES true frames, then those to compare with; what is beyond a clip's end
            repeats its last frame. Its text is not used.
        valid: (B, T) bool, which of the T frames after the beginning a clip has.
        partner_motion: (B, T) the partner, simultaneous with `truth`; None without one.
        whole: (B,) bool, which clips end within T; of the others only the beginning is here.
    """

    records: tuple[Record, ...]
    window: Window
    valid: Tensor
    partner_motion: Motion | None
    whole: Tensor

    @property
    def context(self) -> Motion:
        """(B, CONTEXT_FRAMES) true frames that an engine continues."""
        return self.window.motion.frames(0, CONTEXT_FRAMES)

    @property
    def truth(self) -> Motion:
        """(B, T) what was recorded, or composed, after them."""
        return self.window.motion.frames(CONTEXT_FRAMES)

    def among(self, bystanders: int, seed: int) -> Take:
        """The same pairs, each with the partners of others around it, as far as there is room."""
        if not bystanders:
            return self
        random = Randomness.of(seed)
        return replace(self, window=crowded(self.window, bystanders, random, share=1.0))

    def beside(self, others: Sequence[Take], seed: int) -> Take:
        """The same pairs, each with the partners of other takes, as long, where there is room."""
        partners = [other.window.partner for other in others]
        people = [
            (p, torch.ones_like(p[..., 0], dtype=torch.bool)) for p in partners if p is not None
        ]
        return replace(self, window=beset(self.window, people, Randomness.of(seed)))

    def senses(self, frame: int) -> TakeSenses:
        """What the egos perceive when frame `frame` of T is to be generated.

        The partner is seen up to that very frame: it is the newest that a live ego has of it.
        """
        return TakeSenses(self.window, frame + CONTEXT_FRAMES)


@dataclass(frozen=True)
class TakeSenses:
    """See `streaming.stream.Senses`."""

    window: Window
    now: int

    def cues(self, frame: CanonicalFrame) -> Cues:
        """Everything, seen from (B) frames."""
        return self.window.cues(self.now, frame)

    def partners(self, frame: CanonicalFrame) -> tuple[Tensor, Tensor]:
        """The people alone."""
        people = self.window.people(self.now)
        return partner_features(people, frame), people.valid.flatten(2).any(-1)


class Takes:
    """Clips of a split, in batches of similar length."""

    def __init__(
        self, corpus: Corpus, split: Split = "test", most: int | None = None, seed: int = 0
    ) -> None:
        """Choose the clips.

        Args:
            corpus: from which.
            split: of it.
            most: clips at most, drawn at random; None for all.
            seed: of that draw.

        Raises:
            UserError: no clip of the split is long enough and has a caption; or one plays in no
                room, though the corpus has rooms.
        """
        self._corpus = corpus
        anything = load_social_rules().anything
        self._telling = [text not in anything for text in corpus.texts]
        self._lead = 0 if corpus.partner is None else _LEAD
        fitting = [
            clip
            for clip in corpus.select(split)
            if clip.count >= self._lead + CONTEXT_FRAMES + SHORTEST and self.captions(clip)
        ]
        if not fitting:
            raise UserError(
                f"No clip of the {split} split is long enough and has a caption: there is nothing "
                "to evaluate."
            )
        homeless = [clip.name for clip in fitting if corpus.scenes and not clip.scene]
        if homeless:
            raise UserError(
                f"The clip {homeless[0]!r} plays in no room, and others of the corpus do: what is "
                "measured in rooms needs one for each."
            )
        random = torch.Generator().manual_seed(seed)
        chosen = torch.randperm(len(fitting), generator=random)[:most].tolist()
        self.records = tuple(sorted((fitting[i] for i in chosen), key=lambda clip: clip.count))
        self._rooms: SceneStack | None = None
        self._room_numbers = {name: number for number, name in enumerate(corpus.scenes)}
        if corpus.scenes:
            self._rooms = SceneStack([scene.grid for scene in corpus.scenes.values()])

    def __len__(self) -> int:
        return len(self.records)

    def captions(self, clip: Record) -> list[int]:
        """The texts that tell what the ego of a clip does."""
        return [text for text in clip.texts if self._telling[text]]

    def draw_captions(self, random: torch.Generator) -> list[int]:
        """One caption of each clip."""
        choices = [self.captions(clip) for clip in self.records]
        return [c[int(torch.randint(len(c), (1,), generator=random))] for c in choices]

    def batches(self, size: int = BATCH) -> Iterator[Take]:
        """All of them, in the order of `records`."""
        for first in range(0, len(self), size):
            yield self.take(self.records[first : first + size])

    def frames(self, clip: Record) -> int:
        """How many frames are generated of a clip."""
        return min(clip.count - self._lead - CONTEXT_FRAMES, LONGEST)

    def take(self, records: Sequence[Record], least: int = 0, most: int = LONGEST) -> Take:
        """Some clips as a batch; `least` frames after the beginning, should all of them end before,
        and `most` of those that go on.

        What is beyond a clip's end repeats its last frame.
        """
        corpus, begin = self._corpus, CONTEXT_FRAMES + self._lead
        counts = torch.tensor([min(clip.count, begin + most) for clip in records])
        longest = max(int(counts.max()), begin + least)
        starts = torch.tensor([clip.start for clip in records])
        steps = torch.minimum(torch.arange(longest), counts[:, None] - 1)
        frames = (starts[:, None] + steps).flatten()
        shape = (len(records), longest)
        ego = _batch(corpus.ego.motion(frames), shape)
        partner = None
        if corpus.partner is not None:
            partner = _batch(corpus.partner.motion(frames), shape)
        room = goal = given = None
        if self._rooms is not None:
            numbers = torch.tensor([self._room_numbers[clip.scene] for clip in records])
            room = Surroundings(self._rooms, numbers, 0)
            goal, given = _goals(records)
        nothing = torch.zeros(len(records), dtype=torch.bool)
        window = Window(
            ego.frames(self._lead),
            torch.zeros(len(records), 1),
            nothing,
            partner=None if partner is None else partner.joints(),
            room=room,
            goal=goal,
            goal_given=given,
        )
        valid = (torch.arange(longest) < counts[:, None])[:, begin:]
        simultaneous = None if partner is None else partner.frames(begin)
        whole = counts == torch.tensor([clip.count for clip in records])
        return Take(tuple(records), window, valid, simultaneous, whole)


def _batch(motion: Motion, shape: tuple[int, int]) -> Motion:
    batch = Motion(motion.root_positions.unflatten(0, shape), motion.rotations.unflatten(0, shape))
    return Motion(batch.root_positions, batch.rotations, batch.joints())


def _goals(records: Sequence[Record]) -> tuple[Tensor, Tensor]:
    """(B, 3) where pelvises are to be in the end, and (B,) whether that is known."""
    found = [
        next((goal.position for goal in clip.goals if goal.joint == "pelvis"), None)
        for clip in records
    ]
    places = torch.tensor([place or (0.0, 0.0, 0.0) for place in found])
    return places, torch.tensor([place is not None for place in found])
