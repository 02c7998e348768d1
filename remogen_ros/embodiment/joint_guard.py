"""The last look at a body's joints: within their limits, and softly from where a robot is.

A robot's inverse kinematics keeps its limits by itself, and the avatar's angles are within theirs
by how they are chosen. Here that is checked, and made true should it ever not be.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.easing import smoothstep
from remogen_ros.embodiment.embodying import (
    EmbodiedTick,
    JointLimits,
    JointPath,
    JointSample,
    path_to_rest,
)

Array = NDArray[np.float64]

_ROUNDING = 1e-6
"""Radians, or radians per second, beyond a limit that are within it."""

_STEEPEST = 1.5
"""Of `smoothstep`: how much faster than evenly the ramp is in its middle."""

_SHARE_OF_VELOCITY = 0.5
"""Of a joint's greatest velocity, that the ramp may take up; the rest is for the motion itself."""


class JointGuard:
    """Checks one body's joints tick by tick. Not thread-safe.

    Args:
        limits: of the body.
        period: seconds from one tick to the next.
        start_s: seconds from the measured joints to those that are asked for, at least.

    Attributes:
        limited: ticks that were not within the limits, with all that was to come, or not finite.
        ramped: ticks on the way from the measured joints.
    """

    def __init__(self, limits: JointLimits, period: float, start_s: float) -> None:
        self.limited = self.ramped = 0
        self._limits = limits
        self._period = period
        self._start_s = start_s
        self.reset()

    def reset(self) -> None:
        """Forget the last tick: the next one may be anywhere."""
        self._shown: EmbodiedTick | None = None
        self._measured: Array | None = None
        self._ramp_ticks: float | None = None
        self._tick = 0

    def start_from(self, measured: Array) -> None:
        """Let the next tick be where the joints are, and motion begin from there.

        Args:
            measured: (J,) radians.

        Raises:
            ValueError: not finite: where a joint is not known, nothing can begin.
        """
        if not np.isfinite(measured).all():
            raise ValueError("joints to begin from are not finite")
        self.reset()
        self._measured = measured

    def guarded(self, tick: EmbodiedTick) -> EmbodiedTick | None:
        """What may be sent of a tick.

        Returns:
            `tick` itself where nothing is wrong with it; where it is not finite, the tick before,
            at rest, or None if there is none.
        """
        if not _is_finite(tick):
            self.limited += 1
            return None if self._shown is None else self._at_rest(self._shown)
        sent = self._within(self._ramped(tick))
        self._shown = sent
        return sent

    def _ramped(self, tick: EmbodiedTick) -> EmbodiedTick:
        start = self._measured
        if start is None:
            return tick
        wanted = tick.joints.positions
        if self._ramp_ticks is None:
            slowest = np.max(np.abs(wanted - start) / self._limits.velocity, initial=0.0)
            seconds = max(self._start_s, _STEEPEST * slowest / _SHARE_OF_VELOCITY)
            # Rounded, for 1.2 / 0.1 is more than 12.
            self._ramp_ticks = round(seconds / self._period, 6)
        if self._tick >= self._ramp_ticks:
            self._measured = None
            return tick
        self.ramped += 1
        done = self._tick / self._ramp_ticks
        positions = start + smoothstep(done) * (wanted - start)
        before = positions if self._shown is None else self._shown.joints.positions
        self._tick += 1
        return replace(
            tick,
            joints=JointSample(positions, (positions - before) / self._period),
            path=self._ramped_path(start, done, tick.path),
        )

    def _ramped_path(self, start: Array, done: float, path: JointPath) -> JointPath:
        ramp_s = (self._ramp_ticks or 1.0) * self._period
        shares = np.clip(done + path.times / ramp_s, 0.0, 1.0)[:, None]
        blend, slope = shares**2 * (3.0 - 2.0 * shares), 6.0 * shares * (1.0 - shares) / ramp_s
        off = path.positions - start
        velocities = blend * path.velocities + slope * off
        velocities[-1] = 0.0
        return JointPath(path.times, start + blend * off, velocities)

    def _within(self, tick: EmbodiedTick) -> EmbodiedTick:
        limits, joints = self._limits, tick.joints
        inside = (
            (joints.positions >= limits.lower - _ROUNDING).all()
            and (joints.positions <= limits.upper + _ROUNDING).all()
            and (np.abs(joints.velocities) <= limits.velocity + _ROUNDING).all()
        )
        if inside and self._is_within(joints.positions, tick.path):
            return tick
        self.limited += 1
        if not inside:
            positions = np.clip(joints.positions, limits.lower, limits.upper)
            velocities = np.clip(joints.velocities, -limits.velocity, limits.velocity)
            if self._shown is not None and np.isfinite(limits.velocity).any():
                last, step = self._shown.joints.positions, limits.velocity * self._period
                positions = np.clip(positions, last - step, last + step)
            joints = JointSample(positions, velocities)
        return replace(tick, joints=joints, path=self._path_within(joints.positions, tick.path))

    def _is_within(self, start: Array, path: JointPath) -> bool:
        """Whether a path from a start (J,) keeps the limits, at its points and between them."""
        limits = self._limits
        steps = np.diff(path.positions, axis=0, prepend=start[None])
        longest = np.diff(path.times, prepend=0.0)[:, None] * limits.velocity
        return bool(
            (path.positions >= limits.lower - _ROUNDING).all()
            and (path.positions <= limits.upper + _ROUNDING).all()
            and (np.abs(path.velocities) <= limits.velocity + _ROUNDING).all()
            and (np.abs(steps) <= longest + _ROUNDING).all()
        )

    def _path_within(self, start: Array, path: JointPath) -> JointPath:
        """The path as fast as joints can follow it, within their ranges."""
        limits, here = self._limits, start
        positions = np.empty_like(path.positions)
        longest = np.diff(path.times, prepend=0.0)[:, None] * limits.velocity
        for index, step in enumerate(longest):
            wanted = np.clip(path.positions[index], limits.lower, limits.upper)
            positions[index] = here = np.clip(wanted, here - step, here + step)
        through = np.concatenate((start[None], positions))
        times = np.concatenate(((0.0,), path.times))[:, None]
        velocities = np.zeros_like(positions)
        velocities[:-1] = (through[2:] - through[:-2]) / (times[2:] - times[:-2])
        # At the end of its range a joint is at rest: beyond it would be the next moment.
        velocities[(positions <= limits.lower) | (positions >= limits.upper)] = 0.0
        return JointPath(path.times, positions, velocities)

    def _at_rest(self, tick: EmbodiedTick) -> EmbodiedTick:
        positions = tick.joints.positions
        joints = JointSample(positions, np.zeros_like(positions))
        nowhere = np.zeros((0, len(positions)))
        return replace(tick, joints=joints, path=path_to_rest(joints, nowhere, self._period))


def _is_finite(tick: EmbodiedTick) -> bool:
    return all(
        bool(np.isfinite(values).all())
        for values in (
            tick.joints.positions,
            tick.joints.velocities,
            tick.path.positions,
            tick.path.velocities,
            tick.root_position,
            tick.root_rotation,
            tick.root_path.positions,
            tick.root_path.rotations,
            tick.root_path.velocities,
        )
    )
