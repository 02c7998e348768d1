"""PointCloud2 messages to NumPy arrays and back, without a loop over points.

Names, arguments and results are those of the sensor_msgs_py of a ROS 2 distribution; that one
is used wherever it is installed.
"""

import array
import sys
from collections import namedtuple
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.lib.recfunctions import structured_to_unstructured, unstructured_to_structured
from numpy.typing import NDArray
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

DUMMY_FIELD_PREFIX = "unnamed_field"

_SCALARS = {
    PointField.INT8: np.dtype(np.int8),
    PointField.UINT8: np.dtype(np.uint8),
    PointField.INT16: np.dtype(np.int16),
    PointField.UINT16: np.dtype(np.uint16),
    PointField.INT32: np.dtype(np.int32),
    PointField.UINT32: np.dtype(np.uint32),
    PointField.FLOAT32: np.dtype(np.float32),
    PointField.FLOAT64: np.dtype(np.float64),
}


def read_points(
    cloud: PointCloud2,
    field_names: Sequence[str] | None = None,
    skip_nans: bool = False,
    uvs: Iterable[int] | None = None,
    reshape_organized_cloud: bool = False,
) -> NDArray[Any]:
    """Return the points as a structured array, a view of the message's data where possible.

    Args:
        cloud: the message.
        field_names: the fields to return, in this order; all of them unless told.
        skip_nans: leave out points with a NaN in a returned field. Nothing is left out of a
            cloud that declares itself dense.
        uvs: indices of the points to return.
        reshape_organized_cloud: return a cloud of more than one row as (width, height).

    Raises:
        AssertionError: a field is not in the cloud.
    """
    points = np.ndarray(
        shape=(cloud.width * cloud.height,),
        dtype=dtype_from_fields(cloud.fields, point_step=cloud.point_step),
        buffer=cloud.data,
    )
    if field_names is not None:
        missing = [name for name in field_names if name not in points.dtype.names]
        assert not missing, f"The cloud has no field {missing[0]!r}."
        points = points[list(field_names)]
    if cloud.is_bigendian != (sys.byteorder == "big"):
        points = points.byteswap()
    if skip_nans and not cloud.is_dense:
        invalid = np.zeros(len(points), dtype=bool)
        for name in points.dtype.names:
            invalid |= np.isnan(points[name])
        points = points[~invalid]
    if uvs is not None:
        points = points[uvs if isinstance(uvs, np.ndarray) else np.fromiter(uvs, int)]
    if reshape_organized_cloud and cloud.height > 1:
        points = points.reshape(cloud.width, cloud.height)
    return points


def read_points_numpy(
    cloud: PointCloud2,
    field_names: Sequence[str] | None = None,
    skip_nans: bool = False,
    uvs: Iterable[int] | None = None,
    reshape_organized_cloud: bool = False,
) -> NDArray[Any]:
    """Return the points as a plain (N, number of fields) array; arguments as read_points.

    Raises:
        AssertionError: the fields are not all of one type.
    """
    types = {f.datatype for f in cloud.fields if field_names is None or f.name in field_names}
    assert len(types) <= 1, "The fields differ in type. Use read_points instead."
    points = read_points(cloud, field_names, skip_nans, uvs, reshape_organized_cloud)
    return structured_to_unstructured(points)


def read_points_list(
    cloud: PointCloud2,
    field_names: Sequence[str] | None = None,
    skip_nans: bool = False,
    uvs: Iterable[int] | None = None,
) -> list[Any]:
    """Return the points as named tuples, which is slow; arguments as read_points."""
    points = read_points(cloud, field_names, skip_nans, uvs)
    point_type = namedtuple("Point", points.dtype.names)
    return [point_type._make(point) for point in points]


def dtype_from_fields(fields: Iterable[PointField], point_step: int | None = None) -> np.dtype[Any]:
    """Return the dtype of one point. A field of count n becomes name_0 ... name_(n-1)."""
    names: list[str] = []
    formats: list[str] = []
    offsets: list[int] = []
    for index, field in enumerate(fields):
        scalar = _SCALARS[field.datatype]
        name = field.name or f"{DUMMY_FIELD_PREFIX}_{index}"
        assert field.count > 0, f"Field {name!r} has a count of 0."
        for part in range(field.count):
            names.append(name if field.count == 1 else f"{name}_{part}")
            formats.append(scalar.str)
            offsets.append(field.offset + part * scalar.itemsize)
    assert len(set(names)) == len(names), f"Field names are not unique: {names}."
    layout: dict[str, Any] = {"names": names, "formats": formats, "offsets": offsets}
    if point_step is not None:
        layout["itemsize"] = point_step
    return np.dtype(layout)


def create_cloud(
    header: Header,
    fields: Iterable[PointField],
    points: Iterable[Any],
    point_step: int | None = None,
) -> PointCloud2:
    """Return a message of ``points``.

    Args:
        header: stamp and frame of the points.
        fields: what a point is made of.
        points: (N, number of fields) array of one type, or a structured array with the dtype of
            the fields, or any iterable of points. Three-dimensional or (N, M) structured
            arrays become organized clouds of width N and height M.
        point_step: bytes from one point to the next; no gap unless told.

    Raises:
        AssertionError: the points do not have the type of the fields.
    """
    fields = list(fields)
    dtype = dtype_from_fields(fields, point_step)
    if not isinstance(points, np.ndarray):
        points = np.array([tuple(point) for point in points], dtype=dtype)
    elif points.dtype.names is None:
        assert len({f.datatype for f in fields}) == 1, (
            "The fields differ in type. Pass a structured array instead."
        )
        points = unstructured_to_structured(points, dtype=dtype)
    assert points.dtype == dtype, f"The points are {points.dtype}, the fields say {dtype}."
    assert points.ndim <= 2, f"The points have {points.ndim} dimensions; a cloud has at most two."

    cloud = PointCloud2(
        header=header,
        height=points.shape[1] if points.ndim == 2 else 1,
        width=points.shape[0],
        is_dense=False,
        is_bigendian=sys.byteorder == "big",
        fields=fields,
        point_step=points.dtype.itemsize,
        row_step=points.dtype.itemsize * points.shape[0],
    )
    # An array of bytes is taken over as it is; anything else would be checked byte by byte.
    cloud.data = array.array("B", np.ascontiguousarray(points).tobytes())
    return cloud


def create_cloud_xyz32(header: Header, points: Iterable[Any]) -> PointCloud2:
    """Return a message of (N, 3) points with the float32 fields x, y, z, in metres."""
    fields = [
        PointField(name=name, offset=4 * axis, datatype=PointField.FLOAT32, count=1)
        for axis, name in enumerate("xyz")
    ]
    return create_cloud(header, fields, points)
