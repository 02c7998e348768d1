"""Turning on the spot: the face gets there first, feet step in turn and do not slide."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remogen_ros.data.composing.joining import minimum_jerk, placed, there_and_back, yaw_of
from remogen_ros.data.composing.turning import turned, turned_round
from remogen_ros.motion.canonical import heading_of_orientation
from remogen_ros.motion.kinematics import global_rotations
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import ANKLE_HEIGHT, JOINT_INDEX
from test.data.bodies import hanging


def face(motion: Motion, frame: int) -> float:
    x, y = heading_of_orientation(global_rotations(motion.rotations)[frame, JOINT_INDEX["head"]])
    return math.atan2(float(y), float(x))


@pytest.mark.parametrize("angle", [-2.4, -0.8, 0.6, 1.5, 3.0])
def test_all_of_the_body_turns_round(angle: float) -> None:
    motion = turned(hanging(60), 10, angle, angle)
    assert yaw_of(motion, 10) == pytest.approx(0.0, abs=0.02)
    assert yaw_of(motion, -1) == pytest.approx(angle, abs=1e-3)
    assert face(motion, -1) == pytest.approx(angle, abs=0.05)
    assert abs(face(motion, 14)) > abs(yaw_of(motion, 14)), "the eyes go first"


@pytest.mark.parametrize("angle", [-2.0, 1.5])
def test_one_foot_stands_while_the_other_steps(angle: float) -> None:
    ankles = Feet.of(turned(hanging(60), 10, angle, angle)).ankles
    moved = ankles.diff(dim=0).norm(dim=-1) > 0.002
    assert bool(moved.any(0).all()), "both step"
    assert not bool((moved[:, 0] & moved[:, 1]).any())
    assert float(ankles[..., 2].min()) > ANKLE_HEIGHT - 1e-3
    assert float(ankles[..., 2].max()) > ANKLE_HEIGHT + 0.04


def test_who_only_looks_keeps_the_feet() -> None:
    still = hanging(40)
    motion = turned(still, 10, 0.6, 0.0)
    torch.testing.assert_close(Feet.of(motion).ankles, Feet.of(still).ankles)
    assert face(motion, -1) == pytest.approx(0.6, abs=0.02)
    assert face(motion, 9) == pytest.approx(0.0, abs=0.02)


def test_minimum_jerk_is_half_way_at_half_time_and_fastest_there() -> None:
    share = minimum_jerk(torch.linspace(0, 1, 101))
    assert float(share[50]) == pytest.approx(0.5)
    assert float(share.diff().max() * 100) == pytest.approx(1.875, abs=0.01)
    assert float(minimum_jerk(torch.tensor(2.0))) == 1.0


def test_a_hand_goes_there_stays_and_comes_back() -> None:
    share = there_and_back(30, 5, 11, 18, 25)
    assert float(share[:6].max()) == 0.0 and float(share[11:19].min()) == 1.0
    assert float(share[25:].abs().max()) == pytest.approx(0.0, abs=1e-6)


@settings(deadline=None, max_examples=30)
@given(
    angle=st.floats(-3.1, 3.1).filter(lambda a: abs(a) > 0.5),
    yaw=st.floats(-3, 3),
    shift=st.tuples(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1)),
)
def test_turning_round(angle: float, yaw: float, shift: tuple[float, float]) -> None:
    pose = placed(hanging(1), 0, (1.0, 2.0), yaw)
    motion = turned_round(pose, angle, shift)
    off = (yaw_of(motion, -1) - yaw - angle + math.pi) % (2 * math.pi) - math.pi
    assert abs(off) < 1e-3
    end = motion.root_positions[-1] - pose.root_positions[0]
    assert end.tolist() == pytest.approx([*shift, 0.0], abs=1e-4)
    feet = Feet.of(motion).ankles
    floor = float(Feet.of(pose).ankles[..., 2].min())
    up = feet[..., 2] > floor + 0.01
    assert not (up[:, 0] & up[:, 1]).any(), "one foot is always on the floor"
    steps = feet[..., :2].diff(dim=0).norm(dim=-1)
    resting = ~(up[1:] | up[:-1])
    assert float(steps[resting].max()) < 0.06
    assert float(steps.max()) < 0.5


def test_feet_come_abreast() -> None:
    pose = hanging(1)
    feet = Feet.of(pose)
    apart = feet.ankles.clone()
    apart[0, 0, 0] += 0.2
    pose = standing_on(pose, Feet(apart, feet.turns))
    after = turned_round(pose, math.pi / 2, (0.0, 0.0)).frames(-1)
    left, right = Feet.of(after).ankles[0]
    assert float((left - right)[1].abs()) < 1e-3, "abreast of who now faces y"
