"""What is foreseen keeps the limits that are kept tick by tick."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from remogen_ros.cues.occupancy import OCCUPIED, OccupancyGrid
from remogen_ros.embodiment.avatar import AvatarEmbodiment
from remogen_ros.embodiment.ego_pose import EgoPose
from remogen_ros.embodiment.embodying import EmbodiedTick, Pose
from remogen_ros.embodiment.guard import Around, Guard
from remogen_ros.embodiment.guard_config import GuardConfig
from remogen_ros.embodiment.horizon import trunk_offsets
from remogen_ros.embodiment.root_steps import TRUNK, Obstacles
from test.embodiment.frames import ELBOW, HEIGHT, Frame

PERIOD = 0.1


def frame(places: list[tuple[float, float]], elbows: list[float] | None = None) -> Frame:
    """Upright at the first place, and then at the others; one elbow bent (degrees)."""
    roots = np.array([(*place, HEIGHT) for place in places], np.float32)
    turns = np.tile(np.array((0, 0, 0, 1), np.float32), (len(places), 22, 1))
    for turn, elbow in zip(turns, elbows or [0.0] * len(places), strict=True):
        turn[ELBOW] = Rotation.from_euler("z", elbow, degrees=True).as_quat()
    joints = EgoPose.of(roots[0], turns[0]).positions.astype(np.float32)
    return Frame(roots[0], turns[0], joints, roots[1:], turns[1:])


def along_x(*places: float) -> Frame:
    return frame([(x, 0.0) for x in places])


def wall_at(x: float) -> OccupancyGrid:
    """A wall 0.1 m thick along y, from x on; the map covers 4 m x 4 m around the origin."""
    cells = torch.zeros(40, 40, 20, dtype=torch.uint8)
    cells[round((x + 2.0) / 0.1)] = OCCUPIED
    return OccupancyGrid(cells, torch.tensor((-2.0, -2.0, 0.0)))


def shown_by(guard: Guard, generated: Frame, around: Around | None = None) -> Frame:
    shown = guard.guarded(generated, around or Around())
    assert shown is not None
    return shown


def embodied(*shown: Frame) -> EmbodiedTick:
    """The avatar at the last of consecutive ticks."""
    body = AvatarEmbodiment(PERIOD)
    for each in shown:
        horizon = zip(each.horizon_root_positions, each.horizon_joint_rotations, strict=True)
        pose = Pose(each.root_position, each.joint_rotations)
        tick = body.tick(pose, [Pose(*later) for later in horizon])
    return tick


def test_a_horizon_that_rushes_through_a_wall_and_a_person_ends_before_them():
    guard = Guard()
    around = Around(np.array([(1.0, 0.0)]), wall_at(0.5))
    rushing = along_x(0.0, 0.3, 0.9, 1.8)
    shown = shown_by(guard, rushing, around)
    assert shown is not rushing and guard.counts["horizon"] == 1
    path = embodied(shown).root_path
    assert path.positions[:, 0].max() < 0.5
    assert np.abs(path.velocities[:, :3]).max() <= guard.config.max_root_speed
    # The pose itself is as it was generated.
    np.testing.assert_array_equal(shown.joint_positions, rushing.joint_positions)


def test_what_keeps_all_limits_is_left_alone():
    guard = Guard()
    around = Around(np.array([(2.0, 0.0)]), wall_at(1.5))
    for tick in range(5):
        walking = along_x(*(0.1 * (tick + later) for later in range(8)))
        assert guard.guarded(walking, around) is walking
    assert guard.counts["horizon"] == 0


def test_a_root_that_will_be_too_fast_is_foreseen_at_its_limit():
    guard = Guard(GuardConfig(max_root_speed=1.0))
    shown = shown_by(guard, along_x(0.0, 0.05, 0.45, 0.5))
    assert shown.horizon_root_positions[:, 0] == pytest.approx([0.05, 0.15, 0.2])


def test_a_person_is_foreseen_to_be_stopped_before():
    guard = Guard(GuardConfig(min_partner_distance=0.5))
    shown = shown_by(guard, along_x(0.0, 0.2, 0.4, 0.6, 0.8), Around(np.array([(1.0, 0.0)])))
    assert shown.horizon_root_positions[:, 0] == pytest.approx([0.2, 0.4, 0.4, 0.4])


def test_nor_does_the_way_to_rest_lead_into_a_wall():
    """All poses are in front of it; 1.5 steps of the last speed go on after them."""
    guard = Guard()
    around = Around(room=wall_at(0.5))
    shown = shown_by(guard, along_x(0.0, 0.2, 0.4), around)
    assert embodied(shown).root_path.positions[:, 0].max() < 0.5
    assert shown.horizon_root_positions[:, 0] == pytest.approx([0.2, 0.2])


def test_nor_does_it_where_nothing_is_foreseen():
    guard = Guard()
    around = Around(room=wall_at(0.5))
    first, last = frame([(0.0, 0.0)], [10.0]), frame([(0.25, 0.0)], [20.0])
    shown = [shown_by(guard, each, around) for each in (first, last)]
    tick = embodied(*shown)
    assert tick.root_path.positions[:, 0].max() < 0.5
    # Only the root stops; joints go on as they did.
    bend = np.rad2deg(Rotation.from_quat(shown[1].horizon_joint_rotations[0, ELBOW]).magnitude())
    assert bend == pytest.approx(30.0, abs=0.1)


def test_joints_of_the_avatar_are_foreseen_no_faster_than_they_turn():
    guard = Guard(GuardConfig(max_joint_speed=np.deg2rad(300.0)))
    shown = shown_by(guard, frame([(0.0, 0.0)] * 4, [0.0, 20.0, 110.0, 110.0]))
    bent = np.rad2deg(Rotation.from_quat(shown.horizon_joint_rotations[:, ELBOW]).magnitude())
    assert bent == pytest.approx([20.0, 50.0, 80.0], abs=0.1)
    assert guard.counts["horizon"] == 1


def test_after_a_hold_the_body_is_foreseen_to_stand():
    guard = Guard()
    for x in (0.0, 0.1):
        shown_by(guard, along_x(x))
    held = guard.guarded(along_x(0.2), Around(), hold=True)
    assert held is not None
    np.testing.assert_array_equal(held.horizon_root_positions, [held.root_position])


turns = st.lists(st.floats(-3.0, 3.0), min_size=66, max_size=66)


@given(st.lists(turns, max_size=3))
def test_the_trunk_is_where_kinematics_have_it(poses: list):
    vectors = np.array(poses).reshape(-1, 3)
    rotations = (
        Rotation.from_rotvec(vectors).as_quat().reshape(-1, 22, 4)
        if len(vectors)
        else np.zeros((0, 22, 4))
    )
    if len(rotations) == 0:
        return
    expected = [EgoPose.of(np.zeros(3), each).positions[TRUNK] for each in rotations]
    np.testing.assert_allclose(trunk_offsets(rotations), expected, atol=1e-9)


metres = st.floats(-1.5, 1.5)
wild = st.lists(st.tuples(metres, metres, st.floats(-180.0, 180.0)), min_size=1, max_size=8)


@settings(deadline=None)
@given(st.lists(wild, min_size=1, max_size=4), st.tuples(metres, metres))
def test_whatever_is_generated_what_is_published_of_the_future_keeps_the_limits(
    ticks: list, person: tuple
):
    config = GuardConfig(max_root_speed=2.0, max_joint_speed=6.0, min_partner_distance=0.6)
    guard, body = Guard(config), AvatarEmbodiment(PERIOD)
    around = Around(np.array([person]), wall_at(0.5))
    walls = Obstacles.of(wall_at(0.5))
    for poses in ticks:
        shown = shown_by(
            guard, frame([pose[:2] for pose in poses], [pose[2] for pose in poses]), around
        )
        horizon = zip(shown.horizon_root_positions, shown.horizon_joint_rotations, strict=True)
        tick = body.tick(
            Pose(shown.root_position, shown.joint_rotations), [Pose(*pose) for pose in horizon]
        )
        path = tick.root_path
        way = np.concatenate((shown.root_position[None], path.positions)).astype(np.float64)
        assert np.linalg.norm(np.diff(way, axis=0), axis=1).max() <= 0.2 + 1e-5
        assert np.linalg.norm(path.velocities[:, :3], axis=1).max() <= 2.0 + 1e-4
        away = np.linalg.norm(way[:, :2] - person, axis=1)
        assert away.min() >= min(away[0], 0.6) - 1e-5
        if not walls.hold(way[0]):
            assert not walls.hold(way).any()
        poses_to_come = np.concatenate(
            (shown.joint_rotations[None], shown.horizon_joint_rotations)
        ).astype(np.float64)
        for before, after in pairwise(poses_to_come):
            turned = Rotation.from_quat(before).inv() * Rotation.from_quat(after)
            assert turned.magnitude().max() <= 0.6 + 2e-3
