"""A body that stops: evenly, soon, and within its limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.embodying import (
    EmbodiedTick,
    JointLimits,
    JointPath,
    JointSample,
    RootPath,
)
from remogen_ros.embodiment.splines import Spline
from remogen_ros.embodiment.stopping import STOP_S, stopped

LIMITS = JointLimits(
    np.array([-1.0, -2.0, -np.inf]),
    np.array([1.0, 2.0, np.inf]),
    np.array([8.0, 8.0, np.inf]),
    np.array([100.0, 20.0, np.inf]),
)
ALONG_Z = Rotation.from_euler("z", 0.5)


def steadily(positions: list[float], velocities: list[float], seconds: float = 0.5) -> EmbodiedTick:
    """Joints that go on as they do, on a root that goes 1 m/s along x and turns 1 rad/s."""
    start, rates = np.array(positions), np.array(velocities)
    times = np.arange(0.1, seconds + 0.01, 0.1)
    after = times[:, None]
    rest = (times < times[-1])[:, None]
    turns = Rotation.from_euler("z", after) * ALONG_Z
    return EmbodiedTick(
        JointSample(start, rates),
        JointPath(times, start + after * rates, rest * rates),
        np.array([1.0, 2.0, 0.8]),
        ALONG_Z.as_quat(),
        RootPath(
            times,
            np.array([1.0, 2.0, 0.8]) + after * (1.0, 0.0, 0.0),
            turns.as_quat(),
            rest * (1.0, 0.0, 0.0, 0.0, 0.0, 1.0),
        ),
    )


def test_joints_come_to_rest_half_as_far_as_they_would_have_gone() -> None:
    resting = stopped(steadily([0.0, 0.5, -3.0], [1.0, -2.0, 0.0]), 0.15, LIMITS)
    assert resting is not None
    np.testing.assert_allclose(resting.joints.positions, (0.15, 0.2, -3.0))
    np.testing.assert_allclose(resting.joints.velocities, (1.0, -2.0, 0.0), atol=1e-12)
    np.testing.assert_allclose(resting.path.times, [STOP_S])
    np.testing.assert_allclose(resting.path.positions, [(0.25, 0.0, -3.0)], atol=1e-12)
    assert not resting.path.velocities.any()


def test_the_root_stands_likewise() -> None:
    resting = stopped(steadily([0.0] * 3, [0.0] * 3), 0.25, LIMITS)
    assert resting is not None
    np.testing.assert_allclose(resting.root_position, (1.25, 2.0, 0.8), atol=1e-9)
    np.testing.assert_allclose(resting.root_path.positions[-1], (1.35, 2.0, 0.8), atol=1e-9)
    end = Rotation.from_quat(resting.root_path.rotations[-1])
    np.testing.assert_allclose(end.as_euler("xyz"), (0.0, 0.0, 0.85), atol=1e-6)
    assert not resting.root_path.velocities[-1].any()


def test_a_joint_at_the_end_of_its_range_stops_there() -> None:
    resting = stopped(steadily([0.9, 0.0, 0.0], [1.0, 1.0, 0.0]), 0.05, LIMITS)
    assert resting is not None
    np.testing.assert_allclose(resting.path.times, (0.1, STOP_S))
    np.testing.assert_allclose(resting.path.positions[:, 0], 1.0)
    assert not resting.path.velocities[:, 0].any()
    np.testing.assert_allclose(resting.path.velocities[0, 1], 0.5)


def test_a_path_that_has_ended_is_left_alone() -> None:
    tick = steadily([0.0] * 3, [1.0] * 3)
    assert stopped(tick, 0.49, LIMITS) is not None
    assert stopped(tick, 0.5, LIMITS) is None


@given(
    places=st.lists(st.floats(-0.7, 0.7), min_size=3, max_size=3),
    rates=st.lists(st.floats(-6.0, 6.0), min_size=3, max_size=3),
    since=st.floats(0.0, 0.04),
)
def test_no_limit_is_broken_on_the_way(
    places: list[float], rates: list[float], since: float
) -> None:
    """As long as a joint could stop within its range, which a robot's tick sees to."""
    tick = steadily(places, rates)
    resting = stopped(tick, since, LIMITS)
    assert resting is not None
    here, rate = resting.joints.positions, resting.joints.velocities
    way = Spline(
        np.append(0.0, resting.path.times),
        np.concatenate((here[None], resting.path.positions)),
        np.concatenate((rate[None], resting.path.velocities)),
    )
    moments = np.arange(0.0, resting.path.times[-1] + 0.05, 0.0005)
    positions, velocities = (np.array(v) for v in zip(*map(way.at, moments), strict=True))
    room = np.minimum(LIMITS.upper - here, here - LIMITS.lower)
    able = rate**2 / (2.0 * 0.7 * LIMITS.acceleration) <= room
    inside = (positions >= LIMITS.lower - 1e-6) & (positions <= LIMITS.upper + 1e-6)
    assert inside[:, able].all()
    assert (np.abs(velocities) <= np.abs(rate) + 1e-3)[:, able].all()
    braking = np.abs(np.diff(velocities, axis=0)) / 0.0005
    assert (braking <= LIMITS.acceleration + 1e-6)[:, able].all()
    assert not velocities[-1].any()
    assert resting.path.times[-1] <= max(STOP_S, np.max(np.abs(rate) / (0.79 * 20.0)))


@pytest.mark.parametrize("since", [0.0, 0.1, 0.333])
def test_braking_begins_where_the_path_is(since: float) -> None:
    tick = steadily([0.0, 0.1, 0.2], [0.5, -0.5, 1.5])
    resting = stopped(tick, since, LIMITS)
    assert resting is not None
    np.testing.assert_allclose(
        resting.joints.positions, tick.joints.positions + since * tick.joints.velocities, atol=1e-9
    )
    assert (np.diff(resting.path.times) > 0).all()
