"""A robot as the body that follows the ego, and the choice of a body by name."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import util
from types import SimpleNamespace

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.avatar import AvatarEmbodiment
from remogen_ros.embodiment.choosing import embodiment_named, embodiments
from remogen_ros.embodiment.embodying import Embodiment, Pose
from remogen_ros.embodiment.messages import fill_joint_state
from remogen_ros.embodiment.robot import RobotEmbodiment
from remogen_ros.errors import UserError
from remogen_ros.perception.carving import Body
from remogen_ros.perception.occupancy_config import OccupancyConfig
from test.embodiment.robots import ROBOTS, ik_of, standing


def g1() -> RobotEmbodiment:
    return RobotEmbodiment(ik_of("unitree_g1").robot)


def raising(frames: int) -> list[Pose]:
    return [standing(left_shoulder=(-80.0 + 8.0 * k, 0.0, 0.0)) for k in range(frames)]


def test_a_tick_has_the_robots_joints_and_its_root():
    robot = g1()
    body = robot.tick(standing(), [])
    assert len(robot.joint_names) == len(body.joints.positions) == 29
    assert robot.root_frame == "pelvis"
    assert not body.joints.velocities.any()
    assert body.root_position[2] == pytest.approx(robot.robot.t_pose[2], abs=0.04)
    assert body.root_rotation == pytest.approx([0.0, 0.0, 0.0, 1.0], abs=0.05)
    message = fill_joint_state(
        SimpleNamespace(header=SimpleNamespace()), None, robot.joint_names, body.joints
    )
    assert message.name[0] == "left_hip_pitch_joint" and len(message.position) == 29


def test_ticks_in_which_inverse_kinematics_gave_something_up_are_counted_once():
    plain = ik_of("unitree_g1").robot
    slow = replace(plain, acceleration=np.full(len(plain.qpos), 15.0))
    spread = standing(left_shoulder=(-10.0, 0.0, 0.0))
    folded = standing(left_shoulder=(-85.0, 0.0, -60.0), left_elbow=(0.0, 0.0, -120.0))
    calm, swinging, foreseen = g1(), RobotEmbodiment(slow), RobotEmbodiment(slow)
    for tick in range(12):
        calm.tick(spread, [])
        swinging.tick(spread if tick < 3 else folded, [folded] * 3)
    assert set(calm.interventions) == {"self_collision_not_avoided", "ik_without_solution"}
    assert not any(calm.interventions.values())
    assert 0 < swinging.interventions["self_collision_not_avoided"] <= 12
    assert swinging.interventions["ik_without_solution"] == 0
    # What is to come is told to the robot, too.
    foreseen.tick(spread, [])
    foreseen.tick(spread, [folded] * 9)
    assert foreseen.interventions["self_collision_not_avoided"] == 1
    assert dict(AvatarEmbodiment().interventions) == {}


def test_velocities_are_the_step_over_the_period():
    robot = g1()
    first, second = (robot.tick(pose, []).joints for pose in raising(2))
    assert second.velocities == pytest.approx((second.positions - first.positions) / 0.1)


def test_a_path_goes_on_from_the_tick_within_the_limits_and_ends_at_rest():
    robot = g1()
    poses = raising(6)
    robot.tick(poses[0], [])
    body = robot.tick(poses[1], poses[2:])
    assert body.path.times == pytest.approx(np.arange(1, 7) / 10)
    steps = np.diff(np.vstack((body.joints.positions, body.path.positions)), axis=0)
    assert (np.abs(steps) <= robot.robot.command_velocity * 0.1 + 1e-9).all()
    assert (body.path.positions <= robot.robot.upper).all()
    assert (body.path.positions >= robot.robot.lower).all()
    assert not body.path.velocities[-1].any()
    roll = robot.joint_names.index("left_shoulder_roll_joint")
    assert body.path.positions[3, roll] - body.joints.positions[roll] > np.deg2rad(20)


def test_a_path_is_what_the_next_ticks_do():
    """The horizon is solved with fewer iterations: within 3 degrees of what follows."""
    robot = g1()
    poses = raising(5)
    robot.tick(poses[0], [])
    path = robot.tick(poses[1], poses[2:]).path
    for point, pose in zip(path.positions, poses[2:], strict=False):
        assert robot.tick(pose, []).joints.positions == pytest.approx(point, abs=np.deg2rad(3))


def test_the_root_goes_along_with_the_joints():
    robot = g1()
    poses = [
        Pose(pose.root_position + (0.05 * k, 0.0, 0.0), pose.joint_rotations)
        for k, pose in enumerate([standing()] * 6)
    ]
    robot.tick(poses[0], [])
    body = robot.tick(poses[1], poses[2:])
    assert body.root_path.times == pytest.approx(body.path.times)
    assert body.root_path.positions[3, 0] - body.root_position[0] == pytest.approx(0.2, abs=0.01)
    assert body.root_path.velocities[0, 0] == pytest.approx(0.5, abs=0.05)
    assert not body.root_path.velocities[-1].any()
    assert np.linalg.norm(body.root_path.rotations, axis=1) == pytest.approx(1.0)


def test_reset_starts_at_rest_again():
    robot = g1()
    poses = raising(9)
    robot.tick(poses[0], [])
    robot.reset()
    body = robot.tick(poses[8], [])
    assert not body.joints.velocities.any()
    assert body.joints.positions == pytest.approx(g1().tick(poses[8], []).joints.positions)


def test_what_is_not_finite_is_refused_and_forgotten():
    robot = g1()
    robot.tick(standing(), [])
    wrong = Pose(np.array([0.0, np.nan, 0.9]), standing().joint_rotations)
    with pytest.raises(ValueError, match="finite"):
        robot.tick(wrong, [])
    assert np.isfinite(robot.tick(standing(), []).joints.velocities).all()


def test_the_avatar_is_an_embodiment_too():
    avatar: Embodiment = AvatarEmbodiment()
    poses = raising(3)
    body = avatar.tick(poses[0], poses[1:])
    assert len(avatar.joint_names) == len(body.joints.positions) == 63
    assert body.path.positions.shape == (4, 63)
    assert body.root_position == pytest.approx(poses[0].root_position)


def test_bodies_by_name():
    assert embodiments() == ("avatar", "unitree_g1", "unitree_h1")
    assert isinstance(embodiment_named("avatar"), AvatarEmbodiment)
    assert len(embodiment_named("unitree_h1").joint_names) == 19


def test_a_body_that_there_is_not_is_refused():
    with pytest.raises(UserError, match="'horse' is neither"):
        embodiment_named("horse")


def test_what_robots_need_is_named_where_it_is_missing(monkeypatch):
    found = util.find_spec
    monkeypatch.setattr(
        "remogen_ros.embodiment.choosing.find_spec",
        lambda name: None if name == "mink" else found(name),
    )
    with pytest.raises(UserError, match=r"needs mink, .* './remogen build robots'"):
        embodiment_named("unitree_g1")
    assert isinstance(embodiment_named("avatar"), AvatarEmbodiment)


def test_the_avatar_needs_nothing_that_robots_need():
    import subprocess

    code = (
        "import sys; from remogen_ros.embodiment.choosing import embodiment_named; "
        "embodiment_named('avatar'); assert not {'mujoco', 'mink'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize("name", ROBOTS)
def test_cameras_see_the_robot_along_its_segments(name: str):
    """What its shapes are, head and hands included, turned and moved as it is published."""
    robot = RobotEmbodiment(ik_of(name).robot)
    tick = robot.tick(standing(left_shoulder=(30.0, 0.0, 0.0)), [])
    turned = Rotation.from_euler("z", 0.8)
    moved = replace(
        tick,
        root_position=turned.apply(tick.root_position) + (3.0, -2.0, 0.0),
        root_rotation=(turned * Rotation.from_quat(tick.root_rotation)).as_quat(),
    )
    model, data = robot.robot.mujoco, mujoco.MjData(robot.robot.mujoco)
    data.qpos[:3], data.qpos[3:7] = moved.root_position, moved.root_rotation[[3, 0, 1, 2]]
    data.qpos[robot.robot.qpos] = tick.joints.positions
    mujoco.mj_kinematics(model, data)
    middles, reach = model.geom_aabb[:, :3], model.geom_aabb[:, 3:]
    corners = np.array(list(np.ndindex(2, 2, 2))) * 2.0 - 1.0
    local = middles[:, None] + corners * reach[:, None]
    turns = data.geom_xmat.reshape(-1, 1, 3, 3)
    shapes = (turns @ local[..., None])[..., 0] + data.geom_xpos[:, None]
    seen = Body(robot.segments(moved), OccupancyConfig().ego_radius)
    assert seen.has(shapes.reshape(-1, 3)).all()
    beside = np.array([[3.0, -2.0, 0.9]]) + 0.9 * np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    assert not seen.has(beside).any()
    assert (np.abs(seen.segments[..., :2] - (3.0, -2.0)) < 1.0).all()


def test_the_avatar_is_not_in_the_room():
    avatar = AvatarEmbodiment()
    assert avatar.segments(avatar.tick(standing(), [])).shape == (0, 2, 3)
