"""Resampling by time stamps: positions linearly, rotations along the shortest arc."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import slerp


def resample(motion: Motion, times: NDArray[np.float64], new_times: NDArray[np.float64]) -> Motion:
    """A motion at other times.

    Args:
        motion: (T,) frames, unbatched.
        times: (T,) seconds, strictly increasing.
        new_times: (N,) seconds inside [times[0], times[-1]].

    Raises:
        ValueError: times that do not increase or do not cover the new ones.
    """
    if len(times) != len(motion) or len(times) < 2 or np.any(np.diff(times) <= 0):
        raise ValueError("resampling needs one strictly increasing time stamp for every frame")
    slack = 1e-6 * max(1.0, abs(float(times[-1])))
    if new_times[0] < times[0] - slack or new_times[-1] > times[-1] + slack:
        raise ValueError(
            f"new times {new_times[0]:.3f} .. {new_times[-1]:.3f} s lie outside the motion's "
            f"{times[0]:.3f} .. {times[-1]:.3f} s"
        )
    before = np.clip(np.searchsorted(times, new_times, side="right") - 1, 0, len(times) - 2)
    span = times[before + 1] - times[before]
    fraction_np = np.clip((new_times - times[before]) / span, 0.0, 1.0)
    low = torch.from_numpy(before)
    fraction = torch.from_numpy(fraction_np).to(motion.root_positions.dtype)
    roots = torch.lerp(
        motion.root_positions[low], motion.root_positions[low + 1], fraction[:, None]
    )
    rotations = slerp(motion.rotations[low], motion.rotations[low + 1], fraction[:, None])
    return Motion(roots, rotations)


def resample_rate(motion: Motion, rate: float, new_rate: float) -> Motion:
    """A motion recorded at `rate` Hz, at `new_rate` Hz, from the same first frame.

    Raises:
        ValueError: a rate that is not positive.
    """
    if rate <= 0 or new_rate <= 0:
        raise ValueError(f"frame rates must be positive, not {rate} and {new_rate}")
    times = np.arange(len(motion)) / rate
    count = int(np.floor(times[-1] * new_rate + 1e-6)) + 1
    return resample(motion, times, np.arange(count) / new_rate)
