"""A robot follows the ego: within its limits, on its feet, and not mirrored."""

from __future__ import annotations

from dataclasses import replace

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings

from remogen_ros.embodiment.ego_pose import EgoPose
from remogen_ros.embodiment.robot_description import SelfCollision
from remogen_ros.embodiment.robot_ik import NOT_AVOIDED, WITHOUT_SOLUTION, RobotIk, RobotState
from remogen_ros.embodiment.robot_model import RobotModel, lowest_sole
from remogen_ros.embodiment.robot_targets import Targets
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import Motion
from test.data.bodies import hanging, strolling, waving
from test.embodiment.robots import (
    ROBOTS,
    data_at,
    ego,
    egos,
    ik_of,
    joints,
    posed,
    settled,
    sites_at,
    standing,
)
from test.motion.bodies import crouching
from test.motion.strategies import random_motion, seeds

EVERY = pytest.mark.parametrize("name", ROBOTS)
PERIOD = 0.1


def followed(ik: RobotIk, poses: list[EgoPose]) -> list[RobotState]:
    states = [ik.first(poses[0])]
    for pose in poses[1:]:
        states.append(ik.next(states[-1], pose))
    return states


def assert_within_limits(robot: RobotModel, states: list[RobotState]) -> None:
    positions = np.array([state.qpos[robot.qpos] for state in states])
    assert np.isfinite(positions).all()
    assert (positions >= robot.lower).all() and (positions <= robot.upper).all()
    velocities = np.diff(positions, axis=0) / PERIOD
    assert (np.abs(velocities) <= robot.command_velocity + 1e-9).all()


def sole_height(robot: RobotModel, state: RobotState) -> float:
    return lowest_sole(robot.mujoco, mujoco.MjData(robot.mujoco), state.qpos, robot.soles)


# --- limits ------------------------------------------------------------------------------------


@EVERY
@given(seed=seeds)
@settings(max_examples=15, deadline=None)
def test_limits_hold_whatever_the_ego_does(name, seed):
    ik = ik_of(name)
    states = followed(ik, egos(random_motion(seed, 12)))
    assert_within_limits(ik.robot, states)
    assert all(sole_height(ik.robot, state) > -1e-9 for state in states)


@EVERY
@pytest.mark.parametrize(
    "motion", [hanging, waving, strolling, crouching], ids=lambda m: m.__name__
)
def test_limits_hold_in_everyday_motion(name, motion):
    ik = ik_of(name)
    assert_within_limits(ik.robot, followed(ik, egos(motion(20))))


@EVERY
def test_a_pose_that_jumps_is_approached_at_the_greatest_velocity(name):
    ik = ik_of(name)
    low, high = (ego(posed(left_shoulder=(angle, 0.0, 0.0))) for angle in (-80.0, 80.0))
    states = followed(ik, [low, high, high, high])
    assert_within_limits(ik.robot, states)
    greatest = np.abs(states[1].velocities) / ik.robot.command_velocity
    assert greatest.max() == pytest.approx(1.0)


@EVERY
@pytest.mark.parametrize("motion", [waving, strolling, crouching], ids=lambda m: m.__name__)
def test_the_files_accelerations_hold(name, motion):
    ik = ik_of(name)
    assert np.isfinite(ik.robot.acceleration).all()
    # From rest to the greatest velocity takes a tick or more, not less.
    assert (ik.robot.acceleration * PERIOD <= ik.robot.command_velocity + 1e-9).all()
    velocities = np.array([state.velocities for state in followed(ik, egos(motion(20)))])
    accelerations = np.abs(np.diff(velocities, axis=0)) / PERIOD
    assert (accelerations <= ik.robot.acceleration + 1e-6).all()


def test_accelerations_are_limited_where_the_file_says_so():
    robot = ik_of("unitree_g1").robot
    ik = RobotIk(replace(robot, acceleration=np.full(len(robot.qpos), 20.0)))
    states = followed(ik, egos(waving(20)))
    assert_within_limits(robot, states)
    accelerations = np.diff([state.velocities for state in states], axis=0) / PERIOD
    assert np.abs(accelerations).max() <= 20.0 + 1e-6


