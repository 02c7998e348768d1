"""Ten poses a second, shown as smooth motion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Joints = NDArray[np.floating]

_LONGEST_STEP_S = 0.3
_ADAPTING = 0.2
_JUMP_M = 0.8
"""A pelvis that moves further than this from one pose to the next has been put elsewhere."""


class Playout:
    """Moves in a straight line from each pose to the next, one step behind.

    Args:
        expires_s: seconds after which a body that is no longer heard of is gone; None for never.
    """

    def __init__(self, expires_s: float | None = None) -> None:
        self._expires_s = expires_s
        self._before: Joints | None = None
        self._newest: Joints | None = None
        self._arrival = 0.0
        self._step = 0.0

    def add(self, joints: Joints, now: float) -> None:
        """Take the newest pose, (22, 3) metres, NaN where not observed; `now` in seconds."""
        if self._newest is not None:
            self._before = self.at(now)
            self._step = self._expected_step(now - self._arrival)
        self._newest, self._arrival = joints, now

    def _expected_step(self, step: float) -> float:
        """Seconds to the next pose: the mean of the last few, since messages come unevenly."""
        step = min(max(step, 1e-3), _LONGEST_STEP_S)
        return step if self._step == 0.0 else self._step + _ADAPTING * (step - self._step)

    def at(self, now: float) -> Joints | None:
        """The pose to show at a time, or None if there is none."""
        if self._newest is None:
            return None
        if self._expires_s is not None and now - self._arrival > self._expires_s:
            return None
        if self._before is None or np.linalg.norm(self._newest[0] - self._before[0]) > _JUMP_M:
            return self._newest
        share = min(max((now - self._arrival) / self._step, 0.0), 1.0)
        between = self._before + share * (self._newest - self._before)
        # A joint that has only just come into view has nowhere to come from.
        return np.where(np.isfinite(between), between, self._newest)
