"""The corpora that a training was given, as sources of windows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.data.duets.social_rules import load_social_rules
from remogen_ros.data.room_windows import RoomWindows
from remogen_ros.data.splits import Split
from remogen_ros.data.windows import DuetWindows, SingleWindows, Windows
from remogen_ros.errors import UserError
from remogen_ros.networks.text import TEXT_ENCODERS, text_encoder
from remogen_ros.training.batches import Source
from remogen_ros.training.config import StageConfig, TrainingConfig
from remogen_ros.training.phases import Sources
from remogen_ros.training.segments import CONTEXT_FRAMES, FUTURE_FRAMES, window_frames
from remogen_ros.training.sources import (
    DuetSource,
    FurnishedSource,
    MixedSource,
    RoomSource,
    SingleSource,
    embedded,
)

_AnyWindows = TypeVar("_AnyWindows", bound=Windows)

_PRIOR_ONSETS, _ADAPTER_ONSETS = 0.3, 0.85
"""Shares of the windows of pairs with a reaction's beginning; see `SingleWindows`."""

_FURNISHED = 3
"""Windows of people on their way through a room for one of an ego that a pair brings: with as many
of both, the adapter stays where it should, but passes furniture less carefully."""

_IDLE = "stand still"
"""What is said of an ego that does nothing, as the social rules say it."""


@dataclass(frozen=True)
class Corpora:
    """Folders of prepared corpora, which adapters are to learn from them, and what they are not to
    see of them."""

    single: Path | None = None
    duet: Path | None = None
    rooms: Path | None = None
    adapters: tuple[str, ...] = ()
    without_styles: tuple[str, ...] = ()

    def opened(
        self, config: TrainingConfig, device: torch.device, encoder: str = TEXT_ENCODERS[0]
    ) -> OpenCorpora:
        """Open them, for windows on that device with texts as the encoder of that name has them.

        Raises:
            UserError: one is missing, damaged or of another version, or has none of the styles
                that are to be left out.
        """

        def opened(path: Path | None) -> ToldCorpus | None:
            if path is None:
                return None
            corpus = open_corpus(path).of_styles(self.without_styles, others=True)
            return ToldCorpus(corpus, encoder)

        return OpenCorpora(
            opened(self.single),
            opened(self.duet),
            opened(self.rooms),
            self.adapters,
            config,
            device,
            encoder,
        )


@dataclass(frozen=True)
class ToldCorpus:
    """A corpus, and the meaning of what is said in it."""

    motion: Corpus
    encoder: str

    @cached_property
    def texts(self) -> Tensor:
        """(N, width) embeddings of its texts, made once: training and validation share them."""
        return embedded(self.motion.texts, text_encoder(self.encoder))


@dataclass(frozen=True)
class OpenCorpora:
    """The corpora themselves."""

    single: ToldCorpus | None
    duet: ToldCorpus | None
    rooms: ToldCorpus | None
    adapters: tuple[str, ...]
    config: TrainingConfig
    device: torch.device
    encoder: str

    @property
    def licences(self) -> frozenset[str]:
        """Those of everything that may be drawn from them."""
        told = (self.single, self.duet, self.rooms)
        return frozenset().union(*(corpus.motion.licences for corpus in told if corpus))

    def sources(self, split: Split) -> Sources:
        """Windows of a split, as far as there are clips for them, drawn on the device."""
        by_adapter: dict[str, Source] = {}
        if "hhi" in self.adapters and (pairs := self._pairs(split)):
            by_adapter["hhi"] = pairs
        people = self._people(split)
        if "hsi" in self.adapters and (rooms := self._in_rooms(split, people)):
            by_adapter["hsi"] = rooms
        return Sources(people, by_adapter)

    def _people(self, split: Split) -> MixedSource | None:
        if self.single is None:
            return None
        members = []
        for corpus, onsets in (
            (self.single, 0.0),
            (self.duet, _PRIOR_ONSETS),
            (self.rooms, _PRIOR_ONSETS),
        ):
            if corpus is None:
                continue
            if person := self._person(corpus, split, onsets):
                members.append(person)
        return MixedSource(tuple(members)) if members else None

    def _person(self, corpus: ToldCorpus, split: Split, onsets: float) -> SingleSource | None:
        windows = self._usable(SingleWindows(corpus.motion, split, onset_share=onsets), split)
        return SingleSource(windows, self._texts(corpus), self._idle) if windows else None

    def _pairs(self, split: Split) -> DuetSource | None:
        if self.duet is None:
            return None
        # Every rule is to be learned, however rare: one says nothing of another.
        pairs = DuetWindows(self.duet.motion, split, balance=1.0, onset_share=_ADAPTER_ONSETS)
        windows = self._usable(pairs, split)
        if windows is None:
            return None
        unsaid = load_social_rules().anything
        telling = torch.tensor([text not in unsaid for text in self.duet.motion.texts])
        return DuetSource(
            windows,
            self._texts(self.duet),
            telling.to(self.device),
            self._idle,
            self.config.tracking,
        )

    def _in_rooms(self, split: Split, people: MixedSource | None) -> Source | None:
        if self.rooms is None:
            return None if people is None else RoomSource(people)
        in_rooms = RoomWindows(self.rooms.motion, split, onset_share=_PRIOR_ONSETS)
        windows = self._usable(in_rooms, split)
        if windows is None:
            return None
        furnished = FurnishedSource(windows, self._texts(self.rooms), self._idle)
        if self.duet is None or (standing := self._person(self.duet, split, 0.0)) is None:
            return furnished
        return MixedSource((*(furnished,) * _FURNISHED, RoomSource(standing)))

    def _texts(self, corpus: ToldCorpus) -> Tensor:
        return corpus.texts.to(self.device)

    def _usable(self, windows: _AnyWindows, split: Split) -> _AnyWindows | None:
        """The windows, if there are any that are long enough for every phase."""
        stages: list[StageConfig] = [self.config.denoiser, *self.config.adapters.values()]
        longest = max(window_frames(max(stage.segments for stage in stages)), window_frames(2))
        longest = max(longest, CONTEXT_FRAMES + self.config.cue_age + FUTURE_FRAMES)
        try:
            windows.starts(longest)
        except UserError:
            if split == "train":
                raise
            return None
        return windows if self.device.type == "cpu" else windows.to(self.device)

    @cached_property
    def _idle(self) -> Tensor:
        return embedded((_IDLE,), text_encoder(self.encoder))[0].to(self.device)
