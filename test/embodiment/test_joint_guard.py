"""Joints within their limits, and a soft start from where a robot is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from remogen_ros.embodiment.avatar import AVATAR_JOINT_NAMES, AvatarEmbodiment
from remogen_ros.embodiment.ball_joints import MIDDLE_LIMIT, OUTER_LIMIT
from remogen_ros.embodiment.embodying import EmbodiedTick, JointLimits, JointSample, path_to_rest
from remogen_ros.embodiment.joint_guard import JointGuard
from remogen_ros.embodiment.root_paths import root_path

PERIOD = 0.1
LIMITS = JointLimits(
    np.array([-1.0, -2.0]), np.array([1.0, 2.0]), np.array([5.0, np.inf]), np.full(2, np.inf)
)


def tick(first: float, second: float, velocity: float = 0.0) -> EmbodiedTick:
    sample = JointSample(np.array([first, second]), np.array([velocity, 0.0]))
    path = path_to_rest(sample, np.array([[first, second]]), PERIOD)
    still = (np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))
    return EmbodiedTick(sample, path, *still, root_path(None, still, [], 0.1))


def guard(start_s: float = 1.0) -> JointGuard:
    return JointGuard(LIMITS, PERIOD, start_s)


def test_what_is_within_the_limits_goes_through_as_it_is():
    checked = guard()
    for given in (tick(1.0, -2.0), tick(-1.0, 2.0, 5.0), tick(1.0 + 1e-9, 0.0)):
        assert checked.guarded(given) is given
    assert (checked.limited, checked.ramped) == (0, 0)


@pytest.mark.parametrize(
    "given, positions",
    [
        (tick(1.2, 0.0), (0.5, 0.0)),  # 5 rad/s for 0.1 s
        (tick(0.2, -2.5), (0.2, -2.0)),
        (tick(0.6, 0.0, 6.0), (0.5, 0.0)),
    ],
)
def test_what_is_not_is_brought_back(given: EmbodiedTick, positions: tuple[float, float]):
    checked = guard()
    checked.guarded(tick(0.0, 0.0))
    sent = checked.guarded(given)
    assert sent is not None
    assert sent.joints.positions == pytest.approx(positions)
    assert (np.abs(sent.joints.velocities) <= LIMITS.velocity).all()
    assert (sent.path.positions <= LIMITS.upper).all()
    assert checked.limited == 1


def test_what_is_not_finite_is_the_last_tick_at_rest():
    checked = guard()
    bad = tick(np.nan, 0.0)
    assert checked.guarded(bad) is None
    checked.guarded(tick(0.3, 0.4, 2.0))
    sent = checked.guarded(bad)
    assert sent is not None
    assert sent.joints.positions == pytest.approx((0.3, 0.4))
    assert not sent.joints.velocities.any() and not sent.path.velocities.any()
    assert checked.limited == 2


def test_a_path_that_is_too_fast_or_too_far_is_brought_back_though_the_sample_is_not():
    checked = guard()
    start = JointSample(np.array([0.0, 0.0]), np.zeros(2))
    wanted = np.array([(0.3, 1.5), (1.3, 2.5), (1.3, 2.5)])
    path = path_to_rest(start, wanted, PERIOD)
    given = replace(tick(0.0, 0.0), joints=start, path=path)
    sent = checked.guarded(given)
    assert sent is not None and sent.joints is start
    # 5 rad/s for 0.1 s a point; up to 1 and 2 rad; the second joint has no speed limit.
    assert sent.path.positions[:, 0] == pytest.approx([0.3, 0.8, 1.0, 1.0, 1.0])
    assert sent.path.positions[:, 1] == pytest.approx([1.5, 2.0, 2.0, 2.0, 2.0])
    assert np.abs(sent.path.velocities[:, 0]).max() <= 5.0
    # Where a range ends, and at the end, is rest.
    assert not sent.path.velocities[2:].any() and not sent.path.velocities[1, 1]
    assert checked.limited == 1
    assert checked.guarded(sent) is sent


def test_starts_where_the_joints_are_and_comes_to_what_is_wanted():
    started = guard(start_s=1.0)
    started.start_from(np.array([0.5, 0.3]))
    sent = [started.guarded(tick(-0.5, 0.3)) for _ in range(12)]
    first = [float(s.joints.positions[0]) for s in sent]
    # 0.5 - smoothstep: by hand at 0, 0.1, 0.5 and 1 s
    assert [first[i] for i in (0, 1, 5, 10)] == pytest.approx([0.5, 0.472, 0.0, -0.5])
    assert [float(s.joints.positions[1]) for s in sent] == pytest.approx([0.3] * 12)
    assert sent[0].joints.velocities == pytest.approx((0.0, 0.0))
    assert sent[1].joints.velocities[0] == pytest.approx(-0.28)
    # The path foresees the ramp, and ends at rest.
    assert sent[4].path.positions[0, 0] == pytest.approx(first[5])
    assert not sent[4].path.velocities[-1].any()
    assert (started.ramped, started.limited) == (10, 0)
    wanted = tick(-0.5, 0.3)
    assert started.guarded(wanted) is wanted


def test_what_nobody_knows_is_nowhere_to_begin_from():
    with pytest.raises(ValueError, match="not finite"):
        guard().start_from(np.array([0.5, np.nan]))


def test_a_long_way_takes_as_long_as_the_joint_needs():
    started = guard(start_s=0.1)
    started.start_from(np.array([1.0, 0.0]))
    sent = [started.guarded(tick(-1.0, 0.0)) for _ in range(20)]
    speeds = np.abs([s.joints.velocities[0] for s in sent])
    # 2 rad at 5 rad/s, of which the ramp takes half: 1.5 * 0.4 s / 0.5 = 1.2 s
    assert started.ramped == 12
    assert speeds.max() <= 2.5 + 1e-9


def test_the_avatars_limits_are_those_of_its_angles():
    limits = AvatarEmbodiment.limits
    upper = dict(zip(AVATAR_JOINT_NAMES, limits.upper, strict=True))
    # Knees turn about y, x, z; shoulders about x, z, y; elbows about z, x, y.
    assert upper["left_knee_x"] == upper["right_shoulder_z"] == MIDDLE_LIMIT
    assert upper["left_elbow_x"] == MIDDLE_LIMIT
    assert upper["left_knee_y"] == upper["left_shoulder_x"] == OUTER_LIMIT
    assert (limits.lower == -limits.upper).all() and len(limits.upper) == 63
