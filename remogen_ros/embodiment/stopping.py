"""To rest from the middle of a path: what a machine is told when nothing will follow any more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.embodying import (
    EmbodiedTick,
    JointLimits,
    JointPath,
    JointSample,
    RootPath,
)
from remogen_ros.embodiment.splines import RootSpline, Spline

Array = NDArray[np.float64]

STOP_S = 0.2
"""In which a body comes to rest, seconds; in more where a joint's acceleration asks for it."""

_SHARE_OF_ACCELERATION = 0.8
"""Of a joint's greatest, that stopping takes up; a controller may hear of it a moment late."""

_SHORTEST_S = 1e-3
"""In which a joint at the end of its range comes to rest, and to which times are rounded."""


def stopped(tick: EmbodiedTick, since_s: float, limits: JointLimits) -> EmbodiedTick | None:
    """A body that leaves its path, and comes to rest.

    Every joint, and the root, brakes evenly from the velocity that it has: as cubics between the
    points of the path have it, too. A joint whose range ends before that brakes harder.

    Args:
        tick: that was published last.
        since_s: seconds since its path began, at least 0.
        limits: of the joints.

    Returns:
        The body at that moment, and its way to rest; None where its path has ended, at rest.
    """
    if since_s >= tick.path.times[-1]:
        return None
    positions, velocities = _joints(tick).at(since_s)
    root, turned, rates = _root(tick).at(since_s)
    braking_s = _braking_s(positions, velocities, limits)
    times = np.unique(np.append(braking_s, STOP_S))
    way, left = _braked(times, braking_s)
    path = JointPath(
        times,
        np.clip(positions + way * velocities, limits.lower, limits.upper),
        left * velocities,
    )
    way, left = _braked(times, np.array([STOP_S]))
    root_path = RootPath(
        times,
        root + way * rates[:3],
        (Rotation.from_rotvec(way * rates[3:]) * Rotation.from_quat(turned)).as_quat(),
        left * rates,
    )
    return replace(
        tick,
        joints=JointSample(positions, velocities),
        path=path,
        root_position=root,
        root_rotation=turned,
        root_path=root_path,
    )


def _joints(tick: EmbodiedTick) -> Spline:
    joints, path = tick.joints, tick.path
    return Spline(
        np.append(0.0, path.times),
        np.concatenate((joints.positions[None], path.positions)),
        np.concatenate((joints.velocities[None], path.velocities)),
    )


def _root(tick: EmbodiedTick) -> RootSpline:
    path, origin = tick.root_path, Rotation.from_quat(tick.root_rotation)
    turns = (Rotation.from_quat(path.rotations) * origin.inv()).as_rotvec()
    start = np.append(tick.root_position, np.zeros(3))[None]
    values = np.concatenate((start, np.hstack((path.positions, turns))))
    # How fast it is at the tick is not told: as fast as it goes to the next point.
    begun = (values[1] - values[0]) / path.times[0]
    rates = np.concatenate((begun[None], path.velocities))
    return RootSpline(Spline(np.append(0.0, path.times), values, rates), origin)


def _braking_s(positions: Array, velocities: Array, limits: JointLimits) -> Array:
    """(J,) seconds in which each joint comes to rest."""
    speed = np.abs(velocities)
    needed = np.max(speed / (_SHARE_OF_ACCELERATION * limits.acceleration), initial=STOP_S)
    room = np.where(velocities > 0.0, limits.upper - positions, positions - limits.lower)
    # A joint that brakes evenly goes half as far as one that goes on.
    own = 2.0 * np.maximum(room, 0.0) / np.maximum(speed, 1e-9)
    return own.clip(_SHORTEST_S, needed).round(3)


def _braked(times: Array, braking_s: Array) -> tuple[Array, Array]:
    """(N, J) seconds at the velocity before that make as long a way, and the share left of it.

    Args:
        times: (N,) seconds since braking began.
        braking_s: (J,) seconds from there to rest.
    """
    braked = np.minimum(times[:, None], braking_s)
    left = 1.0 - braked / braking_s
    return braked * (1.0 + left) / 2.0, left
