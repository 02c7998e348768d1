"""What the shipped weights must do, by the reactions that they were trained for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow
from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.streaming.generator import Generator
from remogen_ros.streaming.observation import Observation
from test.streaming.gestures import standing, waving

SHIPPED = Path(__file__).parents[2] / "models" / "demo"
WAVE_BEGINS = PARTNER_FRAMES + 10
SEEDS = range(6)


@pytest.fixture(scope="module")
def generator() -> Generator:
    return Generator.load(SHIPPED)


def reaction(
    generator: Generator, track: torch.Tensor, weights: dict[str, float], seed: int
) -> np.ndarray:
    """(T, 22, 3) joints of the ego at the ticks after the first full window of the partner."""
    generator.reset(seed=seed)
    shown = []
    for tick in range(len(track) - PARTNER_FRAMES):
        window = track[None, tick + 1 : tick + 1 + PARTNER_FRAMES]
        partners = PartnerWindow(window, torch.ones(window.shape[:-1], dtype=torch.bool))
        shown.append(generator.step(Observation(partners, adapter_weights=weights)))
    return np.stack([frame.joint_positions for frame in shown])


def hand_over_shoulder(joints: np.ndarray) -> float:
    """How far the higher wrist gets above the shoulders, metres; negative below them."""
    wrists = joints[:, [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]], 2].max(-1)
    shoulders = joints[:, [JOINT_INDEX["left_shoulder"], JOINT_INDEX["right_shoulder"]], 2]
    return float((wrists - shoulders.mean(-1)).max())


@pytest.mark.slow
def test_ten_minutes_without_an_explosion(generator: Generator) -> None:
    generator.reset()
    shown = [generator.step(Observation(adapter_weights={"hhi": 1.0})) for _ in range(6000)]
    joints = np.stack([frame.joint_positions for frame in shown])
    heights = joints[:, 0, 2]
    assert heights.min() > 0.6 and heights.max() < 1.2
    assert np.linalg.norm(np.diff(joints, axis=0), axis=-1).max() < 0.8


@pytest.mark.slow
def test_who_is_waved_at_raises_a_hand_further_than_who_is_not(generator: Generator) -> None:
    """On the mean of several runs: a reaction is drawn from what people do, not fixed."""
    frames = WAVE_BEGINS + 50

    def raised(track: torch.Tensor, weights: dict[str, float]) -> float:
        runs = [reaction(generator, track, weights, seed) for seed in SEEDS]
        return float(np.mean([hand_over_shoulder(joints) for joints in runs]))

    answered = raised(waving(frames, WAVE_BEGINS), {"hhi": 1.0})
    assert answered > raised(standing(frames), {"hhi": 1.0}) + 0.1
    assert answered > raised(waving(frames, WAVE_BEGINS), {}) + 0.1
