"""sensor_msgs_py.point_cloud2: points in, the same points out, whatever the layout."""

import numpy as np
import pytest

point_cloud2 = pytest.importorskip("sensor_msgs_py.point_cloud2")

from sensor_msgs.msg import PointField  # noqa: E402
from std_msgs.msg import Header  # noqa: E402

XYZ = ("x", "y", "z")


@pytest.fixture
def header():
    return Header(frame_id="camera")


def field(name, offset, datatype=PointField.FLOAT32, count=1):
    return PointField(name=name, offset=offset, datatype=datatype, count=count)


def test_xyz_round_trip(header):
    points = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    cloud = point_cloud2.create_cloud_xyz32(header, points)
    assert (cloud.header.frame_id, cloud.width, cloud.height) == ("camera", 100, 1)
    assert (cloud.point_step, cloud.row_step, len(cloud.data)) == (12, 1200, 1200)
    found = point_cloud2.read_points_numpy(cloud, field_names=XYZ)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, points)


def test_lists_of_points_are_accepted(header):
    cloud = point_cloud2.create_cloud_xyz32(header, [(1, 2, 3), [4.0, 5.0, 6.0]])
    found = point_cloud2.read_points(cloud)
    assert [tuple(point) for point in found] == [(1, 2, 3), (4, 5, 6)]
    assert [point.y for point in point_cloud2.read_points_list(cloud, XYZ)] == [2, 5]


def test_an_empty_cloud_is_a_cloud(header):
    cloud = point_cloud2.create_cloud_xyz32(header, np.empty((0, 3), dtype=np.float32))
    assert point_cloud2.read_points_numpy(cloud, field_names=XYZ).shape == (0, 3)


def test_depth_camera_layout_with_padding_and_colour(header):
    # x, y, z, 4 bytes of padding, packed colour, 12 more bytes of padding: a common driver's.
    fields = [*(field(name, 4 * i) for i, name in enumerate(XYZ)), field("rgb", 16)]
    dtype = point_cloud2.dtype_from_fields(fields, point_step=32)
    assert dtype.itemsize == 32
    points = np.zeros(5, dtype=dtype)
    points["z"] = np.arange(5)
    cloud = point_cloud2.create_cloud(header, fields, points, point_step=32)
    assert (cloud.point_step, len(cloud.data)) == (32, 160)
    found = point_cloud2.read_points_numpy(cloud, field_names=("z", "x"))
    np.testing.assert_array_equal(found[:, 0], np.arange(5))
    np.testing.assert_array_equal(found[:, 1], 0)


def test_fields_of_different_types(header):
    fields = [field("x", 0), field("label", 4, PointField.UINT8)]
    cloud = point_cloud2.create_cloud(header, fields, [(0.5, 7), (1.5, 255)])
    found = point_cloud2.read_points(cloud, field_names=("label", "x"))
    np.testing.assert_array_equal(found["label"], [7, 255])
    np.testing.assert_array_equal(found["x"], [0.5, 1.5])
    with pytest.raises(AssertionError):
        point_cloud2.read_points_numpy(cloud)


def test_fields_of_several_elements(header):
    fields = [field("x", 0), field("normal", 4, count=3)]
    cloud = point_cloud2.create_cloud(header, fields, [(1, 2, 3, 4)])
    assert point_cloud2.read_points(cloud).dtype.names == ("x", "normal_0", "normal_1", "normal_2")


def test_invalid_points_are_skipped_on_request(header):
    points = np.array([(0, 0, 1), (np.nan, 0, 1), (0, 0, 2)], dtype=np.float32)
    cloud = point_cloud2.create_cloud_xyz32(header, points)
    assert len(point_cloud2.read_points(cloud)) == 3
    found = point_cloud2.read_points_numpy(cloud, field_names=XYZ, skip_nans=True)
    np.testing.assert_array_equal(found[:, 2], [1, 2])


def test_chosen_points(header):
    points = np.arange(30, dtype=np.float32).reshape(10, 3)
    cloud = point_cloud2.create_cloud_xyz32(header, points)
    found = point_cloud2.read_points_numpy(cloud, uvs=[0, 9])
    np.testing.assert_array_equal(found, points[[0, 9]])


def test_big_endian_clouds(header):
    cloud = point_cloud2.create_cloud_xyz32(header, [(1.5, 2.5, 3.5)])
    cloud.data = np.frombuffer(bytes(cloud.data), dtype="<f4").astype(">f4").tobytes()
    cloud.is_bigendian = True
    assert tuple(point_cloud2.read_points(cloud)[0]) == (1.5, 2.5, 3.5)


def test_a_field_that_is_not_there(header):
    cloud = point_cloud2.create_cloud_xyz32(header, [(1, 2, 3)])
    with pytest.raises(AssertionError):
        point_cloud2.read_points(cloud, field_names=("intensity",))
