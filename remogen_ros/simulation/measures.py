"""How true a simulated robot is to what it was told: joints, limits, feet."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.quality import sliding
from remogen_ros.simulation.simulator import SimulatedState

Array = NDArray[np.float64]

WINDOW = 12000
"""States over which is measured: four minutes at 50 Hz."""

TOLERANCE = 1e-3
"""Radians by which a joint may be beyond its range: the ends of ranges give a little."""


@dataclass
class Measures:
    """Collects states, and says what they amount to.

    Attributes:
        lower, upper: (J,) ranges of the joints, radians.
        velocity: (J,) greatest that the joints' drives reach, rad/s; infinite where not limited.
        limit_violations: states in which a joint was beyond its range.
        velocity_violations: states in which a joint was faster than its greatest velocity.
        velocity_share: greatest share of its velocity that any joint had.
    """

    lower: Array
    upper: Array
    velocity: Array
    limit_violations: int = 0
    velocity_violations: int = 0
    velocity_share: float = 0.0
    _errors: deque[Array] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _skate: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _last: SimulatedState | None = None

    def forget_way(self) -> None:
        """The next state is not where the last one led to: the robot was put somewhere."""
        self._last = None

    def add(self, state: SimulatedState) -> None:
        """Take one state into account."""
        self._errors.append(np.abs(state.positions - state.commanded))
        over = np.maximum(self.lower - state.positions, state.positions - self.upper)
        self.limit_violations += int(bool((over > TOLERANCE).any()))
        share = float((np.abs(state.velocities) / self.velocity).max(initial=0.0))
        self.velocity_violations += int(share > 1.0)
        self.velocity_share = max(self.velocity_share, share)
        last = self._last
        # Feet are looked at a tick apart, as motion is elsewhere in this project.
        if last is None:
            self._last = state
        elif (passed := state.time - last.time) >= 1.0 / FRAME_RATE - 1e-6:
            balls = torch.from_numpy(np.stack((last.balls, state.balls)))
            self._skate.append(float(sliding(balls[..., :2], balls[..., 2])) / passed)
            self._last = state

    def summary(self) -> dict[str, float]:
        """tracking_error_rad.p50 and .p95 over all joints and states, limit_violations,
        velocity_violations, velocity_share, foot_skate_m_s; what was not measured is left out."""
        values: dict[str, float] = {
            "limit_violations": self.limit_violations,
            "velocity_violations": self.velocity_violations,
            "velocity_share": self.velocity_share,
        }
        if self._errors:
            p50, p95 = np.percentile(np.array(self._errors), (50, 95))
            values["tracking_error_rad.p50"] = float(p50)
            values["tracking_error_rad.p95"] = float(p95)
        if self._skate:
            values["foot_skate_m_s"] = float(np.mean(self._skate))
        return values