# --- reaching ----------------------------------------------------------------------------------


@EVERY
@given(seed=seeds)
@settings(max_examples=15, deadline=None)
def test_the_robots_own_poses_are_found_again(name, seed):
    """Targets from its own forward kinematics: reached to 1 cm and 3 degrees by what has weight."""
    ik = unguarded(ik_of(name).robot)
    robot = ik.robot
    random = np.random.default_rng(seed)
    wanted = robot.stand.copy()
    joints_at = wanted[robot.qpos]
    drawn = joints_at + random.uniform(-0.35, 0.35, len(joints_at))
    wanted[robot.qpos] = np.clip(drawn, robot.lower + 0.05, robot.upper - 0.05)
    data = data_at(robot, wanted)
    rotations = data.site_xmat[robot.sites].reshape(-1, 3, 3)
    targets = Targets(data.site_xpos[robot.sites].copy(), rotations.copy())
    found = data_at(robot, ik.solve(targets, robot.stand, None, 60))
    for place, joint in enumerate(robot.targets):
        told = robot.description.targets[joint]
        off = found.site_xpos[robot.sites[place]] - targets.positions[place]
        if told.position > 0.0:
            assert np.linalg.norm(off) < 0.01
        turn = found.site_xmat[robot.sites[place]].reshape(3, 3).T @ targets.rotations[place]
        if told.orientation >= 1.0:
            assert np.arccos(np.clip((np.trace(turn) - 1.0) / 2.0, -1.0, 1.0)) < np.deg2rad(3.0)


def test_hands_and_feet_of_g1_are_where_they_are_wanted_in_everyday_motion():
    ik = ik_of("unitree_g1")
    for motion in (strolling(20), crouching(5)):
        poses = egos(motion)
        states = followed(ik, poses)
        for pose, state in zip(poses[3:], states[3:], strict=True):
            targets = ik.retargeting.targets(pose, state.feet)
            at = sites_at(ik.robot, state.qpos)
            wanted = dict(zip(ik.robot.targets, targets.positions, strict=True))
            for joint in ("left_wrist", "right_wrist"):
                assert np.linalg.norm(at[joint] - wanted[joint]) < 0.06
            for joint in ("left_foot", "right_foot"):
                assert np.linalg.norm(at[joint] - wanted[joint]) < 0.01


# --- standing ----------------------------------------------------------------------------------


@EVERY
def test_it_stands_upright_with_both_feet_flat_on_the_floor(name):
    ik = ik_of(name)
    state = settled(ik, standing())
    data = data_at(ik.robot, state.qpos)
    bodies = ik.robot.description.targets
    for joint, least in (("pelvis", 0.99), ("spine3", 0.99), ("left_foot", 0.99)):
        assert data.body(bodies[joint].body).xmat[8] > least
    assert sole_height(ik.robot, state) == pytest.approx(0.0, abs=0.002)
    for side in (0, 1):
        body = data.body(bodies[("left_foot", "right_foot")[side]].body)
        heights = (ik.robot.soles[side] @ body.xmat.reshape(3, 3).T + body.xpos)[:, 2]
        assert heights == pytest.approx(0.0, abs=0.015)
    assert state.qpos[2] == pytest.approx(ik.robot.t_pose[2], abs=0.04)
    assert state.qpos[:2] == pytest.approx(0.0, abs=0.05)


@EVERY
@pytest.mark.parametrize("heading", [90.0, 200.0])
def test_it_faces_where_the_ego_faces(name, heading):
    ik = ik_of(name)
    state = settled(ik, posed(heading))
    forward = data_at(ik.robot, state.qpos).body("pelvis").xmat.reshape(3, 3)[:, 0]
    wanted = (np.cos(np.deg2rad(heading)), np.sin(np.deg2rad(heading)), 0.0)
    assert forward == pytest.approx(wanted, abs=0.1)


