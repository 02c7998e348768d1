"""Azure Kinect and Femto bodies: visualization_msgs/MarkerArray, one sphere a joint.

As the Azure Kinect ROS driver publishes them: marker id = body * 100 + joint (32 joints), one
header per marker, metres in the depth camera's optical frame (x right, y down, z forward), no
confidence. A body that is not seen is simply absent.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from remogen_ros.perception.completion import detection_on_smpl
from remogen_ros.perception.detections import SkeletonDetection, stamp_and_lack
from remogen_ros.perception.joint_mapping import shipped_joint_map

IDS_PER_BODY = 100
_DELETE, _DELETE_ALL = 2, 3
_NAMED_IDS = 5
"""How many unknown ids a problem sentence names before it only counts."""


def detections_from_marker_array(msg: Any) -> tuple[list[SkeletonDetection], list[str]]:
    """The bodies in one message.

    Args:
        msg: a MarkerArray, or anything with its attributes.

    Returns:
        One detection per body, in the frame of its markers, by ascending body number; and what
        was wrong with the message, a sentence each. Content never raises: what cannot be used is
        left out and said.
    """
    joint_map = shipped_joint_map("azure_kinect")
    bodies: dict[int, list[Any]] = defaultdict(list)
    unknown: list[int] = []
    for marker in msg.markers:
        if marker.action in (_DELETE, _DELETE_ALL):
            continue
        if marker.id < 0 or marker.id % IDS_PER_BODY >= len(joint_map.joints):
            unknown.append(marker.id)
        else:
            bodies[marker.id // IDS_PER_BODY].append(marker)
    problems = [_unknown_ids(unknown, len(joint_map.joints))] if unknown else []
    detections = []
    for body, markers in sorted(bodies.items()):
        header = markers[0].header
        stamp_ns, lack = stamp_and_lack(header)
        if lack:
            problems.append(f"the markers of body {body} carry {lack}, so it is left out")
            continue
        positions = np.full((len(joint_map.joints), 3), np.nan)
        strangers = 0
        for marker in markers:
            if marker.header.frame_id != header.frame_id:
                strangers += 1
                continue
            point = marker.pose.position
            positions[marker.id % IDS_PER_BODY] = (point.x, point.y, point.z)
        if strangers:
            problems.append(
                f"{strangers} markers of body {body} are in another frame than its first "
                f"({header.frame_id}), so they are left out"
            )
        certain = np.ones(len(positions))
        detections.append(
            detection_on_smpl(str(body), stamp_ns, header.frame_id, joint_map, positions, certain)
        )
    return detections, problems


def _unknown_ids(ids: list[int], joint_count: int) -> str:
    named = ", ".join(str(i) for i in sorted(set(ids))[:_NAMED_IDS])
    more = " ..." if len(set(ids)) > _NAMED_IDS else ""
    return (
        f"marker ids {named}{more} name no joint (an id is body * {IDS_PER_BODY} + joint, joints "
        f"0 to {joint_count - 1}), so {len(ids)} markers are left out"
    )
