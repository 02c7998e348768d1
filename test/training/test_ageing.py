from __future__ import annotations

from collections import Counter

import pytest
import torch

from remogen_ros.training.ageing import aged_cues, drawn_age
from remogen_ros.training.config import TrainingConfig
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import segment_at, window_frames
from test.training.people import RandomPeople, tiny


def test_cues_are_mostly_as_old_as_when_streaming() -> None:
    config, random = TrainingConfig(cue_age=5, newer_cues=0.3), Randomness.of(0)
    ages = Counter(drawn_age(config, random) for _ in range(2000))
    assert set(ages) == set(range(6))
    assert ages[5] / 2000 == pytest.approx(0.7 + 0.3 / 6, abs=0.05)
    assert {drawn_age(TrainingConfig(newer_cues=0), random) for _ in range(50)} == {5}


@pytest.mark.parametrize("number, oldest", [(0, 2), (1, 10)])
def test_cues_age_as_far_as_their_window_goes_back(number: int, oldest: int) -> None:
    statistics = tiny().prior.statistics
    window = RandomPeople(partner=True).draw(2, window_frames(2), Randomness.of(0))
    segment = segment_at(window.motion, number, statistics)
    for age in (0, oldest, oldest + 1):
        expected = window.cues(oldest - min(age, oldest), segment.frame)
        assert torch.equal(aged_cues(window, segment, age).partners, expected.partners)
