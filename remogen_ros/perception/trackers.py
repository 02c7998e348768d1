"""The trackers that are understood: one list for parameters, launch arguments and `joints`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

TrackerName = Literal["any", "azure_kinect", "native", "zed", "ros4hri", "tf"]
TRACKER_NAMES: tuple[str, ...] = get_args(TrackerName)
"""What the parameter `tracker` may be."""


@dataclass(frozen=True)
class Tracker:
    """What there is to say about one of them.

    Attributes:
        listens_to: topic and type.
        about: who publishes that.
        joint_maps: shipped joint maps that serve it.
    """

    listens_to: str
    about: str
    joint_maps: tuple[str, ...]


TRACKERS: dict[str, Tracker] = {
    "azure_kinect": Tracker(
        "body_tracking_data (visualization_msgs/MarkerArray)",
        "Azure Kinect and Femto bodies",
        ("azure_kinect",),
    ),
    "native": Tracker(
        "skeletons (remogen_msgs/SkeletonArray)",
        "this project's own form; joints by name, however spelled",
        ("smpl", "coco_17", "coco_18", "mediapipe_33", "azure_kinect", "zed_38"),
    ),
    "zed": Tracker(
        "body_trk/skeletons (zed_msgs/ObjectsStamped)",
        "ZED cameras, body formats 18, 34 and 38",
        ("coco_18", "azure_kinect", "zed_38"),
    ),
    "ros4hri": Tracker(
        "/humans/bodies/tracked (hri_msgs/IdsList) and TF",
        "ROS4HRI bodies (REP-155)",
        ("ros4hri",),
    ),
    "tf": Tracker(
        "TF alone, one frame a joint",
        "Xsens, motion capture, home-made trackers; named by tf.pattern and joint_map",
        ("smpl", "xsens"),
    ),
}
