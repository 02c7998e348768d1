"""One clip of a corpus: a person's motion at 10 Hz, with what it shows and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remogen_ros.data.scenes import Goal
from remogen_ros.data.splits import Split
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.resampling import resample

SHORTEST_CLIP = 11
"""Frames at 10 Hz: one primitive of two history and eight future frames, and one for its delta."""


@dataclass(frozen=True)
class Clip:
    """A person's motion at 10 Hz on the standard adult.

    Attributes:
        name: unique within its source.
        source: the dataset it comes from.
        licence: under which it, and what is trained on it, may be used.
        content: label of what is done, e.g. "walk".
        style: label of how, e.g. "angry"; empty where the source has none.
        motion: (T,) float32 frames at 10 Hz, z up, floor at z = 0.
        texts: what is done, in several phrasings.
        split: train, val or test.
        phase: of the several 10 Hz samplings of one recording, which; 0 is always there.
        partner: (T,) of the other of two, in the same world; None where there is one person.
        scene: name of the room whose frame is the world; empty where nothing is known of it.
        goals: what the person is after in it.
    """

    name: str
    source: str
    licence: str
    content: str
    style: str
    motion: Motion
    texts: tuple[str, ...]
    split: Split
    phase: int = 0
    partner: Motion | None = None
    scene: str = ""
    goals: tuple[Goal, ...] = ()


def ten_hertz(motion: Motion, times: NDArray[np.float64], phases: int) -> Iterator[Motion]:
    """The 10 Hz samplings of a recording that start 0, 1/phases, 2/phases ... of 0.1 s into it.

    Samplings shorter than a primitive are left out.
    """
    for phase in range(phases):
        start = phase / phases / FRAME_RATE
        count = int(np.floor((times[-1] - start) * FRAME_RATE + 1e-6)) + 1
        if count >= SHORTEST_CLIP:
            yield resample(motion, times, start + np.arange(count) / FRAME_RATE)
