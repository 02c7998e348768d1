"""These tests know only the public API, so they pass on the packages of a distribution as well."""

import math

import pytest

rclpy = pytest.importorskip("rclpy")

from geometry_msgs.msg import TransformStamped  # noqa: E402
from rclpy.time import Time  # noqa: E402


@pytest.fixture
def make_transform():
    """Return a maker of transforms: parent, child, seconds, x in metres, yaw in rad."""

    def make(parent, child, seconds=0.0, x=0.0, yaw=0.0):
        msg = TransformStamped()
        msg.header.frame_id = parent
        msg.header.stamp = Time(nanoseconds=round(seconds * 1e9)).to_msg()
        msg.child_frame_id = child
        msg.transform.translation.x = float(x)
        msg.transform.rotation.z = math.sin(yaw / 2)
        msg.transform.rotation.w = math.cos(yaw / 2)
        return msg

    return make
