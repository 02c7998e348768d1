"""Cues as old as those of the live system, which denoises a segment while another one is shown."""

from __future__ import annotations

from remogen_ros.networks.adapter import Cues
from remogen_ros.networks.precision import exact
from remogen_ros.training.batches import Window
from remogen_ros.training.config import TrainingConfig
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import Segment


def drawn_age(config: TrainingConfig, random: Randomness) -> int:
    """Frames by which cues are older than the history: mostly what they are when streaming.

    How old they are is nowhere told to the networks; all ages alike would teach them the mean of
    what follows from each.
    """
    if random.decides(config.newer_cues):
        return random.choice(config.cue_age + 1)
    return config.cue_age


@exact
def aged_cues(window: Window, segment: Segment, age: int) -> Cues:
    """What was perceived `age` frames before the newest history, or when its window begins."""
    newest = segment.start - 1
    return window.cues(max(0, newest - age), segment.frame)
