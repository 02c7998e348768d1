"""ZED bodies: zed_msgs/ObjectsStamped, as the ZED ROS 2 wrapper publishes them.

One object a body: `label_id` is its id, `body_format` says how many of the 70 slots of
`skeleton_3d.keypoints` are used and for which joints. Metres in the frame of the header (x forward,
y left, z up). A keypoint that was not found is NaN, unused slots are zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from remogen_ros.perception.completion import detection_on_smpl
from remogen_ros.perception.detections import (
    SkeletonDetection,
    first_of_each_body,
    stamp_and_lack,
)
from remogen_ros.perception.joint_mapping import shipped_joint_map

BODY_FORMATS: dict[int, tuple[str, str]] = {
    0: ("BODY_18", "coco_18"),
    # Its joints 0 to 31 are those of the Azure Kinect; 32 and 33 are heels.
    1: ("BODY_34", "azure_kinect"),
    2: ("BODY_38", "zed_38"),
}
"""Name and joint map by the number in `body_format`."""

PREDICTED_CONFIDENCE = 0.5
"""Confidence of a body that is hidden at the moment, as a part of what the tracker says."""

_OFF, _SEARCHING, _TERMINATE = 0, 2, 3
_FULL_CONFIDENCE = 100.0


def detections_from_zed_objects(msg: Any) -> tuple[list[SkeletonDetection], list[str]]:
    """The bodies in one message; objects without a skeleton are passed over.

    Args:
        msg: an ObjectsStamped, or anything with its attributes.

    Returns:
        One detection per body, in the frame of the message's header; and what was wrong with the
        message, a sentence each. Content never raises: what cannot be used is left out and said.
    """
    bodies = [
        body
        for body in msg.objects
        if body.skeleton_available and body.tracking_state != _TERMINATE
    ]
    if not bodies:
        return [], []
    stamp_ns, lack = stamp_and_lack(msg.header)
    if lack:
        return [], [f"the bodies carry {lack}, so they are left out"]
    tracked = [body for body in bodies if body.tracking_state != _OFF]
    problems = []
    if not tracked:
        problems.append(
            "no body is tracked (tracking_state is OFF), so none has an id and all are left out; "
            "if this goes on, enable tracking in the camera's body_tracking parameters"
        )
    detections = []
    for body in tracked:
        if body.body_format not in BODY_FORMATS:
            known = ", ".join(f"{n} = {name}" for n, (name, _) in BODY_FORMATS.items())
            problems.append(
                f"body {body.label_id} has the unknown body_format {body.body_format} ({known}), "
                "so it is left out"
            )
            continue
        joint_map = shipped_joint_map(BODY_FORMATS[body.body_format][1])
        count = len(joint_map.joints)
        keypoints = body.skeleton_3d.keypoints
        if len(keypoints) < count or any(len(keypoint.kp) != 3 for keypoint in keypoints[:count]):
            problems.append(
                f"body {body.label_id} has {len(keypoints)} keypoints where {count} of three "
                "numbers are needed, so it is left out"
            )
            continue
        positions = np.array([keypoint.kp for keypoint in keypoints[:count]], np.float64)
        # No joint is inside the lens.
        positions[~positions.any(axis=-1)] = np.nan
        certainty = float(body.confidence) / _FULL_CONFIDENCE
        if body.tracking_state == _SEARCHING:
            certainty *= PREDICTED_CONFIDENCE
        detections.append(
            detection_on_smpl(
                str(body.label_id),
                stamp_ns,
                msg.header.frame_id,
                joint_map,
                positions,
                np.full(count, certainty),
            )
        )
    kept, repeated = first_of_each_body(detections)
    return kept, problems + repeated
