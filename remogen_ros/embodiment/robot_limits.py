"""What a robot's joints may do within one tick, as the inequality that mink's solver asks for."""

from __future__ import annotations

import mink
import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.robot_model import RobotModel

Array = NDArray[np.float64]


class TickLimit(mink.Limit):
    """Position, velocity and acceleration limits over the whole of one tick.

    mink's own limits bound one iteration of the solver each; a tick takes several, and what must
    hold is where they lead together. Joints of the model that the robot's file does not name stay
    where they are.
    """

    def __init__(self, robot: RobotModel) -> None:
        model = robot.mujoco
        self._robot = robot
        self._moved = robot.dofs
        hinges = np.arange(6, model.nv)
        self._rows = np.zeros((2 * len(hinges), model.nv))
        self._rows[range(len(hinges)), hinges] = 1.0
        self._rows[range(len(hinges), 2 * len(hinges)), hinges] = -1.0
        self._least = np.zeros(model.nv)
        self._most = np.zeros(model.nv)

    def begin(self, positions: Array, velocities: Array | None, period: float) -> None:
        """A tick begins.

        Args:
            positions: (J,) of the joints, radians, within their ranges.
            velocities: (J,) over the tick before, rad/s; None for a start, which may be sudden.
            period: seconds.
        """
        robot = self._robot
        self._least[self._moved], self._most[self._moved] = robot.lower, robot.upper
        if velocities is None:
            return
        step = robot.command_velocity * period
        least = np.maximum(robot.lower, positions - step)
        most = np.minimum(robot.upper, positions + step)
        gain = robot.acceleration * period
        fastest_down = np.minimum(
            gain - velocities, _braking(positions - robot.lower, gain, period)
        )
        fastest_up = np.minimum(gain + velocities, _braking(robot.upper - positions, gain, period))
        # A range that ends comes before an acceleration that would lead beyond it.
        self._least[self._moved] = np.clip(positions - fastest_down * period, least, most)
        self._most[self._moved] = np.clip(positions + fastest_up * period, least, most)

    def within(self, positions: Array) -> Array:
        """(J,) the nearest that is allowed: exact, where a solver is nearly so."""
        return np.clip(positions, self._least[self._moved], self._most[self._moved])

    def compute_qp_inequalities(
        self, configuration: mink.Configuration, dt: float
    ) -> mink.Constraint:
        """Bounds of the displacement from where the solver is now."""
        model = self._robot.mujoco
        now = np.zeros(model.nv)
        now[self._moved] = configuration.q[self._robot.qpos]
        # A solver's rounding may have led a hair outside: the way back is open, and no further.
        most = np.where(np.isfinite(self._most), self._most, 1e3) - now
        least = np.where(np.isfinite(self._least), self._least, -1e3) - now
        return mink.Constraint(G=self._rows, h=np.concatenate((most[6:], -least[6:])))


def _braking(room: Array, gain: Array, period: float) -> Array:
    """The greatest velocity from which a joint still stops within its range, rad/s.

    Args:
        room: (J,) to the end of the range, radians.
        gain: (J,) of velocity in a period, rad/s; infinite where accelerations are not limited.
        period: seconds.
    """
    limited = np.isfinite(gain) & np.isfinite(room)
    gain = np.where(limited, gain, 1.0)
    room = np.where(limited, np.maximum(room, 0.0), 0.0)
    # Stops after v T + v^2 / (2 a) at the latest, with a = gain / T: ticks are whole.
    fastest = gain * (np.sqrt(1.0 + 2.0 * room / (gain * period)) - 1.0)
    return np.where(limited, fastest, np.inf)
