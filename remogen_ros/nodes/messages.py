"""Reactions as ROS messages. Everything is in the fixed frame, or parent-relative."""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point, Pose, PoseStamped, Quaternion
from numpy.typing import NDArray
from sensor_msgs.msg import PointCloud2, PointField
from visualization_msgs.msg import Marker, MarkerArray

from remogen_msgs.msg import Reaction as ReactionMessage
from remogen_ros.cues.occupancy import OccupancyGrid
from remogen_ros.embodiment.markers import fill_markers, reaction_bodies
from remogen_ros.embodiment.messages import fill_cloud, fill_pose, fill_quaternion, points
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.skeleton import JOINT_COUNT, JOINT_NAMES
from remogen_ros.nodes.generation import Reaction
from remogen_ros.nodes.stamps import time_message

NO_INPUT_AGE = -1.0
"""What `input_age_ms` of a Reaction says where there was no partner: nan is never published."""


def pose_stamped(
    stamp: Time, frame_id: str, position: NDArray[np.floating], rotation: NDArray[np.floating]
) -> PoseStamped:
    """Position (3,) and unit quaternion (4,) xyzw -> geometry_msgs/PoseStamped."""
    message = PoseStamped()
    message.header.stamp = stamp
    message.header.frame_id = frame_id
    fill_pose(message.pose, position, rotation)
    return message


def reaction_message(stamp: Time, frame_id: str, reaction: Reaction) -> ReactionMessage:
    """remogen_msgs/Reaction: the frame, its horizon, and how it came about."""
    frame, tick = reaction.frame, reaction.tick
    weights = frame.adapter_weights
    horizon = zip(frame.horizon_root_positions, frame.horizon_joint_rotations[:, 0], strict=True)
    age = NO_INPUT_AGE if tick.source_stamp_ns is None else tick.input_age_ms
    message = ReactionMessage(
        frame_index=frame.index,
        segment_start=frame.segment_start,
        source_stamp=time_message(tick.source_stamp_ns or 0),
        partner_id=",".join(tick.partner_ids),
        joint_names=list(JOINT_NAMES),
        root_pose=fill_pose(Pose(), frame.root_position, frame.joint_rotations[0]),
        joint_rotations=_quaternions(frame.joint_rotations),
        joint_positions=points(frame.joint_positions, Point),
        horizon_dt=1.0 / FRAME_RATE,
        horizon_root_poses=[fill_pose(Pose(), *pose) for pose in horizon],
        horizon_joint_rotations=_quaternions(frame.horizon_joint_rotations.reshape(-1, 4)),
        tick_ms=reaction.tick_ms,
        input_age_ms=age,
        adapter_names=list(weights),
        adapter_weights=list(weights.values()),
        clip_ratio=frame.clip_ratio,
    )
    message.header.stamp = stamp
    message.header.frame_id = frame_id
    return message


def body_markers(stamp: Time, frame_id: str, reaction: Reaction) -> MarkerArray:
    """visualization_msgs/MarkerArray of the ego and of every partner it was told of."""
    no_horizon = np.zeros((0, JOINT_COUNT, 3))
    bodies = reaction_bodies(reaction.frame.joint_positions, no_horizon, newest_joints(reaction))
    return fill_markers(MarkerArray(), stamp, frame_id, bodies, Marker, Point)


def newest_joints(reaction: Reaction) -> dict[str, NDArray[np.floating]]:
    """(22, 3) metres of each partner at the tick, by the tracker's name; NaN where unknown."""
    window = reaction.tick.observation.partners
    newest = np.where(window.valid[:, -1, :, None], window.positions[:, -1], np.nan)
    return dict(zip(reaction.tick.partner_ids, newest, strict=True))


def occupied_cells(stamp: Time, frame_id: str, grid: OccupancyGrid) -> PointCloud2:
    """sensor_msgs/PointCloud2: the centre of every occupied cell."""
    centres = grid.occupied_centres().numpy()
    return fill_cloud(PointCloud2(), stamp, frame_id, centres, PointField)


def _quaternions(rotations: NDArray[np.floating]) -> list[Quaternion]:
    return [fill_quaternion(Quaternion(), rotation) for rotation in rotations]
