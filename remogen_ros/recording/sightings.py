"""People as a bag's Azure Kinect saw them, and as other trackers would have seen them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from rosbags.interfaces import Connection

from remogen_ros.errors import UserError
from remogen_ros.perception.azure_kinect import IDS_PER_BODY
from remogen_ros.perception.detections import NANOSECONDS
from remogen_ros.perception.joint_mapping import plain_name, shipped_joint_map
from remogen_ros.recording.bags import open_bag
from remogen_ros.recording.mounts import Mounts

_BODIES, _TF_STATIC = "visualization_msgs/msg/MarkerArray", "/tf_static"
_DRAWN = "markers"
"""Last part of the topic with what the node reaction draws."""


@dataclass(frozen=True)
class Sighting:
    """What one message of the tracker showed.

    Attributes:
        received_ns: when it came, nanoseconds.
        stamp_ns: when the camera captured it.
        bodies: by body number, (32, 3) metres in the frame at the root of the bag's static
            transforms, NaN where not observed.
    """

    received_ns: int
    stamp_ns: int
    bodies: dict[int, NDArray[np.float64]]


def read_sightings(bag: Path, start_s: float, duration_s: float) -> list[Sighting]:
    """What the Azure Kinect of a bag saw from `start_s` on, for `duration_s`; empty messages too.

    Raises:
        UserError: there is no bag, it is damaged, or it has no bodies in that time.
    """
    mounts = Mounts()
    found: list[Sighting] = []
    with open_bag(bag) as reader:
        wanted = [c for c in reader.connections if _shows_bodies(c) or c.topic == _TF_STATIC]
        begin = reader.start_time + round(start_s * NANOSECONDS)
        end = begin + round(duration_s * NANOSECONDS)
        for connection, received_ns, raw in reader.messages(wanted):
            message = reader.deserialize(raw, connection.msgtype)
            if connection.topic == _TF_STATIC:
                mounts.take(message)
            elif begin <= received_ns < end:
                found.append(_sighting(received_ns, message, mounts))
    if not any(sighting.bodies for sighting in found):
        raise UserError(
            f"{bag} has no Azure Kinect bodies (visualization_msgs/MarkerArray) from {start_s:g} s "
            f"to {start_s + duration_s:g} s."
        )
    return found


def _shows_bodies(connection: Connection) -> bool:
    """Whether this may be the tracker, whatever its name; a recorded run has other markers, too."""
    drawn = connection.topic.rpartition("/")[2] == _DRAWN
    return bool(connection.msgtype == _BODIES) and not drawn


def _sighting(received_ns: int, message: Any, mounts: Mounts) -> Sighting:
    bodies: dict[int, NDArray[np.float64]] = {}
    stamp_ns = received_ns
    for marker in message.markers:
        body, joint = divmod(marker.id, IDS_PER_BODY)
        point, stamp = marker.pose.position, marker.header.stamp
        stamp_ns = stamp.sec * NANOSECONDS + stamp.nanosec
        place, _ = mounts.in_root((point.x, point.y, point.z), marker.header.frame_id)
        bodies.setdefault(body, np.full((_kinect_joint_count(), 3), np.nan))[joint] = place
    return Sighting(received_ns, stamp_ns, bodies)


def as_seen_with(joint_map: str, joints: NDArray[np.float64]) -> NDArray[np.float64]:
    """A body of an Azure Kinect on the joints of another tracker.

    Args:
        joint_map: name of a shipped joint map.
        joints: (32, 3) metres.

    Returns:
        (S, 3) metres in the order of the map's joints, NaN where the Kinect has no such joint.
    """
    return _weights(joint_map) @ joints


@cache
def _weights(joint_map: str) -> NDArray[np.float64]:
    """(S, 32) of the Kinect's joints in each of another tracker's."""
    kinect = shipped_joint_map("azure_kinect")
    if joint_map == "azure_kinect":
        return np.eye(len(kinect.joints))
    if joint_map == "smpl":
        return kinect.weights
    listed = yaml.safe_load(files(__package__).joinpath("kinect_as.yaml").read_text("utf8"))
    rows = []
    for joint in shipped_joint_map(joint_map).joints:
        row = np.full(len(kinect.joints), np.nan)
        if joint in listed[joint_map] or plain_name(joint) in kinect.index:
            row[:] = 0.0
        for name, weight in listed[joint_map].get(joint, {joint: 1.0}).items():
            if plain_name(name) in kinect.index:
                row[kinect.index[plain_name(name)]] = weight
        rows.append(row)
    return np.array(rows)


def _kinect_joint_count() -> int:
    return len(shipped_joint_map("azure_kinect").joints)
