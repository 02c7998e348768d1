"""The messages of the demonstration recording, in `rosbags`' own message classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.typesys.store import Typestore

from remogen_ros.perception.azure_kinect import IDS_PER_BODY
from remogen_ros.perception.detections import NANOSECONDS

_SPHERE, _ADD = 2, 0
_FLOAT32 = 7
_MARKER_LIFETIME_NS = 250_000_000
_MARKER_DIAMETER = 0.05
_COLOURS = ((0.1, 0.6, 1.0), (1.0, 0.6, 0.1), (0.4, 0.9, 0.3))


class MessageFactory:
    """Builds messages of the types in a type store."""

    def __init__(self, types: Typestore) -> None:
        self._types = types.types

    def _make(self, type_name: str, /, **fields: Any) -> Any:
        return self._types[type_name](**fields)

    def header(self, stamp_ns: int, frame_id: str) -> Any:
        """std_msgs/Header."""
        seconds, nanoseconds = divmod(stamp_ns, NANOSECONDS)
        stamp = self._make("builtin_interfaces/msg/Time", sec=seconds, nanosec=nanoseconds)
        return self._make("std_msgs/msg/Header", stamp=stamp, frame_id=frame_id)

    def transform(
        self,
        stamp_ns: int,
        parent: str,
        child: str,
        translation: NDArray[np.floating],
        quaternion: NDArray[np.floating],
    ) -> Any:
        """geometry_msgs/TransformStamped; quaternion xyzw."""
        x, y, z, w = (float(value) for value in quaternion)
        return self._make(
            "geometry_msgs/msg/TransformStamped",
            header=self.header(stamp_ns, parent),
            child_frame_id=child,
            transform=self._make(
                "geometry_msgs/msg/Transform",
                translation=self._make("geometry_msgs/msg/Vector3", **_xyz(translation)),
                rotation=self._make("geometry_msgs/msg/Quaternion", x=x, y=y, z=z, w=w),
            ),
        )

    def transforms(self, transforms: list[Any]) -> Any:
        """tf2_msgs/TFMessage."""
        return self._make("tf2_msgs/msg/TFMessage", transforms=transforms)

    def bodies(
        self, stamp_ns: int, frame_id: str, bodies: Mapping[int, NDArray[np.floating]]
    ) -> Any:
        """visualization_msgs/MarkerArray as the Azure Kinect driver publishes it.

        Args:
            stamp_ns: capture time.
            frame_id: the depth camera's optical frame.
            bodies: by body number, (32, 3) joints in that frame, metres.
        """
        markers = [
            self._marker(stamp_ns, frame_id, body, joint, position)
            for body, joints in bodies.items()
            for joint, position in enumerate(joints)
        ]
        return self._make("visualization_msgs/msg/MarkerArray", markers=markers)

    def _marker(
        self, stamp_ns: int, frame_id: str, body: int, joint: int, position: NDArray[np.floating]
    ) -> Any:
        red, green, blue = _COLOURS[body % len(_COLOURS)]
        size = dict.fromkeys("xyz", _MARKER_DIAMETER)
        return self._make(
            "visualization_msgs/msg/Marker",
            header=self.header(stamp_ns, frame_id),
            ns="",
            id=body * IDS_PER_BODY + joint,
            type=_SPHERE,
            action=_ADD,
            pose=self._make(
                "geometry_msgs/msg/Pose",
                position=self._make("geometry_msgs/msg/Point", **_xyz(position)),
                orientation=self._make("geometry_msgs/msg/Quaternion", x=0.0, y=0.0, z=0.0, w=1.0),
            ),
            scale=self._make("geometry_msgs/msg/Vector3", **size),
            color=self._make("std_msgs/msg/ColorRGBA", r=red, g=green, b=blue, a=1.0),
            lifetime=self._make(
                "builtin_interfaces/msg/Duration", sec=0, nanosec=_MARKER_LIFETIME_NS
            ),
            frame_locked=False,
            points=[],
            colors=[],
            texture_resource="",
            texture=self._make(
                "sensor_msgs/msg/CompressedImage",
                header=self.header(0, ""),
                format="",
                data=np.zeros(0, np.uint8),
            ),
            uv_coordinates=[],
            text="",
            mesh_resource="",
            mesh_file=self._make(
                "visualization_msgs/msg/MeshFile", filename="", data=np.zeros(0, np.uint8)
            ),
            mesh_use_embedded_materials=False,
        )

    def cloud(self, stamp_ns: int, frame_id: str, points: NDArray[np.float32]) -> Any:
        """sensor_msgs/PointCloud2, organised.

        Args:
            stamp_ns: capture time.
            frame_id: the depth camera's optical frame.
            points: (H, W, 3) metres in that frame, NaN where the camera saw nothing.
        """
        height, width, _ = points.shape
        step = 3 * points.itemsize
        fields = [
            self._make(
                "sensor_msgs/msg/PointField",
                name=axis,
                offset=place * points.itemsize,
                datatype=_FLOAT32,
                count=1,
            )
            for place, axis in enumerate("xyz")
        ]
        return self._make(
            "sensor_msgs/msg/PointCloud2",
            header=self.header(stamp_ns, frame_id),
            height=height,
            width=width,
            fields=fields,
            is_bigendian=False,
            point_step=step,
            row_step=step * width,
            data=np.ascontiguousarray(points).reshape(-1).view(np.uint8),
            is_dense=False,
        )


def _xyz(vector: NDArray[np.floating]) -> dict[str, float]:
    return {axis: float(value) for axis, value in zip("xyz", vector, strict=True)}
