"""Which topics of skeletons a node listens to, and whether their messages are installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

from visualization_msgs.msg import MarkerArray

from remogen_msgs.msg import SkeletonArray
from remogen_ros.embodiment.urdf import avatar_urdf
from remogen_ros.errors import UserError
from remogen_ros.nodes.parameters import ReactionConfig
from remogen_ros.nodes.topics import AZURE_KINECT, NATIVE, ZED
from remogen_ros.perception.azure_kinect import detections_from_marker_array
from remogen_ros.perception.detections import SkeletonDetection
from remogen_ros.perception.frames import BODY, ONLY_BODY, FrameNaming, frame_naming
from remogen_ros.perception.joint_mapping import named_joint_map, shipped_joint_map
from remogen_ros.perception.native import detections_from_skeleton_array
from remogen_ros.perception.zed import detections_from_zed_objects

Detect = Callable[[Any], tuple[list[SkeletonDetection], list[str]]]

_OPTIONAL = {"zed": ("zed_msgs", "ObjectsStamped"), "ros4hri": ("hri_msgs", "IdsList")}
"""Package and type of the messages that not every machine has, by tracker."""

_WITH_TOPIC = ("azure_kinect", "native", "zed")
"""Trackers that publish bodies on a topic of their own."""


@dataclass(frozen=True)
class SkeletonTopic:
    """A topic whose messages are bodies.

    Attributes:
        topic: its name.
        message_type: its type.
        detect: what makes detections, and sentences about what was wrong, of a message.
    """

    topic: str
    message_type: type
    detect: Detect


def skeleton_topics(config: ReactionConfig) -> list[SkeletonTopic]:
    """Every topic of skeletons to subscribe to, by the parameter `tracker`."""
    joint_map = named_joint_map(config.joint_map) if config.joint_map else None
    native = partial(detections_from_skeleton_array, joint_map=joint_map)
    zed = message_type("zed")
    offered = {
        "azure_kinect": SkeletonTopic(AZURE_KINECT, MarkerArray, detections_from_marker_array),
        "native": SkeletonTopic(NATIVE, SkeletonArray, native),
    }
    if zed is not None:
        offered["zed"] = SkeletonTopic(ZED, zed, detections_from_zed_objects)
    chosen = [topic for name, topic in offered.items() if config.tracker in ("any", name)]
    if config.tracker_topic:
        return [replace(topic, topic=config.tracker_topic) for topic in chosen]
    return chosen


def ids_type(config: ReactionConfig) -> type | None:
    """Type of the topic that says which ROS4HRI bodies there are; None if nobody asks for it."""
    return message_type("ros4hri") if config.tracker in ("any", "ros4hri") else None


def message_type(tracker: str) -> type | None:
    """The message of a tracker whose package may not be there; None if it is not."""
    package, name = _OPTIONAL[tracker]
    try:
        found: type = getattr(import_module(f"{package}.msg"), name)
    except ImportError:
        return None
    return found


def ros4hri_naming() -> FrameNaming:
    """The frames of ROS4HRI bodies."""
    return frame_naming("", shipped_joint_map("ros4hri"))


def frames_naming(config: ReactionConfig) -> FrameNaming:
    """The frames of people for the tracker tf."""
    return frame_naming(config.tf.pattern, named_joint_map(config.joint_map or "smpl"))


def own_frames(config: ReactionConfig, links: Sequence[str]) -> set[str]:
    """Frames of the ego's own body, which are nobody's to react to.

    With those of its hinges: `left_knee_y_link` could well be a left knee of one "y_link", and
    `left_hip_pitch_link` of a robot a left hip of one "pitch_link".

    Args:
        config: of the node.
        links: of the body that follows the ego; see `Embodiment`.
    """
    avatar = ElementTree.fromstring(avatar_urdf(link_names=config.link_names)).iter("link")
    names = {link.get("name", "") for link in avatar} | set(links)
    return {config.frame_prefix + name for name in names}


def frames_of_nobody(config: ReactionConfig, links: Sequence[str]) -> set[str]:
    """Frames that are left out where people are looked for: the ego's own.

    A robot's bring-up need not know the node's prefix, so its links are left out without it, too;
    but not where frames do not say whose they are, for then a person's may have these names.
    """
    named = set(links) if BODY in frames_naming(config).pattern else set()
    return own_frames(config, links) | named


def require_tracker(config: ReactionConfig, links: Sequence[str] = ()) -> None:
    """Refuse what a tracker cannot work with.

    Args:
        config: of the node.
        links: of the body that follows the ego; see `Embodiment`.

    Raises:
        UserError: its messages are not installed, it has no topic to be told, its joint map is
            none, or its frames are those of the ego.
    """
    if config.tracker in _OPTIONAL and message_type(config.tracker) is None:
        package = _OPTIONAL[config.tracker][0]
        raise UserError(
            f"Parameter 'tracker' is '{config.tracker}', but its messages are not installed: "
            f"install {package} (apt install ros-$ROS_DISTRO-{package.replace('_', '-')}), or "
            "build it in a workspace that is sourced before this one."
        )
    if config.tracker_topic and config.tracker not in _WITH_TOPIC:
        raise UserError(
            f"Parameter 'tracker_topic' is '{config.tracker_topic}', but 'tracker' is "
            f"'{config.tracker}': choose the one tracker whose topic it is "
            f"({', '.join(_WITH_TOPIC)})."
        )
    if config.joint_map:
        named_joint_map(config.joint_map)
    if config.tracker != "tf":
        return
    naming = frames_naming(config)
    bodies = config.tf.body_names or [ONLY_BODY]
    wanted = {frame for body in bodies for frame in naming.frames(body)}
    if common := wanted & own_frames(config, links):
        raise UserError(
            f"Parameter 'tf.pattern' is '{naming.pattern}', which makes {min(common)!r} a frame of "
            "a tracked body, but that is a frame of the ego: give the ego a frame_prefix, or the "
            "people other names."
        )
