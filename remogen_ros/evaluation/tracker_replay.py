"""Bags of people as the generator perceives them, offline: no node, no clock, no chance."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.perception.azure_kinect import detections_from_marker_array
from remogen_ros.perception.detections import NANOSECONDS, SkeletonDetection, stamp_and_lack
from remogen_ros.perception.frames import FrameNaming, detection_from_frames, frame_naming
from remogen_ros.perception.joint_mapping import shipped_joint_map
from remogen_ros.perception.native import detections_from_skeleton_array
from remogen_ros.perception.partner_config import PartnerConfig
from remogen_ros.perception.partners import PartnerSnapshot, PartnerTracker
from remogen_ros.perception.ros4hri import body_ids
from remogen_ros.perception.zed import detections_from_zed_objects
from remogen_ros.recording.bags import open_bag
from remogen_ros.recording.mounts import Mounts
from remogen_ros.recording.tracker_forms import TF, TF_STATIC, TrackerForm
from remogen_ros.streaming.generator import Generator
from remogen_ros.streaming.observation import Observation

Heard = tuple[int, list[SkeletonDetection]]
"""When a message was received, nanoseconds, and who was in it, in the frame that stands still."""

_DETECT = {
    "native": detections_from_skeleton_array,
    "azure_kinect": detections_from_marker_array,
    "zed": detections_from_zed_objects,
}


def heard(form: TrackerForm, bag: Path, topics: Collection[str] | None = None) -> list[Heard]:
    """Every message of people in a bag, as the node would understand it.

    Args:
        form: in which they are.
        bag: of such people and static transforms alone.
        topics: where the bag has more than that: those of people.

    Raises:
        UserError: there is no such bag, or it is damaged.
        ValueError: a message has something wrong with it.
    """
    mounts = Mounts()
    told: list[Heard] = []
    listener = _FrameListener(form) if form.tracker in ("ros4hri", "tf") else None
    with open_bag(bag) as reader:
        wanted = [
            each
            for each in reader.connections
            if topics is None or each.topic in topics or each.topic == TF_STATIC
        ]
        for connection, received_ns, raw in reader.messages(wanted):
            message = reader.deserialize(raw, connection.msgtype)
            if connection.topic == TF_STATIC:
                mounts.take(message)
                continue
            if listener is not None:
                detections, problems = listener.hear(connection.topic, message)
            else:
                detections, problems = _DETECT[form.tracker](message)
            if problems:
                raise ValueError(f"{bag}: {problems[0]}")
            told.append((received_ns, [_placed(d, mounts) for d in detections]))
    return told


class _FrameListener:
    """Makes bodies of frames, each message of which has all those of one body."""

    def __init__(self, form: TrackerForm) -> None:
        self._naming: FrameNaming = frame_naming("", shipped_joint_map(form.joint_map))
        self._listed = form.tracker == "ros4hri"
        self._ids: list[str] = []

    def hear(self, topic: str, message: Any) -> tuple[list[SkeletonDetection], list[str]]:
        if topic != TF:
            self._ids, problems = body_ids(message)
            return [], problems
        places = {}
        for stamped in message.transforms:
            moved = stamped.transform.translation
            places[stamped.child_frame_id] = (moved.x, moved.y, moved.z)
        stamp_ns, _ = stamp_and_lack(message.transforms[0].header)
        parent = message.transforms[0].header.frame_id
        found = self._naming.bodies_among(places)
        bodies = [body for body in found if not self._listed or body in self._ids]
        return [
            detection_from_frames(body, stamp_ns, parent, places, self._naming) for body in bodies
        ], []


def _placed(detection: SkeletonDetection, mounts: Mounts) -> SkeletonDetection:
    positions, frame_id = mounts.in_root(detection.positions, detection.frame_id)
    return replace(detection, frame_id=frame_id, positions=positions)


def blurred(
    told: Sequence[Heard], offset: float, jitter: float, random: np.random.Generator
) -> list[Heard]:
    """The same people by a worse tracker.

    Args:
        told: bodies of one person or several.
        offset: standard deviation of where it takes each joint to be, metres.
        jitter: standard deviation of each joint at each frame, metres.
        random: source of randomness.
    """
    idea = random.normal(0.0, offset, (22, 3))
    return [
        (
            received_ns,
            [
                replace(d, positions=d.positions + idea + random.normal(0.0, jitter, (22, 3)))
                for d in detections
            ],
        )
        for received_ns, detections in told
    ]


def snapshots(
    told: Sequence[Heard], begin_ns: int, end_ns: int, config: PartnerConfig | None = None
) -> list[PartnerSnapshot]:
    """What is known of the partner at each tick from what came before it.

    Args:
        told: in the order of reception.
        begin_ns: of the first tick; FRAME_RATE ticks a second.
        end_ns: no tick is later.
        config: how the partner is chosen.
    """
    tracker = PartnerTracker(config)
    waiting = iter(told)
    coming = next(waiting, None)
    known = []
    for now in range(begin_ns, end_ns + 1, round(NANOSECONDS / FRAME_RATE)):
        while coming is not None and coming[0] <= now:
            tracker.add(coming[1])
            coming = next(waiting, None)
        known.append(tracker.window(now, np.zeros(2)))
    return known


def reaction(
    generator: Generator, known: Sequence[PartnerSnapshot]
) -> Iterator[NDArray[np.float32]]:
    """(22, 3) joints of the ego at each tick, who stands at the origin at first; metres."""
    generator.reset()
    weights = dict.fromkeys(generator.adapter_names, 1.0)
    for snapshot in known:
        observation = Observation(snapshot.window, adapter_weights=weights)
        yield generator.step(observation).joint_positions
