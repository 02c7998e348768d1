"""Targets: the ego's limbs at the robot's size, feet where the ego's are."""

from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.embodiment.robot_footing import first_feet, next_feet
from remogen_ros.embodiment.robot_targets import Targets
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import Motion
from test.data.bodies import hanging
from test.embodiment.robots import ROBOTS, ego, egos, ik_of, posed

EVERY = pytest.mark.parametrize("name", ROBOTS)


def targets_of(name: str, **pose: tuple[float, float, float]) -> dict[str, np.ndarray]:
    return _by_name(name, _targets(name, **pose))


def _targets(name: str, **pose: tuple[float, float, float]) -> Targets:
    ik = ik_of(name)
    body = ego(posed(**pose))
    return ik.retargeting.targets(body, first_feet(body, ik.retargeting.height_scale))


def _by_name(name: str, targets: Targets) -> dict[str, np.ndarray]:
    return dict(zip(ik_of(name).robot.targets, targets.positions, strict=True))


@EVERY
def test_in_the_t_pose_the_robots_own_t_pose_is_wanted(name):
    robot, targets = ik_of(name).robot, _targets(name)
    arms = [i for i, joint in enumerate(robot.targets) if "foot" not in joint and i > 0]
    assert targets.rotations == pytest.approx(robot.rest_rotations, abs=1e-6)
    # Legs that are quite straight are bent a little: the pelvis sinks, and all above with it.
    sunk = robot.rest_positions[0] - targets.positions[0]
    assert sunk[:2] == pytest.approx(0.0, abs=1e-6) and 0.0 <= sunk[2] < 0.03
    assert targets.positions[arms] == pytest.approx(robot.rest_positions[arms] - sunk, abs=1e-5)


@EVERY
def test_limbs_are_as_long_as_the_robots_own(name):
    robot = ik_of(name).robot
    rest = dict(zip(robot.targets, robot.rest_positions, strict=True))
    bent = targets_of(name, left_shoulder=(-70.0, 20.0, 10.0), left_elbow=(0.0, 0.0, -80.0))
    for start, end in (("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist")):
        assert np.linalg.norm(bent[end] - bent[start]) == pytest.approx(
            np.linalg.norm(rest[end] - rest[start]), rel=0.02
        )


@EVERY
def test_the_robot_steps_where_the_ego_steps(name):
    step = {
        "height": -0.06,
        "left_hip": (0.0, -25.0, 0.0),
        "left_ankle": (0.0, 25.0, 0.0),
        "right_hip": (0.0, 20.0, 0.0),
        "right_ankle": (0.0, -20.0, 0.0),
    }
    body = ego(posed(**step))
    at = targets_of(name, **step)
    for place, side in ((10, "left"), (11, "right")):
        assert at[f"{side}_foot"][:2] == pytest.approx(body.positions[place, :2], abs=1e-6)


def test_a_foot_that_is_kicked_high_is_as_far_out_as_the_robots_leg_is_long():
    kick = {"left_hip": (0.0, -80.0, 0.0)}
    body = ego(posed(**kick))
    at = targets_of("unitree_g1", **kick)
    scale = ik_of("unitree_g1").retargeting.height_scale
    assert at["left_foot"][0] == pytest.approx(scale * body.positions[10, 0])


def test_the_pelvis_sinks_for_a_long_step():
    narrow, wide = ({"left_hip": (0.0, -a, 0.0), "right_hip": (0.0, a, 0.0)} for a in (5.0, 35.0))
    sunk = targets_of("unitree_g1", **narrow)["pelvis"] - targets_of("unitree_g1", **wide)["pelvis"]
    assert 0.03 < sunk[2] < 0.3


def test_no_sole_is_wanted_below_the_floor():
    for pitch in (-40.0, 0.0, 60.0):
        targets = _targets("unitree_g1", left_ankle=(10.0, pitch, 0.0))
        robot = ik_of("unitree_g1").robot
        foot = robot.targets.index("left_foot")
        point = np.array(robot.description.targets["left_foot"].point)
        sole = (robot.soles[0] - point) @ targets.rotations[foot].T + targets.positions[foot]
        assert sole[:, 2].min() >= -1e-9


def test_feet_that_stand_are_held_while_the_egos_creep():
    ik = ik_of("unitree_g1")
    scale = ik.retargeting.height_scale
    bodies = egos(_creeping(10, 0.004))
    feet = first_feet(bodies[0], scale)
    start = feet.balls
    for body in bodies[1:]:
        feet = next_feet(feet, body, scale, 0.1)
    assert feet.stand.all()
    assert feet.balls == pytest.approx(start, abs=1e-6)


def test_feet_that_creep_far_are_dragged_along():
    scale = ik_of("unitree_g1").retargeting.height_scale
    bodies = egos(_creeping(40, 0.02))
    feet = first_feet(bodies[0], scale)
    for body in bodies[1:]:
        feet = next_feet(feet, body, scale, 0.1)
    behind = feet.ego_balls - feet.balls
    assert np.linalg.norm(behind[:, :2], axis=1) == pytest.approx(0.05, abs=1e-6)


def _creeping(frames: int, step: float) -> Motion:
    """Somebody who stands, while everything slides ahead by so many metres a tick."""
    still = hanging(frames)
    roots = still.root_positions.clone()
    for frame in range(frames):
        roots[frame, 0] = step * frame
    return standing_on(Motion(roots, still.rotations), Feet.of(Motion(roots, still.rotations)))
