"""Steps a robot through time, while it is told where to go."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.splines import RootSpline, Spline
from remogen_ros.simulation.base import Base
from remogen_ros.simulation.robot import CARRIER_LAG_S, TIMESTEP, SimulatedRobot

Array = NDArray[np.float64]

HANGING_HEIGHT = 0.3
"""Metres that a fixed robot hangs above where it would stand, so that its legs are free."""

FARTHEST_M = 1e4
"""Farthest place of the root along each axis, metres: nothing beyond is meant."""

FASTEST_ROOT = 20.0
"""Of the root, m/s and rad/s; what is told beyond that is cut."""

_ELSEWHERE = 0.5
"""Metres to the next place of the root from which on the robot is put there, not carried."""


@dataclass(frozen=True)
class SimulatedState:
    """A robot with J joints at one moment.

    Attributes:
        time: seconds.
        positions: (J,) radians.
        velocities: (J,) rad/s.
        torques: (J,) of the servos and of the weight that they carry, N m.
        commanded: (J,) where the joints should be, radians.
        root_position: (3,) metres, in the fixed frame.
        root_rotation: (4,) unit quaternion xyzw.
        balls: (2, 3) the points of the left and the right foot that follow the ego's balls.
    """

    time: float
    positions: Array
    velocities: Array
    torques: Array
    commanded: Array
    root_position: Array
    root_rotation: Array
    balls: Array


class Simulator:
    """One robot in MuJoCo.

    Joints are held by servos (position and velocity, limited in torque) that carry the weight
    of what hangs on them, and feel the floor and the motion of the base. A carried base goes
    where it is told, as if a crane held it; a fixed one hangs at the origin. Until it is told
    anything, the robot stands at the origin.

    Args:
        robot: to simulate.
        base: carried along, or fixed.
    """

    def __init__(self, robot: SimulatedRobot, base: Base = "carried") -> None:
        self.robot = robot
        self._base = base
        self._data = mujoco.MjData(robot.mujoco)
        self._feet = [robot.mujoco.site(foot).id for foot in ("left_foot", "right_foot")]
        self._lead = robot.damping / robot.stiffness
        self._farthest_lead = self._lead * robot.robot.command_velocity
        self.restart(0.0)

    @property
    def is_told(self) -> bool:
        """Whether the joints, and a base that is carried, were told where to go."""
        return self._joints_told and (self._root_told or self._base == "fixed")

    @property
    def qpos(self) -> Array:
        """(nq,) the configuration: root position, metres, quaternion wxyz, then the joints."""
        return self._data.qpos.copy()

    def restart(self, time: float) -> None:
        """Stand at the origin again, and forget what was told.

        Args:
            time: from which on to step, seconds.
        """
        stand = self.robot.robot.stand.copy()
        stand[2] += HANGING_HEIGHT if self._base == "fixed" else 0.0
        mujoco.mj_resetData(self.robot.mujoco, self._data)
        self.time = time
        self._joints = Spline.resting(stand[self.robot.robot.qpos])
        self._root = RootSpline.resting(stand[:3], np.array([0.0, 0.0, 0.0, 1.0]))
        self._joints_told = self._root_told = False
        self._put()

    def command_joints(self, times: Array, positions: Array, velocities: Array) -> None:
        """Go through these joint positions; the first ones ever are taken at once.

        Args:
            times: (N,) seconds, increasing, N >= 1.
            positions: (N, J) radians; cut at the ends of the joints' ranges.
            velocities: (N, J) rad/s; cut at `command_velocity` of the robot.

        Raises:
            ValueError: wrong shape, a value that is not finite, or times that do not increase.
        """
        shape = (len(times), len(self.robot.lower))
        _check(times, (positions, shape), (velocities, shape))
        positions = np.clip(positions, self.robot.lower, self.robot.upper)
        fastest = self.robot.robot.command_velocity
        velocities = np.clip(velocities, -fastest, fastest)
        if not self._joints_told:
            self._joints = Spline.resting(positions[0])
            self._joints_told = True
            self._put()
        path = self._joints.followed_by(self.time, times, positions, velocities)
        # Between points, too: a path may swing beyond a range that both of its ends keep.
        self._joints = path.within(self.robot.lower, self.robot.upper, fastest)

    def command_root(
        self, times: Array, positions: Array, rotations: Array, velocities: Array
    ) -> bool:
        """Carry the base through these poses; the first ones, and far ones, are taken at once.

        A fixed base stays where it is.

        Args:
            times: (N,) seconds, increasing, N >= 1.
            positions: (N, 3) metres.
            rotations: (N, 4) unit quaternions xyzw.
            velocities: (N, 6) m/s and rad/s, in the fixed frame; cut at `FASTEST_ROOT`.

        Returns:
            Whether the robot was put there at once.

        Raises:
            ValueError: wrong shape, a value that is not finite or no place, a quaternion of no
                length, or times that do not increase.
        """
        count = len(times)
        _check(times, (positions, (count, 3)), (rotations, (count, 4)), (velocities, (count, 6)))
        if (np.abs(positions) > FARTHEST_M).any():
            raise ValueError(f"a root path leads farther than {FARTHEST_M:g} m")
        sizes = np.abs(rotations).max(axis=1, initial=0.0)
        if not ((sizes > 1e-3) & (sizes < 1e3)).all():
            raise ValueError("a root path has a quaternion that is no rotation")
        velocities = np.clip(velocities, -FASTEST_ROOT, FASTEST_ROOT)
        if self._base == "fixed":
            return False
        here = self._root.at(self.time)[0]
        put = not self._root_told or np.linalg.norm(positions[0] - here) > _ELSEWHERE
        if put:
            self._root = RootSpline.resting(positions[0], rotations[0])
            self._root_told = True
            self._put()
        self._root = self._root.followed_by(self.time, times, positions, rotations, velocities)
        return bool(put)

    def step_to(self, time: float) -> int:
        """Whole steps of the physics up to a time, seconds; returns how many."""
        steps = max(int((time - self.time) / TIMESTEP + 1e-6), 0)
        for _ in range(steps):
            self.time += TIMESTEP
            self._tell(self.time)
            mujoco.mj_step(self.robot.mujoco, self._data)
        return steps

    def state(self) -> SimulatedState:
        """The robot now."""
        known = self.robot.robot
        # After a step, sites are still where they were before it.
        mujoco.mj_kinematics(self.robot.mujoco, self._data)
        return SimulatedState(
            self.time,
            self._data.qpos[known.qpos].copy(),
            self._data.qvel[known.dofs].copy(),
            self._data.qfrc_actuator[known.dofs].copy(),
            self._joints.at(self.time)[0].copy(),
            self._data.qpos[:3].copy(),
            self._data.qpos[[4, 5, 6, 3]].copy(),
            self._data.site_xpos[self._feet].copy(),
        )

    def _tell(self, time: float) -> None:
        """Servos and carrier, for one time, seconds."""
        robot = self.robot
        positions, velocities = self._joints.at(time)
        # A servo is told a position alone; ahead by this much, it damps towards the velocity.
        held = np.clip(positions, robot.lower, robot.upper)
        ahead = held + self._lead * velocities
        # However far a joint is off, its servo goes for no more than the greatest velocity.
        here, farthest = self._data.qpos[robot.robot.qpos], self._farthest_lead
        self._data.ctrl[:] = np.clip(ahead, here - farthest, here + farthest)
        position, rotation, rates = self._root.at(time)
        # The weld follows as a critically damped spring does: this far behind what moves.
        self._data.mocap_pos[robot.carrier] = position + rates[:3] * 2.0 * CARRIER_LAG_S
        turned = np.zeros(4)
        turned[:] = rotation[[3, 0, 1, 2]]
        mujoco.mju_quatIntegrate(turned, _in_body(turned, rates[3:]), 2.0 * CARRIER_LAG_S)
        self._data.mocap_quat[robot.carrier] = turned

    def _put(self) -> None:
        """Where the robot should be now, at once and at rest."""
        known = self.robot.robot
        position, rotation, _ = self._root.at(self.time)
        self._data.qpos[:3] = position
        self._data.qpos[3:7] = rotation[[3, 0, 1, 2]]
        self._data.qpos[known.qpos] = self._joints.at(self.time)[0]
        self._data.qvel[:] = 0.0
        self._tell(self.time)
        mujoco.mj_forward(self.robot.mujoco, self._data)


def _in_body(quaternion: Array, vector: Array) -> Array:
    """A (3,) vector of the fixed frame in that of a (4,) quaternion wxyz."""
    back, turned = np.zeros(4), np.zeros(3)
    mujoco.mju_negQuat(back, quaternion)
    mujoco.mju_rotVecQuat(turned, vector, back)
    return turned


def _check(times: Array, *arrays: tuple[Array, tuple[int, ...]]) -> None:
    if len(times) == 0 or not (np.diff(times) > 0).all():
        raise ValueError("a path needs one point or more, with times that increase")
    for values, shape in ((times, (len(times),)), *arrays):
        if values.shape != shape:
            raise ValueError(f"a path needs values of shape {shape}, not {values.shape}")
        if not np.isfinite(values).all():
            raise ValueError("a path must be finite")
