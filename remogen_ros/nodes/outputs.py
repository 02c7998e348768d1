"""What the reaction node publishes for each generated frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped, Transform, TransformStamped, Twist
from numpy.typing import NDArray
from rclpy.duration import Duration
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
from remogen_ros.embodiment.embodying import EmbodiedTick, Embodiment, Pose
from remogen_ros.embodiment.guard import Around, Guard
from remogen_ros.embodiment.joint_guard import JointGuard
from remogen_ros.embodiment.joint_order import JointOrder
from remogen_ros.embodiment.messages import (
    fill_joint_state,
    fill_joint_trajectory,
    fill_root_trajectory,
    fill_transform,
)
from remogen_ros.embodiment.stopping import stopped
from remogen_ros.embodiment.transforms import FrameTransform
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.nodes.generation import Reaction
from remogen_ros.nodes.joint_stream import JointStream
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.measured_joints import MeasuredJoints
from remogen_ros.nodes.messages import (
    body_markers,
    occupied_cells,
    pose_stamped,
    reaction_message,
)
from remogen_ros.nodes.parameters import ReactionConfig
from remogen_ros.nodes.qos import RELIABLE, advertise
from remogen_ros.nodes.stamps import SECOND_NS, time_message
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


HEARD_WITHIN_S = 0.5
"""How long it is waited for who follows a robot's trajectories to have the last ones, seconds."""


