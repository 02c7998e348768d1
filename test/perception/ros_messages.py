"""Messages of packages that are not installed here, of exactly their definitions.

The fields are those of zed_msgs 5.3.0 and hri_msgs 2.0.0; `rosbags` makes the classes, and every
message is written out and read back once, as it would be from a bag.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

ZED_SLOTS = 70

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


@cache
def types() -> Typestore:
    """The standard messages, and those above."""
    store = get_typestore(Stores.ROS2_JAZZY)
    for name, definition in _DEFINITIONS.items():
        store.register(get_types_from_msg(definition, name))
    return store


def made(name: str, **fields: Any) -> Any:
    """A message of a package type such as "zed_msgs/msg/Object"."""
    return types().types[name](**fields)


def read_back(message: Any) -> Any:
    """The message after it was serialised and read."""
    name = message.__msgtype__
    return types().deserialize_cdr(types().serialize_cdr(message, name), name)


def header(frame_id: str = "zed_left_camera_frame", sec: int = 12, nanosec: int = 500) -> Any:
    """A std_msgs/Header."""
    stamp = made("builtin_interfaces/msg/Time", sec=sec, nanosec=nanosec)
    return made("std_msgs/msg/Header", stamp=stamp, frame_id=frame_id)


def zed_body(
    keypoints: NDArray[np.floating],
    body_format: int,
    label_id: int = 0,
    *,
    confidence: float = 80.0,
    tracking_state: int = 1,
    skeleton_available: bool = True,
) -> Any:
    """A zed_msgs/Object.

    Args:
        keypoints: (J, 3) metres; the other of the 70 slots are zero, as the wrapper leaves them.
        body_format: 0, 1 or 2.
        label_id: the body's id.
        confidence: 1 .. 99.
        tracking_state: 0 OFF, 1 OK, 2 SEARCHING, 3 TERMINATE.
        skeleton_available: whether the object is a body at all.
    """
    slots = np.zeros((ZED_SLOTS, 3), np.float32)
    slots[: len(keypoints)] = keypoints
    return made(
        "zed_msgs/msg/Object",
        label=f"Body_{label_id}",
        label_id=label_id,
        sublabel="",
        confidence=confidence,
        position=np.zeros(3, np.float32),
        position_covariance=np.zeros(6, np.float32),
        velocity=np.zeros(3, np.float32),
        tracking_available=True,
        tracking_state=tracking_state,
        action_state=0,
        bounding_box_2d=_box("BoundingBox2Di", "Keypoint2Di", 4, np.zeros(2, np.uint32)),
        bounding_box_3d=_box("BoundingBox3D", "Keypoint3D", 8, np.zeros(3, np.float32)),
        dimensions_3d=np.zeros(3, np.float32),
        skeleton_available=skeleton_available,
        body_format=body_format,
        head_bounding_box_2d=_box("BoundingBox2Df", "Keypoint2Df", 4, np.zeros(2, np.float32)),
        head_bounding_box_3d=_box("BoundingBox3D", "Keypoint3D", 8, np.zeros(3, np.float32)),
        head_position=np.zeros(3, np.float32),
        skeleton_2d=made(
            "zed_msgs/msg/Skeleton2D",
            keypoints=[made("zed_msgs/msg/Keypoint2Df", kp=np.zeros(2, np.float32))] * ZED_SLOTS,
        ),
        skeleton_3d=made(
            "zed_msgs/msg/Skeleton3D",
            keypoints=[made("zed_msgs/msg/Keypoint3D", kp=slot) for slot in slots],
        ),
    )


def zed_objects(*objects: Any, **header_fields: Any) -> Any:
    """A zed_msgs/ObjectsStamped, read back."""
    return read_back(
        made("zed_msgs/msg/ObjectsStamped", header=header(**header_fields), objects=list(objects))
    )


def ids_list(ids: Sequence[str]) -> Any:
    """An hri_msgs/IdsList, read back."""
    return read_back(made("hri_msgs/msg/IdsList", header=header(), ids=list(ids)))


def _box(name: str, corner: str, count: int, at: NDArray[Any]) -> Any:
    corners = [made(f"zed_msgs/msg/{corner}", kp=at)] * count
    return made(f"zed_msgs/msg/{name}", corners=corners)
