"""Points of a sensor_msgs/PointCloud2 of any layout."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remogen_ros.perception.transforms import matrix_from_quaternion

_FLOATS = {7: "f4", 8: "f8"}
"""sensor_msgs/PointField datatypes that a coordinate may have."""


def points_from_cloud(msg: Any, at_most: int | None = None) -> NDArray[np.float32]:
    """The finite points of a cloud, in the cloud's frame.

    Args:
        msg: a PointCloud2, or anything with its attributes. Coordinates may be float32 or float64
            at any offset, of either byte order, in padded points and padded rows.
        at_most: of a cloud with more points, every n-th is used.

    Returns:
        (N, 3) metres, without the points that have a NaN or infinite coordinate; N may be 0. In
        memory its columns lie one after the other.

    Raises:
        ValueError: a malformed message, in one sentence.
    """
    height, width = int(msg.height), int(msg.width)
    order = ">" if msg.is_bigendian else "<"
    formats, offsets = [], []
    for axis in "xyz":
        field = next((f for f in msg.fields if f.name == axis), None)
        if field is None:
            raise ValueError(f"the cloud has no field {axis!r}")
        if field.datatype not in _FLOATS:
            raise ValueError(
                f"field {axis!r} of the cloud has datatype {field.datatype}; only float32 (7) and "
                "float64 (8) are coordinates"
            )
        kind = _FLOATS[field.datatype]
        if field.offset + int(kind[1]) > msg.point_step:
            raise ValueError(
                f"field {axis!r} of the cloud reaches past its point_step of {msg.point_step} bytes"
            )
        formats.append(order + kind)
        offsets.append(int(field.offset))
    if height == 0 or width == 0:
        return np.zeros((0, 3), np.float32)
    if height > 1 and msg.row_step < width * msg.point_step:
        raise ValueError(
            f"the cloud's row_step of {msg.row_step} bytes is too short for {width} points of "
            f"{msg.point_step} bytes"
        )
    needed = (height - 1) * msg.row_step + width * msg.point_step
    if len(msg.data) < needed:
        raise ValueError(
            f"the cloud holds {len(msg.data)} bytes, but {height} x {width} points need {needed}"
        )
    points = np.ndarray(
        (height, width),
        dtype=np.dtype(
            {
                "names": ["x", "y", "z"],
                "formats": formats,
                "offsets": offsets,
                "itemsize": int(msg.point_step),
            }
        ),
        buffer=np.frombuffer(msg.data, np.uint8),
        strides=(msg.row_step if height > 1 else needed, msg.point_step),
    )
    every = -(-height * width // at_most) if at_most else 1
    chosen = points.reshape(-1)[::every]
    xyz = np.empty((3, len(chosen)), np.float32)
    with np.errstate(over="ignore"):
        for row, axis in enumerate("xyz"):
            xyz[row] = chosen[axis]
    return xyz.compress(np.isfinite(xyz).all(0), axis=1).T


def placed_cloud(
    points: NDArray[np.float32], translation: ArrayLike, quaternion: ArrayLike
) -> NDArray[np.float32]:
    """A sensor's cloud in its parent frame: `apply_transform` of many points, to a micrometre.

    Args:
        points: (N, 3) metres in the sensor's frame, as `points_from_cloud` gives them.
        translation: (3,) origin of the sensor in the parent frame, metres.
        quaternion: (4,) xyzw, orientation of the sensor in the parent frame.

    Returns:
        (N, 3) metres in the parent frame; in memory its columns lie one after the other.

    Raises:
        ValueError: a quaternion that is zero or not finite.
    """
    rotation = matrix_from_quaternion(quaternion).astype(np.float32)
    # Not by BLAS, whose threads would take the processors from the one that generates.
    placed = np.einsum("ij,jn->in", rotation, points.T)
    placed += np.asarray(translation, np.float32)[:, None]
    return placed.T
