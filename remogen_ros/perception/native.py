"""Bodies in this project's own form: remogen_msgs/SkeletonArray."""

from __future__ import annotations

from typing import Any

import numpy as np

from remogen_ros.perception.completion import detection_on_smpl
from remogen_ros.perception.detections import (
    SkeletonDetection,
    first_of_each_body,
    stamp_and_lack,
)
from remogen_ros.perception.joint_mapping import JointMap, plain_name
from remogen_ros.perception.joint_sets import RECOGNISED, recognised_joint_map

_NAMED_JOINTS = 5
"""How many unknown joint names a problem sentence tells before it only counts."""


def detections_from_skeleton_array(
    msg: Any, joint_map: JointMap | None = None
) -> tuple[list[SkeletonDetection], list[str]]:
    """The bodies in one message.

    Args:
        msg: a SkeletonArray, or anything with its attributes.
        joint_map: how the tracker's joints give the SMPL joints; joints without names are then in
            the order of the map. By default each body's names are recognised (`joint_sets`).

    Returns:
        One detection per body, in the frame of the message's header; and what was wrong with the
        message, a sentence each. Content never raises: what cannot be used is left out and said.
    """
    if not msg.skeletons:
        return [], []
    stamp_ns, lack = stamp_and_lack(msg.header)
    if lack:
        return [], [f"the skeletons carry {lack}, so they are left out"]
    detections = []
    problems = []
    for skeleton in msg.skeletons:
        detection, body_problems = _detection(skeleton, stamp_ns, msg.header.frame_id, joint_map)
        problems += [f"body {skeleton.body_id!r} {problem}" for problem in body_problems]
        if detection is not None:
            detections.append(detection)
    kept, repeated = first_of_each_body(detections)
    return kept, problems + repeated


def _detection(
    skeleton: Any, stamp_ns: int, frame_id: str, joint_map: JointMap | None
) -> tuple[SkeletonDetection | None, list[str]]:
    """One body, and what is wrong with it as the end of a sentence each."""
    names, points = tuple(skeleton.joint_names), skeleton.positions
    confidences = skeleton.confidences
    if not names and joint_map is not None and len(points) == len(joint_map.joints):
        names = joint_map.joints
    if len(names) != len(points) or len(confidences) not in (0, len(points)):
        return None, [
            f"has {len(names)} joint names, {len(points)} positions and {len(confidences)} "
            "confidences, so it is left out"
        ]
    joint_map = joint_map or recognised_joint_map(names)
    if joint_map is None:
        return None, [
            f"has no joint whose name is known ({', '.join(RECOGNISED)}), so it is left out; tell "
            "its joints by the parameter joint_map"
        ]
    positions = np.full((len(joint_map.joints), 3), np.nan)
    confidence = np.ones(len(joint_map.joints))
    unknown = []
    for place, name in enumerate(names):
        joint = joint_map.index.get(plain_name(name))
        if joint is None:
            unknown.append(name)
            continue
        positions[joint] = (points[place].x, points[place].y, points[place].z)
        if len(confidences):
            confidence[joint] = confidences[place]
    problems = []
    if unknown:
        more = " ..." if len(unknown) > _NAMED_JOINTS else ""
        problems.append(
            f"has joints of unknown name ({', '.join(unknown[:_NAMED_JOINTS])}{more}), so "
            "they are left out"
        )
    return (
        detection_on_smpl(skeleton.body_id, stamp_ns, frame_id, joint_map, positions, confidence),
        problems,
    )
