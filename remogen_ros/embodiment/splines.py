"""What a body is told to do, between the points in which it is told: cubic Hermite splines.

A new path takes over from where the old one is at that moment, as joint_trajectory_controller does
it: without a jump in position or velocity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]

CATCH_UP_S = 0.1
"""A path whose points are all in the past is led to within this time, seconds."""


@dataclass(frozen=True)
class Spline:
    """D values over time. Before its first knot and after its last, they rest there.

    Attributes:
        times: (N,) seconds, increasing.
        values: (N, D) at the knots.
        rates: (N, D) per second.
    """

    times: Array
    values: Array
    rates: Array

    @staticmethod
    def resting(values: Array) -> Spline:
        """Stays at (D,) values."""
        return Spline(np.zeros(1), values[None], np.zeros((1, len(values))))

    def at(self, time: float) -> tuple[Array, Array]:
        """(D,) values and (D,) rates at a time, seconds."""
        after = int(np.searchsorted(self.times, time, side="right"))
        if after == 0 or after == len(self.times):
            return self.values[max(after - 1, 0)], np.zeros(self.values.shape[1])
        begin, length = self.times[after - 1], self.times[after] - self.times[after - 1]
        s = (time - begin) / length
        (p0, p1), (v0, v1) = self.values[after - 1 : after + 1], self.rates[after - 1 : after + 1]
        slope = p1 - p0
        a = length * (v0 + v1) - 2.0 * slope
        b = 3.0 * slope - length * (2.0 * v0 + v1)
        c = length * v0
        return p0 + s * (c + s * (b + s * a)), (c + s * (2.0 * b + 3.0 * s * a)) / length

    def followed_by(self, now: float, times: Array, values: Array, rates: Array) -> Spline:
        """This path until now, seconds, and from there through the knots that are yet to come."""
        coming = times > now
        if not coming.any():
            coming = np.arange(len(times)) == len(times) - 1
            times = np.full(len(times), now + CATCH_UP_S)
        value, rate = self.at(now)
        return Spline(
            np.concatenate(([now], times[coming])),
            np.concatenate((value[None], values[coming])),
            np.concatenate((rate[None], rates[coming])),
        )

    def within(self, lower: Array, upper: Array, fastest: Array) -> Spline:
        """The nearest to this path that keeps to a range, and is nowhere too fast.

        A cubic lies between the smallest and the greatest of its four Bezier control points, its
        rate between those of their differences. So knots' rates are lowered until the points are
        within the range, and knots that are too far are left short of. The first knot stays: it is
        where the body is.

        Args:
            lower, upper: (D,) range.
            fastest: (D,) greatest rate.
        """
        values, rates = self.values.copy(), np.clip(self.rates, -fastest, fastest)
        thirds = np.diff(self.times)[:, None] / 3.0
        rates[0] = self.rates[0]
        for end, third in enumerate(thirds, start=1):
            there = np.clip(values[end], lower, upper)
            rate = np.clip(rates[end], (there - upper) / third, (there - lower) / third)
            if end < len(thirds):
                rate = np.clip(rate, (lower - there) / thirds[end], (upper - there) / thirds[end])
            middle = values[end - 1] + third * (rates[end - 1] + rate)
            there = np.clip(there, middle - third * fastest, middle + third * fastest)
            if end < len(thirds):
                rate = np.clip(rate, (lower - there) / thirds[end], (upper - there) / thirds[end])
            values[end], rates[end] = there, rate
        return Spline(self.times, values, rates)


@dataclass(frozen=True)
class RootSpline:
    """Where a root is over time, in the fixed frame: its turns as vectors from one of them.

    Attributes:
        path: of x, y, z, metres, and the three of the rotation vector, radians.
        origin: that the rotation vectors start from.
    """

    path: Spline
    origin: Rotation

    @staticmethod
    def resting(position: Array, rotation: Array) -> RootSpline:
        """Stays at (3,) metres and a (4,) quaternion xyzw."""
        return RootSpline(
            Spline.resting(np.concatenate((position, np.zeros(3)))), Rotation.from_quat(rotation)
        )

    def at(self, time: float) -> tuple[Array, Array, Array]:
        """(3,) metres, (4,) quaternion xyzw, and (6,) m/s and rad/s, at a time, seconds."""
        value, rate = self.path.at(time)
        return value[:3], self._rotation(value).as_quat(), rate

    def followed_by(
        self, now: float, times: Array, positions: Array, rotations: Array, rates: Array
    ) -> RootSpline:
        """This path until now, seconds, and from there through the knots that are yet to come.

        Args:
            times: (N,) seconds.
            positions: (N, 3) metres.
            rotations: (N, 4) unit quaternions xyzw.
            rates: (N, 6) m/s and rad/s, in the fixed frame.
        """
        value, rate = self.path.at(now)
        origin = self._rotation(value)
        # Near its origin, the rate of a rotation vector is the angular velocity.
        here = Spline(
            np.array([now]),
            np.concatenate((value[:3], np.zeros(3)))[None],
            np.zeros((1, 6)),
        )
        turns = (Rotation.from_quat(rotations) * origin.inv()).as_rotvec()
        path = here.followed_by(now, times, np.hstack((positions, turns)), rates)
        path.rates[0] = rate
        return RootSpline(path, origin)

    def _rotation(self, value: Array) -> Rotation:
        return Rotation.from_rotvec(value[3:]) * self.origin
