"""What a node publishes while it is told anything: finite, and within every limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from remogen_ros.embodiment.embodying import JointLimits
from remogen_ros.embodiment.guard_config import GuardConfig
from remogen_ros.nodes.stamps import nanoseconds

ROUNDING = 1e-5
"""Of single precision and of stamps in nanoseconds, in radians, metres, and per second."""


def assert_joints_within(
    messages: Sequence[Any], names: Sequence[str], limits: JointLimits
) -> None:
    """Every sensor_msgs/JointState within ranges, and no faster than may be from one to the next.

    Args:
        messages: in the order of publication, at ticks.
        names: of the joints, in the order of the limits.
        limits: of the body.
    """
    assert all(list(message.name) == list(names) for message in messages)
    positions = np.array([message.position for message in messages])
    velocities = np.array([message.velocity for message in messages])
    assert np.isfinite(positions).all() and np.isfinite(velocities).all()
    assert (positions >= limits.lower - ROUNDING).all()
    assert (positions <= limits.upper + ROUNDING).all()
    assert (np.abs(velocities) <= limits.velocity + ROUNDING).all()
    seconds = np.diff([nanoseconds(message.header.stamp) for message in messages]) / 1e9
    speeds = np.abs(np.diff(positions, axis=0)) / seconds[:, None]
    assert (speeds <= limits.velocity * (1.0 + ROUNDING) + ROUNDING).all()


def assert_paths_within(messages: Sequence[Any], limits: JointLimits) -> None:
    """Every point of every trajectory_msgs/JointTrajectory finite and within ranges."""
    for message in messages:
        positions = np.array([point.positions for point in message.points])
        assert np.isfinite(positions).all()
        assert (positions >= limits.lower - ROUNDING).all()
        assert (positions <= limits.upper + ROUNDING).all()


def assert_ego_no_faster_than(messages: Sequence[Any], guard: GuardConfig) -> None:
    """From one remogen_msgs/Reaction to the next: root and joints at the guard's speeds at most."""
    seconds = np.diff([nanoseconds(message.header.stamp) for message in messages]) / 1e9
    roots = np.array([_xyz(message.root_pose.position) for message in messages])
    speeds = np.linalg.norm(np.diff(roots, axis=0), axis=1) / seconds
    assert speeds.max(initial=0.0) <= guard.max_root_speed + 1e-3
    turns = np.array([[(*_xyz(q), q.w) for q in m.joint_rotations] for m in messages])
    cosines = np.abs((turns[1:] * turns[:-1]).sum(axis=-1)).clip(0.0, 1.0)
    turned = 2.0 * np.arccos(cosines) / seconds[:, None]
    assert turned.max(initial=0.0) <= guard.max_joint_speed + 1e-2


def _xyz(message: Any) -> tuple[float, float, float]:
    return message.x, message.y, message.z