@EVERY
def test_planted_feet_stay_while_the_body_sways(name):
    ik = ik_of(name)
    still = hanging(20)
    roots = still.root_positions.clone()
    for frame in range(20):
        roots[frame, 0] += 0.06 * np.sin(frame / 2)
        roots[frame, 2] -= 0.08
    swaying = standing_on(Motion(roots, still.rotations), Feet.of(still))
    places = [sites_at(ik.robot, state.qpos) for state in followed(ik, egos(swaying))[3:]]
    for foot in ("left_foot", "right_foot"):
        path = np.array([place[foot] for place in places])
        assert np.ptp(path[:, :2], axis=0).max() < 0.01
        assert np.ptp([place["pelvis"][0] for place in places]) > 0.08


# --- left, right, and signs --------------------------------------------------------------------

SWAPPED = {"left": "right", "right": "left"}
FLIPPED = ("roll", "yaw", "torso")


@EVERY
def test_a_mirrored_ego_gives_the_mirrored_robot(name):
    ik = ik_of(name)
    pose = {
        "left_shoulder": (-60.0, 0.0, -35.0),
        "left_elbow": (0.0, 0.0, -50.0),
        "right_shoulder": (75.0, 0.0, 10.0),
        "left_hip": (0.0, -30.0, 0.0),
        "left_knee": (0.0, 40.0, 0.0),
        "spine1": (0.0, 5.0, 12.0),
    }
    plain = joints(ik, settled(ik, posed(**pose), 20))
    other = joints(ik, settled(ik, posed(**_mirrored(pose)), 20))
    for joint, angle in plain.items():
        side, _, part = joint.partition("_")
        twin = f"{SWAPPED[side]}_{part}" if side in SWAPPED else joint
        sign = -1.0 if any(part in joint for part in FLIPPED) else 1.0
        assert other[twin] == pytest.approx(sign * angle, abs=0.05), joint


def _mirrored(pose: dict[str, tuple[float, float, float]]) -> dict[str, tuple[float, float, float]]:
    return {
        "_".join(SWAPPED.get(part, part) for part in joint.split("_")): (-x, y, -z)
        for joint, (x, y, z) in pose.items()
    }


