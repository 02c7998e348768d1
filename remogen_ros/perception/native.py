"""Bodies in this project's own form: remogen_msgs/SkeletonArray."""

from __future__ import annotations

from typing import Any

import numpy as np

from remogen_ros.perception.detections import NANOSECONDS, SkeletonDetection
from remogen_ros.perception.joint_mapping import IDENTITY, JointMap


def detections_from_skeleton_array(
    msg: Any, joint_map: JointMap = IDENTITY
) -> tuple[list[SkeletonDetection], list[str]]:
    """The bodies in one message.

    Args:
        msg: a SkeletonArray, or anything with its attributes.
        joint_map: how the tracker's joint names give the SMPL joints; by default they are the same.

    Returns:
        One detection per body, in the frame of the message's header; and what was wrong with the
        message, a sentence each. Content never raises: what cannot be used is left out and said.
    """
    stamp_ns = msg.header.stamp.sec * NANOSECONDS + msg.header.stamp.nanosec
    if not msg.skeletons:
        return [], []
    if not msg.header.frame_id or stamp_ns == 0:
        missing = "no time stamp" if msg.header.frame_id else "no frame_id"
        return [], [f"the skeletons carry {missing}, so they are left out"]
    detections = []
    problems = []
    for skeleton in msg.skeletons:
        names, points = skeleton.joint_names, skeleton.positions
        confidences = skeleton.confidences
        if len(names) != len(points) or len(confidences) not in (0, len(points)):
            problems.append(
                f"body {skeleton.body_id!r} has {len(names)} joint names, {len(points)} positions "
                f"and {len(confidences)} confidences, so it is left out"
            )
            continue
        positions = np.full((len(joint_map.joints), 3), np.nan)
        confidence = np.ones(len(joint_map.joints))
        unknown = []
        for place, name in enumerate(names):
            joint = joint_map.index.get(name)
            if joint is None:
                unknown.append(name)
                continue
            positions[joint] = (points[place].x, points[place].y, points[place].z)
            if len(confidences):
                confidence[joint] = confidences[place]
        if unknown:
            problems.append(
                f"body {skeleton.body_id!r} has joints of unknown name ({', '.join(unknown)}), so "
                "they are left out"
            )
        mapped, least = joint_map.apply(positions, confidence)
        detections.append(
            SkeletonDetection(skeleton.body_id, stamp_ns, msg.header.frame_id, mapped, least)
        )
    return detections, problems
