"""One body, as a tracker saw it at one instant, on the 22 SMPL joints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remogen_ros.motion.skeleton import JOINT_COUNT
from remogen_ros.perception.transforms import apply_transform

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class SkeletonDetection:
    """Joint positions of one body.

    Attributes:
        body_id: the tracker's name for this body.
        stamp_ns: capture time, nanoseconds.
        frame_id: the frame of the positions.
        positions: (22, 3) metres, SMPL joint order; NaN where a joint was not observed.
        confidence: (22,) 0 (guessed or not observed) .. 1 (certain).
    """

    body_id: str
    stamp_ns: int
    frame_id: str
    positions: NDArray[np.float64]
    confidence: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.positions.shape != (JOINT_COUNT, 3) or self.confidence.shape != (JOINT_COUNT,):
            raise ValueError(
                "a detection needs positions (22, 3) and confidence (22,), not "
                f"{self.positions.shape} and {self.confidence.shape}"
            )

    def transformed(
        self, frame_id: str, translation: ArrayLike, quaternion: ArrayLike
    ) -> SkeletonDetection:
        """The same body in the frame `frame_id`.

        Args:
            frame_id: the target frame.
            translation: (3,) origin of this detection's frame in the target frame, metres.
            quaternion: (4,) xyzw, orientation of this detection's frame in the target frame.

        Raises:
            ValueError: a quaternion that is zero or not finite.
        """
        return replace(
            self,
            frame_id=frame_id,
            positions=apply_transform(self.positions, translation, quaternion),
        )


def stamp_and_lack(header: Any) -> tuple[int, str]:
    """When a std_msgs/Header says that it was, and what it lacks to be of use.

    Returns:
        Nanoseconds; "no frame_id", "no time stamp", or nothing.
    """
    stamp_ns = header.stamp.sec * NANOSECONDS + header.stamp.nanosec
    if not header.frame_id:
        return stamp_ns, "no frame_id"
    return stamp_ns, "" if stamp_ns > 0 else "no time stamp"


def first_of_each_body(
    detections: Iterable[SkeletonDetection],
) -> tuple[list[SkeletonDetection], list[str]]:
    """Bodies of one message without repeated ids; and a sentence about those left out."""
    kept: dict[str, SkeletonDetection] = {}
    repeated: list[str] = []
    for detection in detections:
        if kept.setdefault(detection.body_id, detection) is not detection:
            repeated.append(detection.body_id)
    if not repeated:
        return list(kept.values()), []
    names = ", ".join(map(repr, sorted(set(repeated))))
    return list(kept.values()), [
        f"body ids come twice in one message ({names}), so {len(repeated)} bodies are left out"
    ]
