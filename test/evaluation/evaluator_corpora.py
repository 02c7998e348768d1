"""Tiny corpora whose captions a look at the motion tells apart, and made-up sentence embeddings."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.data.corpus_writing import Entry, write_corpus
from remogen_ros.data.splits import Split
from remogen_ros.evaluation.evaluator_networks import EvaluatorConfig, EvaluatorNetworks
from remogen_ros.motion.poses import Motion, concatenate
from test.data.bodies import entry, hanging, strolling, walking, waving

SPLITS: tuple[Split, ...] = ("train", "train", "train", "val")


def tiny_networks(pairs: bool) -> EvaluatorNetworks:
    """Untrained ones, as small as they can be."""
    torch.manual_seed(0)
    config = EvaluatorConfig(pairs=pairs, layers=2, width=16, heads=2, feedforward=16)
    return EvaluatorNetworks(config).eval().requires_grad_(False)


def made_up_sentences(corpus: Corpus) -> Tensor:
    """(texts, 384) unit vectors that have nothing to do with what the texts mean."""
    random = torch.Generator().manual_seed(0)
    return torch.nn.functional.normalize(torch.randn(len(corpus.texts), 384, generator=random))


def single_corpus(path: Path) -> Corpus:
    """Six things that a person does, each in four lengths."""
    entries = []
    for turn, split in enumerate(SPLITS):
        frames = 22 + 2 * turn
        acts: dict[str, Motion] = {
            "wave the left hand": waving(frames, "left"),
            "wave the right hand": waving(frames, "right"),
            "stand": hanging(frames),
            "stroll": strolling(frames),
            "glide ahead": walking(frames),
            "glide back": walking(frames, speed=-1.0),
        }
        entries += [
            entry(f"{text}/{turn}", motion, text, split, (text, f"someone does so: {text}"))
            for text, motion in acts.items()
        ]
    write_corpus(path, "single", entries)
    return open_corpus(path)


def duet_corpus(path: Path) -> Corpus:
    """A partner who waves or strolls past, and an ego that answers or does not."""
    entries = []
    for turn, split in enumerate(SPLITS):
        frames = 20 + 2 * turn
        wave, stroll, stand = waving(frames, "right"), strolling(frames), hanging(frames)
        entries += [
            _pair(f"wave/{turn}", split, "wave back", _after(wave), _before(wave)),
            _pair(f"watch/{turn}", split, "do not wave back", _after(stand), _before(wave)),
            _pair(f"along/{turn}", split, "go along", _after(stroll), _before(stroll)),
            _pair(f"pass/{turn}", split, "let pass", _after(stand), _before(stroll)),
        ]
    write_corpus(path, "duet", entries)
    return open_corpus(path)


def _pair(name: str, split: Split, text: str, ego: Motion, partner: Motion) -> Entry:
    beside = partner.moved(torch.eye(3), torch.tensor([0.0, 1.5, 0.0]))
    return entry(name, ego, text, split, (text, "react to the other person"), beside)


def _after(motion: Motion) -> Motion:
    return concatenate([hanging(10), motion])


def _before(motion: Motion) -> Motion:
    end = motion.frames(len(motion) - 1)
    return concatenate([motion, *[end] * 10])
