"""What of a recorded run went into it, and what the run itself published."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml
from rosbags.highlevel import AnyReader

from remogen_ros.errors import UserError

INPUTS_NOTE = "remogen_inputs"
"""Where a bag says, separated by commas, which of its topics are inputs."""

TF_TYPE = "tf2_msgs/msg/TFMessage"
_ROOT_TYPE = "trajectory_msgs/msg/MultiDOFJointTrajectory"


def noted_inputs(bag: Path) -> set[str]:
    """The topics that went into a recorded run.

    Raises:
        UserError: the bag does not say which.
    """
    path = bag / "metadata.yaml"
    try:
        information = yaml.safe_load(path.read_text("utf8"))["rosbag2_bagfile_information"]
        return set(information["custom_data"][INPUTS_NOTE].split(","))
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        raise UserError(
            f"The bag {bag} does not say what are its inputs: only bags of './remogen record' and "
            "of './remogen demo --record' do."
        ) from None


def ego_frames(bag: AnyReader) -> set[str]:
    """Frames of the recorded ego: its root, as its root trajectory names it, and all below."""
    frames: set[str] = set()
    for trajectory in _messages(bag, _ROOT_TYPE):
        frames.update(trajectory.joint_names)
    children: dict[str, set[str]] = {}
    for message in _messages(bag, TF_TYPE):
        for each in message.transforms:
            children.setdefault(each.header.frame_id, set()).add(each.child_frame_id)
    waiting = list(frames)
    while waiting:
        new = children.get(waiting.pop(), set()) - frames
        frames |= new
        waiting += new
    return frames


def is_of(frames: Collection[str], message: Any) -> bool:
    """Whether every transform of a tf2_msgs/TFMessage leads to one of these frames."""
    return all(transform.child_frame_id in frames for transform in message.transforms)


def _messages(bag: AnyReader, type_name: str) -> Iterator[Any]:
    connections = [c for c in bag.connections if c.msgtype == type_name]
    # Of no connection, rosbags gives the messages of all.
    for connection, _, cdr in bag.messages(connections) if connections else ():
        yield bag.deserialize(cdr, connection.msgtype)
