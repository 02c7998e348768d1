"""Turning on the spot: the face gets there first, feet step in turn and do not slide."""

from __future__ import annotations

import math

import pytest
import torch

from remogen_ros.data.joining import minimum_jerk, there_and_back, yaw_of
from remogen_ros.data.turning import turned
from remogen_ros.motion.canonical import heading_of_orientation
from remogen_ros.motion.kinematics import global_rotations
from remogen_ros.motion.legs import Feet
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