@pytest.mark.parametrize(
    "turns, joint, degrees",
    [
        ({"left_hip": (0.0, -60.0, 0.0)}, "left_hip_pitch_joint", -60.0),
        ({"left_hip": (0.0, -60.0, 0.0), "left_knee": (0.0, 60.0, 0.0)}, "left_knee_joint", 60.0),
        ({"left_hip": (25.0, 0.0, 0.0)}, "left_hip_roll_joint", 25.0),
        ({"right_hip": (-25.0, 0.0, 0.0)}, "right_hip_roll_joint", -25.0),
        ({"left_shoulder": (10.0, 0.0, 0.0)}, "left_shoulder_roll_joint", 100.0),
        ({"right_shoulder": (-10.0, 0.0, 0.0)}, "right_shoulder_roll_joint", -100.0),
        ({"left_elbow": (0.0, 0.0, -60.0)}, "left_elbow_joint", 30.0),
        ({"spine1": (0.0, 0.0, 30.0)}, "waist_yaw_joint", 30.0),
        ({"spine1": (0.0, 20.0, 0.0)}, "waist_pitch_joint", 20.0),
        ({"spine1": (15.0, 0.0, 0.0)}, "waist_roll_joint", 15.0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_joints_of_g1_turn_as_the_egos_do(turns, joint, degrees):
    """Flexion, abduction and torsion, by hand: a flipped axis or a swapped side shows."""
    ik = ik_of("unitree_g1")
    state = settled(ik, posed(height=0.1, **turns), 20)
    assert np.rad2deg(joints(ik, state)[joint]) == pytest.approx(degrees, abs=12.0)


# --- itself ------------------------------------------------------------------------------------


def test_hands_that_are_wanted_inside_the_body_stay_outside():
    ik = ik_of("unitree_g1")
    pose = standing(
        left_shoulder=(-80.0, 0.0, -50.0),
        left_elbow=(0.0, 0.0, -120.0),
        right_shoulder=(100.0, 0.0, 0.0),
    )
    robot, free = ik.robot, unguarded(ik.robot)
    assert nearest(robot, settled(free, pose, 15)) < 0.0
    assert nearest(robot, settled(ik, pose, 15)) > 0.0


def test_limits_come_before_keeping_apart_and_that_is_counted():
    robot = ik_of("unitree_g1").robot
    # Too slow to stop: forearms swing into the body, and must go on.
    ik = RobotIk(replace(robot, acceleration=np.full(len(robot.qpos), 15.0)))
    spread = standing(left_shoulder=(-10.0, 0.0, 0.0), right_shoulder=(10.0, 0.0, 0.0))
    folded = standing(
        left_shoulder=(-85.0, 0.0, -60.0),
        left_elbow=(0.0, 0.0, -120.0),
        right_shoulder=(85.0, 0.0, 60.0),
        right_elbow=(0.0, 0.0, 120.0),
    )
    states = followed(ik, [ego(spread)] * 3 + [ego(folded)] * 12)
    assert_within_limits(robot, states)
    assert ik.given_up[NOT_AVOIDED] > 0 and ik.given_up[WITHOUT_SOLUTION] == 0


def test_a_step_without_any_solution_is_left_out_and_counted():
    robot = ik_of("unitree_g1").robot
    nowhere = robot.lower.copy()
    nowhere[0] = robot.upper[0] + 0.1
    ik = RobotIk(replace(robot, lower=nowhere))
    state = ik.first(ego(standing()))
    assert ik.given_up == {NOT_AVOIDED: 0, WITHOUT_SOLUTION: 1}
    held = np.delete(robot.qpos, 0)
    np.testing.assert_allclose(state.qpos[held], robot.stand[held], atol=1e-9)


@EVERY
def test_nothing_is_given_up_in_everyday_motion(name):
    ik = RobotIk(ik_of(name).robot)
    for motion in (hanging, waving, strolling, crouching):
        followed(ik, egos(motion(20)))
    assert not any(ik.given_up.values())


def unguarded(robot: RobotModel) -> RobotIk:
    """The robot, free to touch itself."""
    told = robot.description.model_copy(update={"self_collision": SelfCollision()})
    return RobotIk(replace(robot, description=told))


def nearest(robot: RobotModel, state: RobotState) -> float:
    """Distance of the nearest two shapes of arms and trunk, metres; negative inside each other."""
    model, data = robot.mujoco, data_at(robot, state.qpos)
    arms = ("elbow_link", "wrist_pitch_link", "wrist_yaw_link")
    trunk = ("pelvis", "torso_link", "left_hip_yaw_link", "right_hip_yaw_link")

    def shapes(ends: tuple[str, ...]) -> list[int]:
        bodies = [model.body(model.geom_bodyid[geom]).name for geom in range(model.ngeom)]
        return [geom for geom, body in enumerate(bodies) if body.endswith(ends)]

    pairs = [(a, b) for a in shapes(arms) for b in shapes(trunk)]
    return min(mujoco.mj_geomDistance(model, data, a, b, 1.0, None) for a, b in pairs)


# --- a value -----------------------------------------------------------------------------------


def test_the_same_state_and_pose_give_the_same_next_state():
    ik = ik_of("unitree_g1")
    poses = egos(waving(4))
    state = followed(ik, poses[:2])[-1]
    before = state.qpos.copy()
    once = ik.next(state, poses[2])
    ik.next(once, poses[3])
    again = ik.next(state, poses[2])
    assert np.array_equal(once.qpos, again.qpos)
    assert np.array_equal(state.qpos, before)
