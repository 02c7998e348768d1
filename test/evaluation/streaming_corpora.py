"""Tiny corpora of clips that are long enough to be gone on from, and who is in them."""

from __future__ import annotations

from pathlib import Path

import torch

from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.data.corpus_writing import Entry, write_corpus
from remogen_ros.data.duets.social_rules import load_social_rules
from remogen_ros.data.prepare import prepare_corpus
from remogen_ros.data.scenes import Goal
from remogen_ros.data.splits import Split
from remogen_ros.motion.poses import Motion
from test.data.bodies import entry, hanging, strolling, waving
from test.data.recordings import MadeRecording
from test.data.test_scenes import room

LONG = 60
"""Frames of the shortest pair."""

ANYTHING = load_social_rules().anything[0]
"""A text that does not tell what the ego does."""

GOAL = Goal(joint="pelvis", position=(2.0, 0.5, 0.0))


def pair(
    name: str,
    frames: int = LONG,
    split: Split = "test",
    texts: tuple[str, ...] = ("wave back", ANYTHING),
) -> Entry:
    """A partner who waves, 0.6 m from an ego that does so a little later."""
    wave = waving(frames - 12, "right")
    away = wave.moved(torch.eye(3), torch.tensor([0.0, 0.6, 0.0]))
    ego = Motion(
        torch.cat([hanging(12).root_positions, wave.root_positions]),
        torch.cat([hanging(12).rotations, wave.rotations]),
    )
    still = hanging(12).moved(torch.eye(3), torch.tensor([0.0, 0.6, 0.0]))
    partner = Motion(
        torch.cat([away.root_positions, still.root_positions]),
        torch.cat([away.rotations, still.rotations]),
    )
    return entry(name, ego, "wave", split, texts, partner)


def pairs(path: Path, count: int = 5) -> Corpus:
    """Pairs of different lengths."""
    write_corpus(path, "duet", [pair(f"p/{i}", LONG + 3 * i) for i in range(count)])
    return open_corpus(path)


def people(path: Path, count: int = 4) -> Corpus:
    """Single people of different lengths, who stroll and wave."""
    entries = []
    for i in range(count):
        entries += [
            entry(f"stroll/{i}", strolling(30 + 2 * i), "walk", "test", ("walk ahead",)),
            entry(f"wave/{i}", waving(30 + 2 * i), "wave", "test", ("wave a hand",)),
        ]
    write_corpus(path, "single", entries)
    return open_corpus(path)


def residents(path: Path) -> Corpus:
    """Two who glide through rooms past a goal, one of them for longer than is looked at."""
    recordings = [
        MadeRecording("a", 40, "test", scene="left", goals=(GOAL,)),
        MadeRecording("b", 140, "test", scene="right", goals=(GOAL,)),
    ]
    rooms = [room("left", (2, 5, 1)), room("right", (2, 0, 1))]
    prepare_corpus(recordings, path, 1, 1, scenes=rooms)
    return open_corpus(path)