class Outputs:
    """Publishers of the reaction node, and the guard before them.

    `publish` and `forget` run on the generator's thread, `stop` when that has ended.
    """

    def __init__(
        self,
        node: LifecycleNode,
        config: ReactionConfig,
        embodiment: Embodiment,
        ledger: Ledger,
    ) -> None:
        """
        Raises:
            UserError: the joints to start from are those that are published here, joints would
                be published twice under one name, or in an order that the body does not have.
        """
        self._node = node
        self._fixed_frame = config.fixed_frame
        self._root_frame = config.frame_prefix + embodiment.root_frame
        self._embodiment = embodiment
        self._order = JointOrder.named(config.joint_order, embodiment, config.embodiment)
        self._guard = Guard(config.guard)
        self._joint_guard = JointGuard(embodiment.limits, 1.0 / FRAME_RATE, config.guard.start_s)
        self._start_s = config.guard.start_s
        start_topic, joints = config.guard.start_topic, embodiment.joint_names
        self._measured = MeasuredJoints(node, start_topic, joints, ledger) if start_topic else None
        self._begun = False
        self._following: tuple[int, EmbodiedTick] | None = None
        if not start_topic and not embodiment.may_jump:
            node.get_logger().warning(
                f"nobody says where the joints of '{config.embodiment}' are, so its first pose "
                "may be anywhere: set guard.start_topic to the topic of its measured joints"
            )
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
        self._stream = (
            JointStream(node, self._order, embodiment.limits, config.command_rate, ledger)
            if config.command_rate
            else None
        )
        self._starts_at_once = config.trajectory_start == "at_once"
        self._published_grid: OccupancyGrid | None = None
        self._grid_published_ns = 0
        self.body_segments: NDArray[np.float64] | None = None
        """(S, 2, 3) where cameras see the body that was published last; see `Embodiment`."""

    def forget(self) -> None:
        """The ego was put back to its start: an avatar is there at once, and begins at rest.

        A robot goes there softly from where it was told to be last, or is measured.
        """
        if self._embodiment.may_jump:
            self._embodiment.reset()
            self._guard.reset()
            self._joint_guard.reset()
        else:
            self._guard.ease(self._start_s)
        if self._stream is not None:
            self._stream.forget()
        self._begun = False
        self._published_grid = self.body_segments = None

    @property
    def links(self) -> tuple[str, ...]:
        """Of the body that follows the ego; see `Embodiment`."""
        return self._embodiment.links

    @property
    def waits_for(self) -> str:
        """The measured joints without which motion cannot begin; empty if it can."""
        return "" if self._measured is None or self._begun else self._measured.missing

    def waits(self) -> bool:
        """Whether motion cannot begin at this tick. It is said for what, should that last."""
        return self._measured is not None and not self._begun and self._measured.waits()

    def interventions(self) -> dict[str, int]:
        """How many ticks were changed since the node was configured, by what was done."""
        counts: dict[str, int] = {**self._guard.counts, **self._embodiment.interventions}
        joints = self._joint_guard
        return counts | {"joint_limits": joints.limited, "soft_start": joints.ramped}

    def publish(self, reaction: Reaction) -> Reaction | None:
        """Publish one reaction on every topic; `markers` and `occupancy` only if subscribed to.

        Returns:
            What the guard let be shown; None if nothing could be.
        """
        tick = reaction.tick
        if not self._begin():
            return None
        around = Around(tick.everybody, tick.observation.occupancy)
        frame = self._guard.guarded(reaction.frame, around, tick.hold)
        if frame is None:
            return None
        if frame is not reaction.frame:
            reaction = replace(reaction, frame=frame)
        stamp, fixed = time_message(tick.stamp_ns), self._fixed_frame
        horizon = zip(frame.horizon_root_positions, frame.horizon_joint_rotations, strict=True)
        body = self._joint_guard.guarded(
            self._embodiment.tick(
                Pose(frame.root_position, frame.joint_rotations), [Pose(*pose) for pose in horizon]
            )
        )
        if body is None:
            return None
        self.body_segments = self._embodiment.segments(body)
        root = FrameTransform(fixed, self._root_frame, body.root_position, body.root_rotation)
        self._broadcaster.sendTransform(fill_transform(TransformStamped(), stamp, root))
        self._send(ROOT_POSE, pose_stamped(stamp, fixed, root.translation, root.rotation))
        told = self._order.sample(body.joints)
        self._send(JOINT_STATES, fill_joint_state(JointState(), stamp, self._order.names, told))
        if self._stream is not None:
            self._stream.follow(tick.stamp_ns, body)
        self._send_paths(tick.stamp_ns, body)
        self._following = (self._now_ns() if self._starts_at_once else tick.stamp_ns), body
        self._send(REACTION, reaction_message(stamp, fixed, reaction))
        self._send_if_wanted(MARKERS, lambda: body_markers(stamp, fixed, reaction))
        grid = tick.observation.occupancy
        if grid is not None and self._is_due(grid, tick.stamp_ns):
            self._send_if_wanted(OCCUPANCY, lambda: occupied_cells(stamp, fixed, grid))
        return reaction

    def stop(self) -> None:
        """No pose will follow: a robot is told to come to rest, not to end its last trajectory.

        The next pose, should there be one, comes softly from where it rests.
        """
        following, self._following = self._following, None
        if following is None or self._embodiment.may_jump:
            return
        since_ns, body = following
        now_ns = self._now_ns()
        since_s = max(now_ns - since_ns, 0) / SECOND_NS
        resting = stopped(body, since_s, self._embodiment.limits)
        if resting is not None:
            self._send_paths(now_ns, resting)
            if self._stream is not None:
                self._stream.stop(now_ns, resting)
            for topic in (TRAJECTORY, ROOT_TRAJECTORY):
                self._publishers[topic].wait_for_all_acked(Duration(seconds=HEARD_WITHIN_S))
        self._joint_guard.start_from((resting or body).path.positions[-1])

    def destroy(self) -> None:
        """Take every publisher back."""
        if self._measured is not None:
            self._measured.destroy()
        if self._stream is not None:
            self._stream.destroy()
        for publisher in self._publishers.values():
            self._node.destroy_lifecycle_publisher(publisher)

    def _begin(self) -> bool:
        """At the first tick: from where the robot is measured. False while it is not."""
        if not self._begun and self._measured is not None:
            joints = self._measured.fresh()
            if joints is None:
                return False
            self._joint_guard.start_from(joints)
        self._begun = True
        return True

    # --- sending -------------------------------------------------------------------------------

    def _send_paths(self, stamp_ns: int, body: EmbodiedTick) -> None:
        """What follows a moment, for joints and root."""
        start = time_message(0 if self._starts_at_once else stamp_ns)
        names, told = self._order.names, self._order.path(body.path)
        path = fill_joint_trajectory(JointTrajectory(), start, names, told, JointTrajectoryPoint)
        self._send(TRAJECTORY, path)
        root_path = fill_root_trajectory(
            MultiDOFJointTrajectory(),
            start,
            self._fixed_frame,
            self._root_frame,
            body.root_path,
            (MultiDOFJointTrajectoryPoint, Transform, Twist),
        )
        self._send(ROOT_TRAJECTORY, root_path)

    def _now_ns(self) -> int:
        return self._node.get_clock().now().nanoseconds

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
