"""Messages are filled so that the real classes accept them, and say what they should."""

from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.embodiment.avatar import AVATAR_JOINT_NAMES, AvatarEmbodiment
from remogen_ros.embodiment.markers import (
    DrawnBody,
    bodies_from_markers,
    fill_markers,
    reaction_bodies,
)
from remogen_ros.embodiment.messages import (
    fill_cloud,
    fill_joint_state,
    fill_joint_trajectory,
    fill_transform,
)
from remogen_ros.embodiment.transforms import avatar_transforms
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, JOINT_NAMES

builtin = pytest.importorskip("builtin_interfaces.msg")
geometry = pytest.importorskip("geometry_msgs.msg")
sensor = pytest.importorskip("sensor_msgs.msg")
trajectory = pytest.importorskip("trajectory_msgs.msg")
visualization = pytest.importorskip("visualization_msgs.msg")

STAMP = builtin.Time(sec=12, nanosec=34)
REST = np.tile(np.array([0.0, 0.0, 0.0, 1.0], np.float32), (22, 1))


def markers(bodies: list[DrawnBody]) -> visualization.MarkerArray:
    return fill_markers(
        visualization.MarkerArray(), STAMP, "map", bodies, visualization.Marker, geometry.Point
    )


def test_joint_state():
    sample = AvatarEmbodiment().step(REST)
    message = fill_joint_state(sensor.JointState(), STAMP, AVATAR_JOINT_NAMES, sample)
    assert message.header.stamp == STAMP
    assert tuple(message.name) == AVATAR_JOINT_NAMES
    assert len(message.position) == len(message.velocity) == 63
    assert len(message.effort) == 0


def test_joint_trajectory():
    avatar = AvatarEmbodiment(period=0.3)
    avatar.step(REST)
    path = avatar.path(np.tile(REST, (3, 1, 1)))
    message = fill_joint_trajectory(
        trajectory.JointTrajectory(),
        STAMP,
        AVATAR_JOINT_NAMES,
        path,
        trajectory.JointTrajectoryPoint,
    )
    times = [(p.time_from_start.sec, p.time_from_start.nanosec) for p in message.points]
    assert times == [(0, 300000000), (0, 600000000), (0, 900000000), (1, 200000000), (1, 500000000)]
    assert tuple(message.joint_names) == AVATAR_JOINT_NAMES
    assert len(message.points[0].positions) == len(message.points[0].velocities) == 63


def test_the_root_alone_is_placed_in_the_fixed_frame():
    turned = REST.copy()
    turned[0] = (0.0, 0.0, 0.6, 0.8)
    (root,) = avatar_transforms("map", np.array([1.0, 2.0, 0.9]), turned, frame_prefix="a/")
    message = fill_transform(geometry.TransformStamped(), STAMP, root)
    assert (message.header.frame_id, message.child_frame_id) == ("map", "a/pelvis")
    assert message.transform.translation == geometry.Vector3(x=1.0, y=2.0, z=0.9)
    assert message.transform.rotation.z == pytest.approx(0.6)
    assert message.transform.rotation.w == pytest.approx(0.8)


def test_with_the_body_every_frame_has_one_parent_and_the_tree_is_connected():
    transforms = avatar_transforms("map", np.zeros(3), REST, with_body=True)
    parents = {transform.child: transform.parent for transform in transforms}
    assert len(parents) == len(transforms) == 22
    assert set(parents) == set(JOINT_NAMES)
    for name in JOINT_NAMES:
        while name != "map":
            name = parents[name]


def test_a_body_is_two_markers_that_expire():
    bodies = reaction_bodies(ADULT.rest_joints, ADULT.rest_joints[None], {"7": ADULT.rest_joints})
    message = markers(bodies)
    names = [(marker.ns, marker.id) for marker in message.markers]
    assert names == [(ns, k) for ns in ("ego/avatar", "partner/7", "horizon/1") for k in (0, 1)]
    spheres, lines = message.markers[:2]
    assert (spheres.type, lines.type) == (visualization.Marker.SPHERE_LIST, 5)
    assert (len(spheres.points), len(lines.points)) == (22, 42)
    for marker in message.markers:
        assert marker.color.a > 0
        assert marker.scale.x > 0
        assert (marker.lifetime.sec, marker.lifetime.nanosec) == (0, 500_000_000)
        assert marker.header.frame_id == "map"
        assert marker.pose.orientation.w == 1.0


def test_joints_that_were_not_observed_are_not_drawn():
    seen = ADULT.rest_joints.copy()
    seen[JOINT_INDEX["left_wrist"]] = np.nan
    bodies = reaction_bodies(ADULT.rest_joints, np.zeros((0, 22, 3)), {"7": seen})
    spheres, lines = markers(bodies).markers[2:]
    assert (len(spheres.points), len(lines.points)) == (22, 40)
    assert [colour.a for colour in spheres.colors] == [1.0] * 20 + [0.0] + [1.0]
    assert np.isfinite([[p.x, p.y, p.z] for p in [*spheres.points, *lines.points]]).all()


def test_a_body_of_which_nothing_is_known_is_left_out():
    nobody = np.full((22, 3), np.nan)
    bodies = reaction_bodies(ADULT.rest_joints, np.zeros((0, 22, 3)), {"7": nobody})
    assert {marker.ns for marker in markers(bodies).markers} == {"ego/avatar"}


def test_bodies_are_read_back_from_their_markers():
    seen = ADULT.rest_joints + np.float32(1.5)
    seen[JOINT_INDEX["head"]] = np.nan
    message = markers(reaction_bodies(ADULT.rest_joints, np.zeros((0, 22, 3)), {"a/7": seen}))
    message.markers.append(visualization.Marker(ns="partner/arrow"))
    (name, joints), *others = bodies_from_markers(message, "partner").items()
    assert (name, others) == ("a/7", [])
    np.testing.assert_allclose(joints, seen, atol=1e-6)


@pytest.mark.parametrize("count", [0, 5])
def test_a_cloud_is_read_back_as_it_was(count):
    cloud = np.arange(3.0 * count).reshape(count, 3)
    message = fill_cloud(sensor.PointCloud2(), STAMP, "map", cloud, sensor.PointField)
    assert [field.name for field in message.fields] == ["x", "y", "z"]
    assert (message.width, message.height, message.point_step) == (count, 1, 12)
    assert message.row_step == len(message.data) == 12 * count
    assert np.frombuffer(message.data, "<f4").reshape(-1, 3).tolist() == cloud.tolist()
