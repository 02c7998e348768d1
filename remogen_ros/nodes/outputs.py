"""What the reaction node publishes for each generated frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import PoseStamped, Transform, TransformStamped, Twist
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import JointState, PointCloud2
from tf2_ros import TransformBroadcaster
from trajectory_msgs.msg import (
    JointTrajectory,
    JointTrajectoryPoint,
    MultiDOFJointTrajectory,
    MultiDOFJointTrajectoryPoint,
)
from visualization_msgs.msg import MarkerArray

from remogen_msgs.msg import Reaction as ReactionMessage
from remogen_ros.cues.occupancy import OccupancyGrid
from remogen_ros.embodiment.embodying import Embodiment, Pose
from remogen_ros.embodiment.messages import (
    fill_joint_state,
    fill_joint_trajectory,
    fill_root_trajectory,
    fill_transform,
)
from remogen_ros.embodiment.transforms import FrameTransform
from remogen_ros.nodes.generation import Reaction
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.messages import (
    body_markers,
    occupied_cells,
    pose_stamped,
    reaction_message,
)
from remogen_ros.nodes.parameters import ReactionConfig
from remogen_ros.nodes.qos import RELIABLE, advertise
from remogen_ros.nodes.stamps import time_message
from remogen_ros.nodes.topics import (
    JOINT_STATES,
    MARKERS,
    OCCUPANCY,
    REACTION,
    ROOT_POSE,
    ROOT_TRAJECTORY,
    TRAJECTORY,
)

REPEAT_OCCUPANCY_S = 1.0
"""An unchanged map is published again after this time, for those who subscribed since."""


class Outputs:
    """Publishers of the reaction node. `publish` runs on the generator's thread."""

    def __init__(
        self,
        node: LifecycleNode,
        config: ReactionConfig,
        embodiment: Embodiment,
        ledger: Ledger,
    ) -> None:
        self._node = node
        self._fixed_frame = config.fixed_frame
        self._root_frame = config.frame_prefix + embodiment.root_frame
        self._embodiment = embodiment
        self._broadcaster = TransformBroadcaster(node)
        self._publishers = {
            topic: advertise(node, message_type, topic, RELIABLE, ledger)
            for topic, message_type in (
                (JOINT_STATES, JointState),
                (ROOT_POSE, PoseStamped),
                (TRAJECTORY, JointTrajectory),
                (ROOT_TRAJECTORY, MultiDOFJointTrajectory),
                (REACTION, ReactionMessage),
                (MARKERS, MarkerArray),
                (OCCUPANCY, PointCloud2),
            )
        }
        self._published_grid: OccupancyGrid | None = None
        self._grid_published_ns = 0

    def forget(self) -> None:
        """Begin anew after a reset: velocities start at zero."""
        self._embodiment.reset()
        self._published_grid = None

    def publish(self, reaction: Reaction) -> None:
        """Publish one reaction on every topic; `markers` and `occupancy` only if subscribed to.

        Args:
            reaction: finite in all its numbers.
        """
        frame, tick = reaction.frame, reaction.tick
        stamp, fixed = time_message(tick.stamp_ns), self._fixed_frame
        names = self._embodiment.joint_names
        horizon = zip(frame.horizon_root_positions, frame.horizon_joint_rotations, strict=True)
        body = self._embodiment.tick(
            Pose(frame.root_position, frame.joint_rotations), [Pose(*pose) for pose in horizon]
        )
        root = FrameTransform(fixed, self._root_frame, body.root_position, body.root_rotation)
        self._broadcaster.sendTransform(fill_transform(TransformStamped(), stamp, root))
        self._send(ROOT_POSE, pose_stamped(stamp, fixed, root.translation, root.rotation))
        self._send(JOINT_STATES, fill_joint_state(JointState(), stamp, names, body.joints))
        path = fill_joint_trajectory(
            JointTrajectory(), stamp, names, body.path, JointTrajectoryPoint
        )
        self._send(TRAJECTORY, path)
        root_path = fill_root_trajectory(
            MultiDOFJointTrajectory(),
            stamp,
            fixed,
            self._root_frame,
            body.root_path,
            (MultiDOFJointTrajectoryPoint, Transform, Twist),
        )
        self._send(ROOT_TRAJECTORY, root_path)
        self._send(REACTION, reaction_message(stamp, fixed, reaction))
        self._send_if_wanted(MARKERS, lambda: body_markers(stamp, fixed, reaction))
        grid = tick.observation.occupancy
        if grid is not None and self._is_due(grid, tick.stamp_ns):
            self._send_if_wanted(OCCUPANCY, lambda: occupied_cells(stamp, fixed, grid))

    def destroy(self) -> None:
        """Take every publisher back."""
        for publisher in self._publishers.values():
            self._node.destroy_lifecycle_publisher(publisher)

    def _send(self, topic: str, message: Any) -> None:
        self._publishers[topic].publish(message)

    def _send_if_wanted(self, topic: str, build: Callable[[], Any]) -> None:
        if self._publishers[topic].get_subscription_count() > 0:
            self._send(topic, build())

    def _is_due(self, grid: OccupancyGrid, stamp_ns: int) -> bool:
        age_s = (stamp_ns - self._grid_published_ns) / 1e9
        if grid is self._published_grid and age_s < REPEAT_OCCUPANCY_S:
            return False
        self._published_grid, self._grid_published_ns = grid, stamp_ns
        return True
