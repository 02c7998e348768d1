"""What the reaction node listens to: people, clouds, a map, a goal, an intent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import String

from remogen_ros.nodes.flat_map import FlatMaps
from remogen_ros.nodes.frame_people import Bodies, FramePeople, Roster
from remogen_ros.nodes.intent import Intent
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.parameters import ReactionConfig
from remogen_ros.nodes.qos import NEWEST, subscribe
from remogen_ros.nodes.room import Room, Sighting
from remogen_ros.nodes.stamps import nanoseconds
from remogen_ros.nodes.topics import CLOUD, FRAMES, GOAL, INTENT, ROS4HRI
from remogen_ros.nodes.trackers import (
    Detect,
    frames_naming,
    frames_of_nobody,
    ids_type,
    ros4hri_naming,
    skeleton_topics,
)
from remogen_ros.nodes.transforms import FrameResolver, Rigid
from remogen_ros.perception.axes import upright
from remogen_ros.perception.carving import Body
from remogen_ros.perception.cloud_bodies import WaitingClouds, bodies_at
from remogen_ros.perception.detections import SkeletonDetection
from remogen_ros.perception.frames import FrameNaming
from remogen_ros.perception.joint_mapping import FARTHEST_M
from remogen_ros.perception.partners import PartnerSnapshot, PartnerTracker
from remogen_ros.perception.ros4hri import body_ids
from remogen_ros.perception.sanity import BodyChecks
from remogen_ros.perception.transforms import apply_transform

FUTURE_TOLERANCE_S = 1.0
PAST_TOLERANCE_S = 5.0
"""A stamp outside these bounds around now comes from another clock, seconds."""


class Inputs:
    """Subscriptions of the reaction node, and what was last understood from them.

    Everything here runs on the executor's thread; clouds go on to the `Room`.
    """

    def __init__(
        self,
        node: Node,
        config: ReactionConfig,
        room: Room,
        intent: Intent,
        ledger: Ledger,
        ego_position: Callable[[], NDArray[np.floating] | None],
        ego_segments: Callable[[], NDArray[np.floating] | None],
        ego_links: Sequence[str],
    ) -> None:
        """
        Args:
            node: whose executor runs the callbacks.
            config: tracker, frames and partner policy.
            room: takes the clouds.
            intent: takes the wishes.
            ledger: counts messages, and reports what was wrong with them.
            ego_position: (3,) in the fixed frame, None while the ego is nowhere.
            ego_segments: (S, 2, 3) where cameras see its body in the fixed frame, likewise.
            ego_links: names of the frames of that body; see `Embodiment`.
        """
        self._node = node
        self._room = room
        self._intent = intent
        self._ledger = ledger
        self._ego_position = ego_position
        self._ego_segments = ego_segments
        self._ego_radius = config.occupancy.ego_radius
        self._clouds: WaitingClouds[Sighting] = WaitingClouds()
        self._body_radius = config.occupancy.carve_radius
        self._fixed_frame = config.fixed_frame
        self._partners = PartnerTracker(config.partner)
        self._axes = config.tracker_axes
        self._checks = BodyChecks()
        self._frames = FrameResolver(node, config.fixed_frame, config.tf_wait_s, ledger)
        self._maps = FlatMaps(node, self._frames, room, config.occupancy.map_height, ledger)
        self.goal: NDArray[np.float32] | None = None
        topics: list[tuple[type, str, Callable[[Any], None]]] = [
            (PointCloud2, CLOUD, self._on_cloud),
            (PoseStamped, GOAL, self._on_goal),
            (String, INTENT, self._on_intent),
        ]
        for people in skeleton_topics(config):
            callback = partial(self._on_people, people.topic, people.detect)
            topics.append((people.message_type, people.topic, callback))
        self._ids: list[str] = []
        self._frame_people: list[FramePeople] = []
        if (ids := ids_type(config)) is not None:
            topics.append((ids, ROS4HRI, self._on_ids))
            self._watch_frames(ros4hri_naming(), config.tf.rate, lambda: self._ids)
        if config.tracker == "tf":
            naming = frames_naming(config)
            nobody = frames_of_nobody(config, ego_links)
            bodies = Roster(config.tf.body_names, naming, self._frames, nobody)
            self._watch_frames(naming, config.tf.rate, bodies, expected=True)
        self._subscriptions = [
            subscribe(node, message_type, topic, ledger.guarded(topic, callback), NEWEST, ledger)
            for message_type, topic, callback in topics
        ]

    def partners(self, stamp_ns: int) -> PartnerSnapshot:
        """The people around the ego, as known at a tick."""
        self._hand_clouds()  # Should no message come any more.
        self._room.look_from(self._ego_position())
        return self._partners.window(stamp_ns, self._ego_position())

    def choose_by(self, policy: str) -> None:
        """Choose partners by another policy: `PartnerTracker.choose_by`."""
        self._partners.choose_by(policy)

    def forget(self) -> None:
        """Forget everybody, and every transform that moves: time has jumped."""
        self._partners.reset()
        self._clouds.clear()
        self._frames.clear()
        for people in self._frame_people:
            people.forget()

    def destroy(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        for people in self._frame_people:
            people.destroy()
        self._maps.destroy()
        self._frames.destroy()

    def _watch_frames(
        self, naming: FrameNaming, rate: float, bodies: Bodies, expected: bool = False
    ) -> None:
        self._frame_people.append(
            FramePeople(
                self._node,
                self._frames,
                naming,
                bodies,
                self._on_frames,
                self._ledger,
                rate=rate,
                expected=expected,
            )
        )

    def _on_ids(self, message: Any) -> None:
        self._ids, problems = body_ids(message)
        self._say(ROS4HRI, problems)

    def _on_frames(self, detections: list[SkeletonDetection], present: Sequence[str]) -> None:
        for _ in detections:
            self._ledger.receive(FRAMES)
        recent = [d for d in detections if self._is_of_this_time(FRAMES, d.stamp_ns)]
        self._take(FRAMES, [(d, upright(d, self._axes)) for d in recent], present)

    def _on_people(self, topic: str, detect: Detect, message: Any) -> None:
        detections, problems = detect(message)
        self._say(topic, problems)
        present = [detection.body_id for detection in detections]
        by_source: dict[tuple[str, int], list[SkeletonDetection]] = defaultdict(list)
        for detection in detections:
            by_source[detection.frame_id, detection.stamp_ns].append(detection)
        for (frame_id, stamp_ns), group in by_source.items():
            if self._is_of_this_time(topic, stamp_ns):
                self._frames.resolve(
                    topic,
                    frame_id,
                    stamp_ns,
                    partial(self._add_people, topic, group, present),
                )

    def _add_people(
        self,
        topic: str,
        detections: list[SkeletonDetection],
        present: Sequence[str],
        sensor: Rigid,
    ) -> None:
        place, turn = sensor.translation, sensor.quaternion
        placed = [
            (told, upright(told, self._axes).transformed(self._fixed_frame, place, turn))
            for told in detections
        ]
        self._take(topic, placed, present)

    def _take(
        self,
        topic: str,
        bodies: list[tuple[SkeletonDetection, SkeletonDetection]],
        present: Sequence[str],
    ) -> None:
        """Bodies, as they were told and in the fixed frame, of those who are present."""
        for news in self._partners.add([placed for _, placed in bodies], topic, present):
            self._ledger.say(topic, "seen twice", f"topic '{topic}': {news}")
        self._hand_clouds()
        for told, placed in bodies:
            for oddity in self._checks.news(placed, told):
                self._node.get_logger().warning(f"topic '{topic}': {oddity}")

    def _say(self, topic: str, problems: list[str]) -> None:
        for problem in problems:
            self._ledger.say(topic, "content", f"topic '{topic}': {problem}")

    def _on_cloud(self, message: PointCloud2) -> None:
        if message.width * message.height == 0:
            self._ledger.skip(CLOUD, "empty")
            return
        stamp_ns = nanoseconds(message.header.stamp)
        if self._is_of_this_time(CLOUD, stamp_ns):
            deliver = partial(self._add_cloud, message, stamp_ns)
            self._frames.resolve(CLOUD, message.header.frame_id, stamp_ns, deliver)

    def _add_cloud(self, message: PointCloud2, stamp_ns: int, sensor: Rigid) -> None:
        segments = self._ego_segments()
        ego = [] if segments is None or not self._ego_radius else [Body(segments, self._ego_radius)]
        if not self._clouds.add(stamp_ns, Sighting(CLOUD, message, sensor, stamp_ns, ego)):
            self._ledger.skip(CLOUD, "others wait for the tracker")
        self._hand_clouds()

    def _hand_clouds(self) -> None:
        """Give the room every cloud of whose time it is known where people were."""
        tracks = self._partners.tracks
        for sighting in self._clouds.released(tracks, self._now_ns()):
            people = bodies_at(tracks, sighting.stamp_ns, self._body_radius)
            bodies = (*people, *sighting.bodies)
            self._room.hand(replace(sighting, bodies=bodies, ego_position=self._ego_position()))

    def _on_goal(self, message: PoseStamped) -> None:
        goal = goal_position(message)
        # A stamp of zero asks for the latest transform, as tf2 understands it.
        stamp_ns = nanoseconds(message.header.stamp)
        deliver = partial(self._set_goal, goal)
        self._frames.resolve(GOAL, message.header.frame_id, stamp_ns, deliver)

    def _set_goal(self, goal: NDArray[np.float64], frame: Rigid) -> None:
        placed = apply_transform(goal[None], frame.translation, frame.quaternion)[0]
        self.goal = placed.astype(np.float32)

    def _on_intent(self, message: String) -> None:
        self._intent.ask(message.data)

    def _is_of_this_time(self, topic: str, stamp_ns: int) -> bool:
        """Whether a stamp can be of this node's clock; if not, the message is dropped."""
        age = (self._now_ns() - stamp_ns) / 1e9
        if -FUTURE_TOLERANCE_S <= age <= PAST_TOLERANCE_S:
            return True
        where = f"{age:.1f} s behind" if age > 0 else f"{-age:.1f} s ahead of"
        self._ledger.drop(
            topic,
            "stamp of another time",
            f"dropped a message of topic '{topic}': its stamp is {where} this node's clock; check "
            "use_sim_time, and that the clocks of the machines agree",
        )
        return False

    def _now_ns(self) -> int:
        return self._node.get_clock().now().nanoseconds


def goal_position(message: PoseStamped) -> NDArray[np.float64]:
    """(3,) metres in the message's frame.

    Raises:
        ValueError: it is no place: a coordinate that is not finite, or too far away.
    """
    position = message.pose.position
    goal = np.array((position.x, position.y, position.z))
    if not (np.abs(goal) <= FARTHEST_M).all():  # nor where a coordinate is NaN
        raise ValueError(f"the goal is no place on the ground: {goal.tolist()}")
    return goal
