"""Bodies of ROS4HRI, known by id, looked up among real transforms in a real executor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from geometry_msgs.msg import TransformStamped
from tf2_ros import TransformBroadcaster

from remogen_ros.nodes import frame_people
from remogen_ros.nodes.frame_people import FramePeople
from remogen_ros.nodes.stamps import time_message
from remogen_ros.nodes.trackers import ros4hri_naming
from remogen_ros.nodes.transforms import FrameResolver
from remogen_ros.perception.detections import SkeletonDetection
from test.nodes.bench import Bench
from test.perception.bodies import STANDING, on_tracker

NAMING = ros4hri_naming()
SECOND_NS = 1_000_000_000


class Room(Bench):
    """A node that looks for people, and a camera that broadcasts them as ROS4HRI does."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.seen: list[SkeletonDetection] = []
        self.followed: list[str] = []
        self.frames = FrameResolver(self.node, "odom", 0.1, self.ledger)
        self.people = FramePeople(
            self.node,
            self.frames,
            NAMING,
            lambda: self.ids,
            self.take,
            self.ledger,
            rate=50.0,
            expected=False,
        )
        self.broadcaster = TransformBroadcaster(self.node)

    def take(self, detections: list[SkeletonDetection], followed: Sequence[str]) -> None:
        self.seen += detections
        self.followed = list(followed)

    def broadcast(self, body: str, seconds: float) -> None:
        """The camera stands at (0, 0, 1) of odom; links are broadcast in its frame."""
        stamp = time_message(round(seconds * SECOND_NS))
        camera = TransformStamped(child_frame_id="camera")
        camera.header.frame_id, camera.header.stamp = "odom", stamp
        camera.transform.translation.z = 1.0
        camera.transform.rotation.w = 1.0
        transforms = [camera]
        for frame, position in zip(
            NAMING.frames(body), on_tracker(NAMING.joint_map) - (0, 0, 1), strict=True
        ):
            link = TransformStamped(child_frame_id=frame)
            link.header.frame_id, link.header.stamp = "camera", stamp
            moved = link.transform.translation
            moved.x, moved.y, moved.z = map(float, position)
            link.transform.rotation.w = 1.0
            transforms.append(link)
        self.broadcaster.sendTransform(transforms)


@pytest.fixture
def room(domain: int) -> Iterator[Room]:
    room = Room()
    yield room
    room.people.destroy()
    room.frames.destroy()
    room.close()


def test_a_body_with_an_id_is_seen_once_a_moment_in_the_fixed_frame(room: Room) -> None:
    room.ids = ["fbdcs"]
    room.spin_until(lambda: bool(room.seen), lambda: room.broadcast("fbdcs", 5.0))
    (seen,) = room.seen
    assert (seen.body_id, seen.frame_id, seen.stamp_ns) == ("fbdcs", "odom", 5 * SECOND_NS)
    np.testing.assert_allclose(seen.positions, STANDING, atol=0.03)
    room.spin_for(0.3)
    assert len(room.seen) == 1
    room.spin_until(lambda: len(room.seen) == 2, lambda: room.broadcast("fbdcs", 5.1))


def test_frames_without_an_id_are_nobody(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_people, "PATIENCE_S", 0.1)
    room.spin_until(
        lambda: room.frames.newest_stamp("body_ghost") is not None,
        lambda: room.broadcast("ghost", 5.0),
    )
    room.spin_for(0.3)
    assert room.seen == [] and room.log.lines == []
    room.ids = ["other"]
    room.spin_until(lambda: bool(room.log.lines), lambda: None)
    assert "'body_other'" in room.log.lines[0] and "camera" in room.log.lines[0]


def test_after_a_jump_in_time_older_moments_are_new(room: Room) -> None:
    room.ids = ["a"]
    room.spin_until(lambda: bool(room.seen), lambda: room.broadcast("a", 500.0))
    # What is under way still belongs to the first time.
    room.spin_until(
        lambda: room.frames.newest_stamp("body_last") is not None,
        lambda: room.broadcast("last", 500.0),
    )
    room.frames.clear()
    room.people.forget()
    room.spin_until(lambda: len(room.seen) == 2, lambda: room.broadcast("a", 5.0))
    assert room.seen[1].stamp_ns == 5 * SECOND_NS


def test_who_moves_no_more_is_not_followed_though_the_buffer_keeps_the_frames(room: Room) -> None:
    room.ids = ["gone", "here"]
    room.spin_until(lambda: bool(room.seen), lambda: room.broadcast("gone", 5.0))
    assert room.followed == ["gone"]
    room.spin_until(lambda: len(room.seen) == 2, lambda: room.broadcast("here", 5.05))
    assert room.followed == ["gone", "here"]
    room.spin_until(lambda: len(room.seen) == 3, lambda: room.broadcast("here", 5.2))
    assert room.followed == ["here"]


def test_a_lookup_that_fails_is_said_and_survived(room: Room) -> None:
    def fail() -> list[str]:
        raise ValueError("no such luck")

    room.people._bodies = fail
    room.spin_until(lambda: bool(room.log.lines), lambda: None)
    assert "no such luck" in room.log.lines[0]
