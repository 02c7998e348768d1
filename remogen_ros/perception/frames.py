"""Bodies as TF frames, one frame a joint: Xsens, motion capture, home-made trackers, ROS4HRI."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, Field, field_validator

from remogen_ros.errors import UserError
from remogen_ros.perception.completion import detection_on_smpl
from remogen_ros.perception.detections import SkeletonDetection
from remogen_ros.perception.joint_mapping import JointMap

JOINT, BODY = "{joint}", "{body}"
USUAL_PATTERN = "{joint}_{body}"

ONLY_BODY = "body"
"""Id of the one body whose frames do not say whose they are."""

SAME_TIME_NS = 100_000_000
"""Frames whose newest stamps lie within this time are of one moment; older ones are lost."""

_DISCOVERED_SHARE = 1 / 3
"""A body is one that has at least this share of the joints' frames; others have similar names."""


class FramesConfig(BaseModel):
    """How the frames of people are named on TF, for the tracker "tf"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str = Field(
        "",
        description="Name of a frame, with {joint} and, if there are several people, {body} in it; "
        "empty for that of the joint map, or {joint}_{body}",
    )
    bodies: str = Field(
        "",
        description="Names of the bodies, separated by commas; empty to take all whose frames "
        "appear",
    )
    rate: float = Field(
        30.0,
        ge=1.0,
        le=200.0,
        allow_inf_nan=False,
        description="How often new transforms are looked for, Hz",
    )

    @field_validator("pattern")
    @classmethod
    def _names_joints(cls, pattern: str) -> str:
        rest = pattern.replace(JOINT, "", 1).replace(BODY, "", 1)
        if pattern and (JOINT not in pattern or {"{", "}"} & set(rest)):
            raise UserError(
                f"tf.pattern is '{pattern}': it needs {JOINT} once, may have {BODY} once, and "
                f"no other braces, such as '{USUAL_PATTERN}'"
            )
        return pattern

    @property
    def body_names(self) -> list[str]:
        """The listed bodies."""
        names = (name.strip() for name in self.bodies.split(","))
        return list(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True)
class FrameNaming:
    """Which frame is which joint of which body.

    Attributes:
        pattern: with {joint} and perhaps {body} in it.
        joint_map: whose joints there are frames of.
    """

    pattern: str
    joint_map: JointMap

    def frame(self, joint: str, body: str) -> str:
        """Name of the frame of one joint."""
        return self.pattern.replace(JOINT, joint).replace(BODY, body)

    def frames(self, body: str) -> list[str]:
        """Names of a body's frames, in the order of the joints."""
        return [self.frame(joint, body) for joint in self.joint_map.joints]

    def bodies_among(self, frames: Iterable[str]) -> list[str]:
        """Names of the bodies that have enough frames among these, sorted."""
        counts: dict[str, int] = {}
        for frame in set(frames):
            match = self._expression.fullmatch(frame)
            if match:
                body = match.groupdict().get("body") or ONLY_BODY
                counts[body] = counts.get(body, 0) + 1
        enough = _DISCOVERED_SHARE * len(self.joint_map.joints)
        return sorted(body for body, count in counts.items() if count >= enough)

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        joints = sorted(map(re.escape, self.joint_map.joints), key=len, reverse=True)
        expression = re.escape(self.pattern)
        expression = expression.replace(re.escape(JOINT), f"(?:{'|'.join(joints)})")
        return re.compile(expression.replace(re.escape(BODY), "(?P<body>.+)"))


def frame_naming(pattern: str, joint_map: JointMap) -> FrameNaming:
    """The naming by a pattern; if that is empty, by the joint map's own or the usual one."""
    return FrameNaming(pattern or joint_map.frames or USUAL_PATTERN, joint_map)


def common_stamp(newest: Mapping[str, int]) -> int | None:
    """The time at which a body is seen best: the newest that no frame still tracked lags behind.

    Args:
        newest: stamp of the newest transform by frame, nanoseconds; 0 for one that never moves.
    """
    moving = [stamp for stamp in newest.values() if stamp > 0]
    if not moving:
        return None
    return min(stamp for stamp in moving if stamp >= max(moving) - SAME_TIME_NS)


def detection_from_frames(
    body: str,
    stamp_ns: int,
    frame_id: str,
    places: Mapping[str, ArrayLike],
    naming: FrameNaming,
) -> SkeletonDetection:
    """One body from the origins of its frames.

    Args:
        body: its name.
        stamp_ns: the time of the lookup, nanoseconds.
        frame_id: the frame of the places.
        places: (3,) metres by frame name; whatever is not there was not observed.
        naming: of the frames.
    """
    nowhere = np.full(3, np.nan)
    positions = np.array([places.get(frame, nowhere) for frame in naming.frames(body)], np.float64)
    certain = np.ones(len(positions))
    return detection_on_smpl(body, stamp_ns, frame_id, naming.joint_map, positions, certain)
