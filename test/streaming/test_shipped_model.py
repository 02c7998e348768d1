"""What the shipped weights must do, by the reactions that they were trained for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.skeleton import FOOT_JOINTS, JOINT_INDEX
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
def test_five_minutes_without_an_explosion(generator: Generator) -> None:
    generator.reset()
    shown = [generator.step(Observation(adapter_weights={"hhi": 1.0})) for _ in range(3000)]
    joints = np.stack([frame.joint_positions for frame in shown])
    heights = joints[:, 0, 2]
    assert heights.min() > 0.6 and heights.max() < 1.2
    assert np.linalg.norm(np.diff(joints, axis=0), axis=-1).max() < 0.8


@pytest.mark.slow
def test_who_is_waved_at_waves_and_who_is_not_does_not(generator: Generator) -> None:
    """A hand over the shoulders, on average; much higher than beside one who stands, mostly."""
    frames = WAVE_BEGINS + 50

    def raised(track: torch.Tensor) -> list[float]:
        runs = (reaction(generator, track, {"hhi": 1.0}, seed) for seed in SEEDS)
        return [hand_over_shoulder(joints) for joints in runs]

    waved, stood = raised(waving(frames, WAVE_BEGINS)), raised(standing(frames))
    assert np.mean(waved) > 0 and np.mean(stood) < -0.3
    assert sum(w > s + 0.3 for w, s in zip(waved, stood, strict=True)) >= len(SEEDS) - 1


@pytest.mark.slow
def test_the_hand_rises_after_the_wave_and_not_before_it(generator: Generator) -> None:
    track = waving(WAVE_BEGINS + 50, WAVE_BEGINS)
    seen = WAVE_BEGINS - PARTNER_FRAMES
    risen = 0
    for seed in SEEDS:
        joints = reaction(generator, track, {"hhi": 1.0}, seed)
        before = hand_over_shoulder(joints[: seen + 2])
        assert before < -0.3
        risen += hand_over_shoulder(joints[seen : seen + 30]) > before + 0.3
    assert risen >= len(SEEDS) - 1, "within three seconds"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("intent", "seconds", "least", "most"),
    [
        ("walk forward", 5, 3.0, 6.0),
        ("walk over to the other person", 5, 2.0, 5.0),
        # With nobody there, its first step is late: before the fifth second it only leans.
        ("step back from the blows", 8, -2.0, -0.3),
        ("stand still", 5, -0.2, 0.2),
    ],
)
def test_words_are_heeded(
    generator: Generator, intent: str, seconds: int, least: float, most: float
) -> None:
    """Metres forward within some seconds, on average."""
    forward = []
    for seed in SEEDS:
        generator.reset(seed=seed)
        for _ in range(10 * seconds):
            shown = generator.step(Observation(intent=intent))
        forward.append(float(shown.root_position[0]))
    assert least < np.mean(forward) < most


@pytest.mark.slow
def test_the_feet_of_who_stands_hardly_slide(generator: Generator) -> None:
    joints = reaction(generator, standing(100), {"hhi": 1.0}, 0)
    feet = joints[:, list(FOOT_JOINTS)]
    speeds = np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=-1) * FRAME_RATE
    assert np.median(speeds) < 0.03
