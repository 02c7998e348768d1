"""What is recorded of a run: everything that `./remogen play` can give to a node anew, and what
came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from remogen_ros.errors import UserError
from remogen_ros.nodes.topics import (
    AZURE_KINECT,
    BASE_POSE,
    CLOUD,
    CONTROLLER_TRAJECTORY,
    DIAGNOSTICS,
    FRAMES,
    GOAL,
    INTENT,
    JOINT_COMMAND,
    JOINT_STATES,
    JOINT_TARGETS,
    MAP,
    MARKERS,
    MEASURED_JOINTS,
    NATIVE,
    OCCUPANCY,
    REACTION,
    ROBOT_DESCRIPTION,
    ROOT_POSE,
    ROOT_TRAJECTORY,
    ROS4HRI,
    STATIC_FRAMES,
    TRAJECTORY,
    ZED,
    topic_problem,
)
from remogen_ros.perception.trackers import TrackerName

OUTPUTS = (
    *(REACTION, JOINT_STATES, JOINT_COMMAND, JOINT_TARGETS, ROOT_POSE, BASE_POSE),
    *(TRAJECTORY, CONTROLLER_TRAJECTORY, ROOT_TRAJECTORY, DIAGNOSTICS),
    *(MARKERS, OCCUPANCY, ROBOT_DESCRIPTION),
)
"""What the nodes publish, besides TF, and what RViz shows of it. Of who measures them,
`joint_states` are an input."""

_TRACKERS = {"azure_kinect": AZURE_KINECT, "native": NATIVE, "zed": ZED, "ros4hri": ROS4HRI}
"""Topic by tracker; that of the tracker tf is TF itself."""

_WITH_TOPIC = ("azure_kinect", "native", "zed")
"""Trackers whose topic may have another name."""


@dataclass(frozen=True)
class RecordingConfig:
    """What is recorded, and for how long.

    Attributes:
        out: folder of the new bag.
        tracker: whose skeletons are recorded; any: those of all.
        tracker_topic: its topic, if that is not the usual one.
        points: record the point clouds, which are most of a bag.
        start_topic: topic of the robot's measured joints, an input; one to which a node
            reaction listens meanwhile is recorded without being named.
        outputs: record what the nodes publish, too: reaction, joint states, trajectories, root
            pose, diagnostics, and what RViz shows of them.
        also: further topics.
        duration: seconds after the first message until the bag is finished; 0: until Ctrl-C.
        patience_s: give up, if nothing at all has come for so many seconds since the start; 0:
            never.
    """

    out: Path
    tracker: TrackerName = "any"
    tracker_topic: str = ""
    points: bool = True
    start_topic: str = ""
    outputs: bool = True
    also: tuple[str, ...] = ()
    duration: float = 0.0
    patience_s: float = 30.0

    def __post_init__(self) -> None:
        for name in ("duration", "patience_s"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise UserError(f"{name} is {value}; it must be 0 or greater.")
        named = ("tracker_topic", self.tracker_topic), ("start_topic", self.start_topic)
        for name, topic in (*named, *(("also", topic) for topic in self.also)):
            if topic and (problem := topic_problem(topic)):
                raise UserError(f"{name} is '{topic}', but {problem}.")
        known = ("any", "tf", *_TRACKERS)
        if self.tracker not in known:
            raise UserError(f"tracker is '{self.tracker}'; it must be one of {', '.join(known)}.")
        if self.tracker_topic and self.tracker not in _WITH_TOPIC:
            raise UserError(
                f"tracker_topic is '{self.tracker_topic}', but tracker is '{self.tracker}': choose "
                f"the one tracker whose topic it is ({', '.join(_WITH_TOPIC)})."
            )

    def skeletons(self) -> tuple[str, ...]:
        """Topics of the tracker, or of every tracker; none for the tracker tf."""
        if self.tracker_topic:
            return (self.tracker_topic,)
        return tuple(topic for name, topic in _TRACKERS.items() if self.tracker in ("any", name))

    def inputs(self) -> tuple[str, ...]:
        """What a node could react to, TF with it."""
        clouds = (CLOUD,) if self.points else ()
        joints = (MEASURED_JOINTS, *((self.start_topic,) if self.start_topic else ()))
        told = (MAP, GOAL, INTENT, *joints, FRAMES, STATIC_FRAMES)
        return (*self.skeletons(), *clouds, *told, *self.also)

    def topics(self) -> tuple[str, ...]:
        """Everything that is recorded where somebody publishes it."""
        return (*self.inputs(), *(OUTPUTS if self.outputs else ()))
