"""Messages of packages that not every machine has, so that bags of them can be read and written.

The fields are those of zed_msgs 5.3.0 and hri_msgs 2.0.0.
"""

from __future__ import annotations

from rosbags.typesys import get_types_from_msg
from rosbags.typesys.store import Typestore

ZED_SLOTS = 70
"""Keypoints of every ZED body, whatever its format: what is not used is zero."""

_DEFINITIONS = {
    "zed_msgs/msg/Keypoint2Df": "float32[2] kp",
    "zed_msgs/msg/Keypoint2Di": "uint32[2] kp",
    "zed_msgs/msg/Keypoint3D": "float32[3] kp",
    "zed_msgs/msg/BoundingBox2Df": "zed_msgs/Keypoint2Df[4] corners",
    "zed_msgs/msg/BoundingBox2Di": "zed_msgs/Keypoint2Di[4] corners",
    "zed_msgs/msg/BoundingBox3D": "zed_msgs/Keypoint3D[8] corners",
    "zed_msgs/msg/Skeleton2D": f"zed_msgs/Keypoint2Df[{ZED_SLOTS}] keypoints",
    "zed_msgs/msg/Skeleton3D": f"zed_msgs/Keypoint3D[{ZED_SLOTS}] keypoints",
    "zed_msgs/msg/Object": """
        string label
        int16 label_id
        string sublabel
        float32 confidence
        float32[3] position
        float32[6] position_covariance
        float32[3] velocity
        bool tracking_available
        int8 tracking_state
        int8 action_state
        zed_msgs/BoundingBox2Di bounding_box_2d
        zed_msgs/BoundingBox3D bounding_box_3d
        float32[3] dimensions_3d
        bool skeleton_available
        int8 body_format
        zed_msgs/BoundingBox2Df head_bounding_box_2d
        zed_msgs/BoundingBox3D head_bounding_box_3d
        float32[3] head_position
        zed_msgs/Skeleton2D skeleton_2d
        zed_msgs/Skeleton3D skeleton_3d
    """,
    "zed_msgs/msg/ObjectsStamped": "std_msgs/Header header\nzed_msgs/Object[] objects",
    "hri_msgs/msg/IdsList": "std_msgs/Header header\nstring[] ids",
}


def register_optional_types(types: Typestore) -> None:
    """Make the messages known to a type store that knows the standard ones."""
    for name, definition in _DEFINITIONS.items():
        types.register(get_types_from_msg(definition, name))
