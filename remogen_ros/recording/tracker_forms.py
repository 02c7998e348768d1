"""One recording of people, written down as each supported tracker would have published it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remogen_ros.perception.frames import frame_naming
from remogen_ros.perception.joint_mapping import shipped_joint_map
from remogen_ros.perception.trackers import TrackerName
from remogen_ros.perception.transforms import (
    OPTICAL_TO_BODY,
    matrix_from_quaternion,
    quaternion_from_matrix,
)
from remogen_ros.perception.zed import BODY_FORMATS
from remogen_ros.recording.messages import MessageFactory
from remogen_ros.recording.sightings import Sighting, as_seen_with
from remogen_ros.recording.tracker_messages import TrackerMessageFactory
from remogen_ros.recording.writer import BagWriter, quality

MAP, CAMERA, OPTICAL = "map", "camera_link", "camera_depth_optical_frame"
TF, TF_STATIC = "/tf", "/tf_static"

_CAMERA_PLACE = np.array((-1.6, -2.4, 2.1))
_CAMERA_TURN = np.array((0.0, 0.0, 0.5, 0.8660254))
"""The camera stands at the wall and looks into the room, 60 degrees to the left of x."""


@dataclass(frozen=True)
class TrackerForm:
    """A way in which people reach the node.

    Attributes:
        name: for people.
        tracker: what the parameter `tracker` calls it.
        joint_map: whose joints it has.
        topic: of its bodies or ids, with a slash before it; /tf where it has none.
        type_name: of the messages there.
        frame_id: whose coordinates they are in.
    """

    name: str
    tracker: TrackerName
    joint_map: str
    topic: str
    type_name: str
    frame_id: str


_SKELETONS = ("/skeletons", "remogen_msgs/msg/SkeletonArray")
_MARKERS = ("/body_tracking_data", "visualization_msgs/msg/MarkerArray")
_OBJECTS = ("/body_trk/skeletons", "zed_msgs/msg/ObjectsStamped")
_IDS = ("/humans/bodies/tracked", "hri_msgs/msg/IdsList")
_FRAMES = (TF, "tf2_msgs/msg/TFMessage")

NATIVE_FORM = TrackerForm("native, 22 joints", "native", "smpl", *_SKELETONS, MAP)
TRACKER_FORMS = (
    NATIVE_FORM,
    TrackerForm("native, COCO-17", "native", "coco_17", *_SKELETONS, OPTICAL),
    TrackerForm("native, MediaPipe-33", "native", "mediapipe_33", *_SKELETONS, OPTICAL),
    TrackerForm("Azure Kinect", "azure_kinect", "azure_kinect", *_MARKERS, OPTICAL),
    TrackerForm("ZED BODY_18", "zed", "coco_18", *_OBJECTS, CAMERA),
    TrackerForm("ZED BODY_34", "zed", "azure_kinect", *_OBJECTS, CAMERA),
    TrackerForm("ZED BODY_38", "zed", "zed_38", *_OBJECTS, CAMERA),
    TrackerForm("ROS4HRI", "ros4hri", "ros4hri", *_IDS, CAMERA),
    TrackerForm("TF, 22 frames", "tf", "smpl", *_FRAMES, MAP),
    TrackerForm("TF, Xsens", "tf", "xsens", *_FRAMES, MAP),
)


def write_form(form: TrackerForm, sightings: Sequence[Sighting], out: Path) -> None:
    """Write people as a bag of one form, with the static transforms of its camera.

    Args:
        form: which.
        sightings: bodies in the map.
        out: folder of the new bag.

    Raises:
        UserError: `out` exists already.
    """
    with BagWriter(out) as bag:
        bag.add_topic(TF_STATIC, "tf2_msgs/msg/TFMessage", quality(1, latched=True))
        bag.add_topic(form.topic, form.type_name, quality(10))
        if form.tracker == "ros4hri":
            bag.add_topic(TF, "tf2_msgs/msg/TFMessage", quality(100))
        writer = _FormWriter(form, bag)
        bag.write(TF_STATIC, sightings[0].received_ns, writer.mounts(sightings[0].stamp_ns))
        for sighting in sightings:
            bodies = {
                str(number): writer.in_frame(as_seen_with(form.joint_map, joints))
                for number, joints in sighting.bodies.items()
            }
            for topic, message in writer.messages(sighting.stamp_ns, bodies):
                bag.write(topic, sighting.received_ns, message)


class _FormWriter:
    def __init__(self, form: TrackerForm, bag: BagWriter) -> None:
        self._form = form
        self._joint_map = shipped_joint_map(form.joint_map)
        self._make = MessageFactory(bag.types)
        self._make_body = TrackerMessageFactory(bag.types)

    def mounts(self, stamp_ns: int) -> Any:
        """How the camera stands in the map."""
        optical = quaternion_from_matrix(OPTICAL_TO_BODY)
        return self._make.transforms(
            [
                self._make.transform(stamp_ns, MAP, CAMERA, _CAMERA_PLACE, _CAMERA_TURN),
                self._make.transform(stamp_ns, CAMERA, OPTICAL, np.zeros(3), optical),
            ]
        )

    def in_frame(self, joints: NDArray[np.float64]) -> NDArray[np.float64]:
        """(S, 3) in the map -> in the frame of the form."""
        if self._form.frame_id == MAP:
            return joints
        local = (joints - _CAMERA_PLACE) @ matrix_from_quaternion(_CAMERA_TURN)
        return local if self._form.frame_id == CAMERA else local @ OPTICAL_TO_BODY

    def messages(
        self, stamp_ns: int, bodies: dict[str, NDArray[np.float64]]
    ) -> Iterator[tuple[str, Any]]:
        """Topics and messages that tell of one moment."""
        form, frame_id = self._form, self._form.frame_id
        if form.tracker == "native":
            names = self._joint_map.joints
            yield form.topic, self._make_body.skeletons(stamp_ns, frame_id, bodies, names)
        elif form.tracker == "azure_kinect":
            by_number = {int(body): joints for body, joints in bodies.items()}
            yield form.topic, self._make.bodies(stamp_ns, frame_id, by_number)
        elif form.tracker == "zed":
            (number,) = (n for n, (_, name) in BODY_FORMATS.items() if name == form.joint_map)
            objects = [
                self._make_body.zed_body(joints, number, int(body))
                for body, joints in bodies.items()
            ]
            yield form.topic, self._make_body.zed_objects(stamp_ns, frame_id, objects)
        else:
            if form.tracker == "ros4hri":
                yield form.topic, self._make_body.ids(stamp_ns, list(bodies))
            naming = frame_naming("", self._joint_map)
            for body, joints in bodies.items():
                places = dict(zip(naming.frames(body), joints, strict=True))
                yield TF, self._make_body.frames(stamp_ns, frame_id, places)
