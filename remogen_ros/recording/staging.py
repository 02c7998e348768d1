"""A staged recording: recorded people in a room, seen by a body tracker and a depth camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remogen_ros.perception.detections import NANOSECONDS
from remogen_ros.perception.transforms import OPTICAL_TO_BODY, quaternion_from_matrix
from remogen_ros.recording.actors import KINECT_JOINTS, Actor
from remogen_ros.recording.camera import DepthCamera, Room
from remogen_ros.recording.flesh import balls_of_body
from remogen_ros.recording.messages import MessageFactory
from remogen_ros.recording.writer import BagWriter, quality

BODIES, POINTS, TF, TF_STATIC = "/body_tracking_data", "/points", "/tf", "/tf_static"
MAP, ODOM = "map", "odom"
CAMERA, OPTICAL = "camera_link", "camera_depth_optical_frame"

START_NS = 1_700_000_000 * NANOSECONDS
"""When every staged recording begins."""

Timed = tuple[int, str, Any]
"""When a message was received, its topic, and the message."""


@dataclass(frozen=True)
class Appearance:
    """A person in the room from `start_s` to `end_s`."""

    actor: Actor
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Dropout:
    """From `start_s` to `end_s` the tracker sees nobody, or, if `silent`, publishes nothing."""

    start_s: float
    end_s: float
    silent: bool = False


@dataclass(frozen=True)
class Scenario:
    """What is recorded.

    Attributes:
        duration_s: of the recording.
        appearances: who is in the room; one person at a time.
        dropouts: when the tracker loses them.
        new_ids_s: times from which the tracker counts one body further.
        camera: sees the bodies and the room.
        frame_rate: of the camera, Hz. The tracker mostly takes two frames for a result.
        cloud_rate: point clouds, Hz.
        joint_noise: standard deviation per coordinate, metres.
        tracker_latency_s, cloud_latency_s: mean, from capture to reception.
    """

    duration_s: float
    appearances: tuple[Appearance, ...]
    camera: DepthCamera
    dropouts: tuple[Dropout, ...] = ()
    new_ids_s: tuple[float, ...] = ()
    frame_rate: float = 30.0
    cloud_rate: float = 2.0
    joint_noise: float = 0.007
    tracker_latency_s: float = 0.045
    cloud_latency_s: float = 0.06

    def person_at(self, seconds: float) -> NDArray[np.float64] | None:
        """(32, 3) joints in the map of who is in the room, None for nobody."""
        for a in self.appearances:
            if a.start_s <= seconds < a.end_s:
                return a.actor.at(seconds - a.start_s)
        return None


def record(
    scenario: Scenario,
    room: Room,
    out: Path,
    seed: int,
    progress: Callable[[float], None] = lambda done: None,
) -> None:
    """Write the recording of a scenario, the same for the same seed.

    Args:
        out: folder of the new bag.
        progress: called with the share that is done, 0 .. 1.

    Raises:
        UserError: `out` exists already.
    """
    with BagWriter(out) as bag:
        bag.add_topic(TF_STATIC, "tf2_msgs/msg/TFMessage", quality(1, latched=True))
        bag.add_topic(TF, "tf2_msgs/msg/TFMessage", quality(100))
        bag.add_topic(BODIES, "visualization_msgs/msg/MarkerArray", quality(1))
        bag.add_topic(POINTS, "sensor_msgs/msg/PointCloud2", quality(1))
        make = MessageFactory(bag.types)
        timed: list[Timed] = [(START_NS, TF_STATIC, _camera_transforms(scenario.camera, make))]
        timed += _odometry(scenario, make)
        timed += _bodies(scenario, make, np.random.default_rng((seed, 1)))
        for cloud in _clouds(scenario, room, make, np.random.default_rng((seed, 2))):
            timed.append(cloud)
            progress((cloud[0] - START_NS) / NANOSECONDS / scenario.duration_s)
        for received, topic, message in sorted(timed, key=lambda item: item[:2]):
            bag.write(topic, received, message)


def _ns(seconds: float) -> int:
    return START_NS + round(seconds * NANOSECONDS)


def _camera_transforms(camera: DepthCamera, make: MessageFactory) -> Any:
    mounted = make.transform(START_NS, MAP, CAMERA, np.array(camera.position), camera.quaternion)
    optical = make.transform(
        START_NS, CAMERA, OPTICAL, np.zeros(3), quaternion_from_matrix(OPTICAL_TO_BODY)
    )
    return make.transforms([mounted, optical])


def _odometry(scenario: Scenario, make: MessageFactory) -> Iterator[Timed]:
    """map -> odom at 10 Hz: the small, slow corrections of a localisation."""
    for seconds in np.arange(0.0, scenario.duration_s, 0.1):
        phase = 2 * np.pi * seconds / 40.0
        drift = np.array([0.02 * np.sin(phase), 0.01 * np.cos(phase), 0.0])
        half_yaw = 0.005 * np.sin(phase)
        turn = np.array([0.0, 0.0, np.sin(half_yaw), np.cos(half_yaw)])
        stamp = _ns(seconds)
        yield stamp, TF, make.transforms([make.transform(stamp, MAP, ODOM, drift, turn)])


def _bodies(scenario: Scenario, make: MessageFactory, rng: np.random.Generator) -> Iterator[Timed]:
    """The tracker's results: jittering stamps, noise that is smooth in time, dropouts, new ids."""
    frame = 0
    noise = np.zeros((len(KINECT_JOINTS), 3))
    while True:
        # Two camera frames a result, now and then one or three.
        frame += int(rng.choice((1, 2, 3), p=(0.04, 0.92, 0.04)))
        seconds = frame / scenario.frame_rate + float(np.clip(rng.normal(0, 0.001), -0.003, 0.003))
        latency = scenario.tracker_latency_s + abs(float(rng.normal(0, 0.008)))
        noise = 0.6 * noise + 0.8 * scenario.joint_noise * rng.normal(size=noise.shape)
        if seconds + latency >= scenario.duration_s:
            return
        lost = next((d for d in scenario.dropouts if d.start_s <= seconds < d.end_s), None)
        if lost and lost.silent:
            continue
        joints = None if lost else scenario.person_at(seconds)
        body = 1 + sum(seconds >= since for since in scenario.new_ids_s)
        seen = {}
        if joints is not None:
            # The driver publishes 32-bit millimetres, divided by a thousand.
            seen[body] = scenario.camera.to_optical(joints + noise).astype(np.float32)
        stamp = _ns(seconds)
        yield _ns(seconds + latency), BODIES, make.bodies(stamp, OPTICAL, seen)


def _clouds(
    scenario: Scenario, room: Room, make: MessageFactory, rng: np.random.Generator
) -> Iterator[Timed]:
    for seconds in np.arange(0.1, scenario.duration_s, 1 / scenario.cloud_rate):
        received = seconds + scenario.cloud_latency_s
        if received >= scenario.duration_s:
            return
        joints = scenario.person_at(seconds)
        balls = np.zeros((0, 4)) if joints is None else balls_of_body(joints)
        points = scenario.camera.look(room, balls, rng)
        yield _ns(received), POINTS, make.cloud(_ns(seconds), OPTICAL, points)
