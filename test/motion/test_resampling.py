from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from remogen_ros.motion.poses import Motion
from remogen_ros.motion.resampling import resample, resample_rate
from remogen_ros.motion.rotations import yaw_matrix
from test.motion.strategies import random_motion, seeds


def turning(times: np.ndarray) -> Motion:
    seconds = torch.from_numpy(times)
    rotations = torch.eye(3, dtype=torch.float64).repeat(len(times), 22, 1, 1)
    rotations[:, 0] = yaw_matrix(0.7 * seconds)
    roots = torch.stack((1.5 * seconds, torch.zeros_like(seconds), 0 * seconds + 1), dim=-1)
    return Motion(roots, rotations)


@given(seeds, st.sampled_from([29.97, 30.0, 100.0, 120.0]))
def test_uniform_motion_is_exact_at_any_irregular_stamps(seed: int, rate: float) -> None:
    random = np.random.default_rng(seed)
    stamps = np.cumsum(random.uniform(0.2, 1.8, 200) / rate)
    wanted = np.arange(stamps[0], stamps[-1], 0.1)
    got, expected = resample(turning(stamps), stamps, wanted), turning(wanted)
    torch.testing.assert_close(got.root_positions, expected.root_positions, atol=1e-9, rtol=0)
    torch.testing.assert_close(got.rotations, expected.rotations, atol=1e-7, rtol=0)


def test_an_integer_ratio_picks_frames() -> None:
    motion = random_motion(3, 31)
    slower = resample_rate(motion, 30.0, 10.0)
    assert len(slower) == 11
    torch.testing.assert_close(slower.rotations, motion.rotations[::3], atol=1e-7, rtol=0)


def test_a_non_integer_ratio_keeps_the_duration() -> None:
    assert len(resample_rate(random_motion(3, 121), 120.0, 10.0)) == 11
    assert len(resample_rate(random_motion(3, 101), 29.97, 10.0)) == 34


@pytest.mark.parametrize(
    ("times", "wanted"),
    [([0.0, 0.1, 0.1], [0.05]), ([0.0, 0.1], [0.05]), ([0.0, 0.1, 0.2], [0.3])],
)
def test_unusable_times_are_refused(times: list[float], wanted: list[float]) -> None:
    with pytest.raises(ValueError, match="time"):
        resample(random_motion(0, 3), np.array(times), np.array(wanted))


def test_a_frame_rate_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        resample_rate(random_motion(0, 3), 0.0, 10.0)
