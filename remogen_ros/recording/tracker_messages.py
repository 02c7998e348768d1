"""Bodies as messages of trackers other than the Azure Kinect, in `rosbags`' own message classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.typesys.store import Typestore

from remogen_ros.recording.messages import MessageFactory
from remogen_ros.recording.optional_types import ZED_SLOTS

_STANDING_STILL = np.array((0.0, 0.0, 0.0, 1.0))


class TrackerMessageFactory:
    """Builds messages of the types in a type store."""

    def __init__(self, types: Typestore) -> None:
        self._types = types.types
        self._make_ros = MessageFactory(types)

    def _make(self, type_name: str, /, **fields: Any) -> Any:
        return self._types[type_name](**fields)

    def skeletons(
        self,
        stamp_ns: int,
        frame_id: str,
        bodies: Mapping[str, NDArray[np.floating]],
        joint_names: Sequence[str],
    ) -> Any:
        """remogen_msgs/SkeletonArray.

        Args:
            stamp_ns: capture time.
            frame_id: of the positions.
            bodies: by id, (S, 3) metres; joints that are not finite are left out.
            joint_names: the S names.
        """
        return self._make(
            "remogen_msgs/msg/SkeletonArray",
            header=self._make_ros.header(stamp_ns, frame_id),
            skeletons=[self._skeleton(name, j, joint_names) for name, j in bodies.items()],
        )

    def _skeleton(
        self, body_id: str, joints: NDArray[np.floating], joint_names: Sequence[str]
    ) -> Any:
        seen = np.isfinite(joints).all(axis=-1)
        points = [
            self._make("geometry_msgs/msg/Point", x=float(x), y=float(y), z=float(z))
            for x, y, z in joints[seen]
        ]
        return self._make(
            "remogen_msgs/msg/Skeleton",
            body_id=body_id,
            joint_names=[name for name, there in zip(joint_names, seen, strict=True) if there],
            positions=points,
            orientations=[],
            confidences=np.zeros(0, np.float32),
        )

    def zed_objects(self, stamp_ns: int, frame_id: str, objects: Iterable[Any]) -> Any:
        """zed_msgs/ObjectsStamped of what `zed_body` made."""
        return self._make(
            "zed_msgs/msg/ObjectsStamped",
            header=self._make_ros.header(stamp_ns, frame_id),
            objects=list(objects),
        )

    def zed_body(
        self,
        keypoints: NDArray[np.floating],
        body_format: int,
        label_id: int = 0,
        *,
        confidence: float = 80.0,
        tracking_state: int = 1,
        skeleton_available: bool = True,
    ) -> Any:
        """zed_msgs/Object.

        Args:
            keypoints: (J, 3) metres; the others of the 70 slots are zero, as the wrapper leaves
                them.
            body_format: 0, 1 or 2.
            label_id: the body's id.
            confidence: 1 .. 99.
            tracking_state: 0 OFF, 1 OK, 2 SEARCHING, 3 TERMINATE.
            skeleton_available: whether the object is a body at all.
        """
        slots = np.zeros((ZED_SLOTS, 3), np.float32)
        slots[: len(keypoints)] = keypoints
        flat = self._make("zed_msgs/msg/Keypoint2Df", kp=np.zeros(2, np.float32))
        return self._make(
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
            bounding_box_2d=self._box("BoundingBox2Di", "Keypoint2Di", 4, np.zeros(2, np.uint32)),
            bounding_box_3d=self._box("BoundingBox3D", "Keypoint3D", 8, np.zeros(3, np.float32)),
            dimensions_3d=np.zeros(3, np.float32),
            skeleton_available=skeleton_available,
            body_format=body_format,
            head_bounding_box_2d=self._box(
                "BoundingBox2Df", "Keypoint2Df", 4, np.zeros(2, np.float32)
            ),
            head_bounding_box_3d=self._box(
                "BoundingBox3D", "Keypoint3D", 8, np.zeros(3, np.float32)
            ),
            head_position=np.zeros(3, np.float32),
            skeleton_2d=self._make("zed_msgs/msg/Skeleton2D", keypoints=[flat] * ZED_SLOTS),
            skeleton_3d=self._make(
                "zed_msgs/msg/Skeleton3D",
                keypoints=[self._make("zed_msgs/msg/Keypoint3D", kp=slot) for slot in slots],
            ),
        )

    def _box(self, name: str, corner: str, count: int, at: NDArray[Any]) -> Any:
        corners = [self._make(f"zed_msgs/msg/{corner}", kp=at)] * count
        return self._make(f"zed_msgs/msg/{name}", corners=corners)

    def ids(self, stamp_ns: int, ids: Sequence[str]) -> Any:
        """hri_msgs/IdsList."""
        return self._make(
            "hri_msgs/msg/IdsList", header=self._make_ros.header(stamp_ns, ""), ids=list(ids)
        )

    def frames(self, stamp_ns: int, parent: str, places: Mapping[str, NDArray[np.floating]]) -> Any:
        """tf2_msgs/TFMessage of frames (3,) metres from `parent`, by name, turned as it is."""
        return self._make_ros.transforms(
            [
                self._make_ros.transform(stamp_ns, parent, child, place, _STANDING_STILL)
                for child, place in places.items()
                if np.isfinite(place).all()
            ]
        )
