"""Fills ROS messages by attribute: every function takes an empty message and completes it.

The messages are `Any` on purpose: rclpy's classes are handed in by the nodes, and nothing here
imports them. A stamp is a `builtin_interfaces/Time` message.
"""

from __future__ import annotations

import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.embodying import JointPath, JointSample, RootPath
from remogen_ros.embodiment.transforms import FrameTransform

_FLOAT32 = 7
"""sensor_msgs/PointField.FLOAT32."""


def fill_joint_state(message: Any, stamp: Any, names: Sequence[str], sample: JointSample) -> Any:
    """sensor_msgs/JointState: names, positions, velocities; effort stays empty (not known)."""
    message.header.stamp = stamp
    message.name = list(names)
    message.position = sample.positions.tolist()
    message.velocity = sample.velocities.tolist()
    return message


def fill_joint_trajectory(
    message: Any, stamp: Any, names: Sequence[str], path: JointPath, point_type: Any
) -> Any:
    """trajectory_msgs/JointTrajectory.

    Args:
        stamp: of the tick that `path` starts from.
        names: of the joints.
        point_type: trajectory_msgs/JointTrajectoryPoint.
    """
    message.header.stamp = stamp
    message.joint_names = list(names)
    message.points = []
    for time, positions, velocities in zip(
        path.times, path.positions, path.velocities, strict=True
    ):
        point = point_type()
        point.positions = positions.tolist()
        point.velocities = velocities.tolist()
        _fill_duration(point.time_from_start, time)
        message.points.append(point)
    return message


def fill_root_trajectory(
    message: Any,
    stamp: Any,
    frame_id: str,
    name: str,
    path: RootPath,
    types: tuple[type, type, type],
) -> Any:
    """trajectory_msgs/MultiDOFJointTrajectory of one body, the root.

    Args:
        stamp: of the tick that `path` starts from.
        frame_id: the fixed frame, that of positions and velocities.
        name: of the root's frame.
        types: trajectory_msgs/MultiDOFJointTrajectoryPoint, geometry_msgs/Transform and Twist.
    """
    point_type, transform_type, twist_type = types
    message.header.stamp, message.header.frame_id = stamp, frame_id
    message.joint_names = [name]
    message.points = []
    for time, position, rotation, velocity in zip(
        path.times, path.positions, path.rotations, path.velocities, strict=True
    ):
        transform, twist, point = transform_type(), twist_type(), point_type()
        _fill_xyz(transform.translation, position)
        fill_quaternion(transform.rotation, rotation)
        _fill_xyz(twist.linear, velocity[:3])
        _fill_xyz(twist.angular, velocity[3:])
        point.transforms, point.velocities = [transform], [twist]
        _fill_duration(point.time_from_start, time)
        message.points.append(point)
    return message


def fill_pose(message: Any, position: NDArray[np.floating], rotation: NDArray[np.floating]) -> Any:
    """geometry_msgs/Pose from (3,) metres and a (4,) quaternion xyzw."""
    _fill_xyz(message.position, position)
    fill_quaternion(message.orientation, rotation)
    return message


def fill_quaternion(message: Any, rotation: NDArray[np.floating]) -> Any:
    """geometry_msgs/Quaternion from (4,) xyzw."""
    message.x, message.y, message.z, message.w = (float(value) for value in rotation)
    return message


def fill_transform(message: Any, stamp: Any, transform: FrameTransform) -> Any:
    """geometry_msgs/TransformStamped."""
    message.header.stamp = stamp
    message.header.frame_id = transform.parent
    message.child_frame_id = transform.child
    _fill_xyz(message.transform.translation, transform.translation)
    fill_quaternion(message.transform.rotation, transform.rotation)
    return message


def points(positions: Iterable[NDArray[np.floating]], point_type: Any) -> list[Any]:
    """geometry_msgs/Point messages from (3,) positions."""
    return [_fill_xyz(point_type(), position) for position in positions]


def fill_cloud(
    message: Any, stamp: Any, frame_id: str, cloud: NDArray[Any], field_type: Any
) -> Any:
    """sensor_msgs/PointCloud2 of x, y, z as float32.

    Args:
        frame_id: in which the points are.
        cloud: (N, 3) metres; N may be 0.
        field_type: sensor_msgs/PointField.
    """
    packed = np.ascontiguousarray(cloud, dtype="<f4")
    message.header.stamp = stamp
    message.header.frame_id = frame_id
    message.height, message.width = 1, len(packed)
    message.fields = []
    for place, name in enumerate("xyz"):
        field = field_type()
        field.name, field.offset, field.datatype, field.count = name, 4 * place, _FLOAT32, 1
        message.fields.append(field)
    message.is_bigendian, message.is_dense = False, True
    message.point_step, message.row_step = 12, packed.nbytes
    # rclpy takes an array.array as it is; anything else it copies byte by byte.
    message.data = array.array("B", packed.tobytes())
    return message


def _fill_duration(message: Any, seconds: float) -> None:
    nanoseconds = round(seconds * 1e9)
    message.sec, message.nanosec = nanoseconds // 1_000_000_000, nanoseconds % 1_000_000_000


def _fill_xyz(message: Any, values: NDArray[np.floating]) -> Any:
    message.x, message.y, message.z = (float(value) for value in values)
    return message
