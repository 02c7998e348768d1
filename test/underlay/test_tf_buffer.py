"""tf2_ros.Buffer: composition, interpolation, and each reason for which there is no transform."""

import math
import threading
import time as wall

import pytest
import yaml

tf2_ros = pytest.importorskip("tf2_ros")

from geometry_msgs.msg import TransformStamped  # noqa: E402
from rclpy.duration import Duration  # noqa: E402
from rclpy.time import Time  # noqa: E402

LATEST = Time()


def at(seconds: float) -> Time:
    return Time(nanoseconds=round(seconds * 1e9))


def xyz(msg: TransformStamped) -> tuple[float, float, float]:
    t = msg.transform.translation
    return t.x, t.y, t.z


def yaw(msg: TransformStamped) -> float:
    r = msg.transform.rotation
    return 2 * math.atan2(r.z, r.w)


@pytest.fixture
def buffer():
    return tf2_ros.Buffer()


def test_lookup_takes_points_of_the_source_into_the_target(buffer, make_transform):
    # The camera stands at x = 2 in the map and looks along y.
    buffer.set_transform(make_transform("map", "camera", 1.0, x=2.0, yaw=math.pi / 2), "test")
    found = buffer.lookup_transform("map", "camera", at(1.0))
    assert (found.header.frame_id, found.child_frame_id) == ("map", "camera")
    assert Time.from_msg(found.header.stamp).nanoseconds == 1_000_000_000
    assert xyz(found) == pytest.approx((2.0, 0.0, 0.0))
    assert yaw(found) == pytest.approx(math.pi / 2)

    inverse = buffer.lookup_transform("camera", "map", at(1.0))
    assert xyz(inverse) == pytest.approx((0.0, 2.0, 0.0))
    assert yaw(inverse) == pytest.approx(-math.pi / 2)


def test_lookup_composes_up_and_down_the_tree(buffer, make_transform):
    buffer.set_transform(make_transform("map", "base", 1.0, x=1.0, yaw=math.pi / 2), "test")
    buffer.set_transform_static(make_transform("base", "camera", x=0.5), "test")
    buffer.set_transform(make_transform("map", "person", 1.0, x=1.0), "test")
    found = buffer.lookup_transform("person", "camera", at(1.0))
    assert xyz(found) == pytest.approx((0.0, 0.5, 0.0))


def test_moving_transforms_are_interpolated(buffer, make_transform):
    buffer.set_transform(make_transform("map", "base", 1.0, x=0.0, yaw=0.0), "test")
    buffer.set_transform(make_transform("map", "base", 2.0, x=4.0, yaw=1.0), "test")
    found = buffer.lookup_transform("map", "base", at(1.25))
    assert xyz(found) == pytest.approx((1.0, 0.0, 0.0))
    assert yaw(found) == pytest.approx(0.25)


def test_interpolation_turns_the_short_way(buffer, make_transform):
    start = make_transform("map", "base", 1.0, yaw=0.1)
    end = make_transform("map", "base", 2.0, yaw=0.3)
    end.transform.rotation.z *= -1  # the same rotation, the other sign
    end.transform.rotation.w *= -1
    buffer.set_transform(start, "test")
    buffer.set_transform(end, "test")
    found = yaw(buffer.lookup_transform("map", "base", at(1.5)))
    assert math.remainder(found, 2 * math.pi) == pytest.approx(0.2)


def test_transforms_may_arrive_out_of_order(buffer, make_transform):
    for seconds in (1.0, 3.0, 2.0):
        buffer.set_transform(make_transform("map", "base", seconds, x=seconds**2), "test")
    assert xyz(buffer.lookup_transform("map", "base", at(2.0)))[0] == pytest.approx(4.0)


def test_time_zero_asks_for_the_latest_common_time(buffer, make_transform):
    buffer.set_transform(make_transform("map", "base", 1.0, x=1.0), "test")
    buffer.set_transform(make_transform("map", "base", 3.0, x=3.0), "test")
    buffer.set_transform(make_transform("base", "head", 1.0), "test")
    buffer.set_transform(make_transform("base", "head", 2.0), "test")
    found = buffer.lookup_transform("map", "head", LATEST)
    assert Time.from_msg(found.header.stamp).nanoseconds == 2_000_000_000
    assert xyz(found)[0] == pytest.approx(2.0)


def test_static_transforms_hold_for_all_time(buffer, make_transform):
    buffer.set_transform_static(make_transform("base", "camera", 5.0, x=0.5), "test")
    for time in (LATEST, at(0.1), at(1e6)):
        assert xyz(buffer.lookup_transform("base", "camera", time))[0] == 0.5


def test_unknown_frame(buffer, make_transform):
    buffer.set_transform_static(make_transform("map", "base"), "test")
    with pytest.raises(tf2_ros.LookupException, match="camera"):
        buffer.lookup_transform("map", "camera", LATEST)


def test_unconnected_trees(buffer, make_transform):
    buffer.set_transform_static(make_transform("map", "base"), "test")
    buffer.set_transform_static(make_transform("world", "person"), "test")
    with pytest.raises(tf2_ros.ConnectivityException):
        buffer.lookup_transform("base", "person", LATEST)


@pytest.mark.parametrize(("seconds", "direction"), [(0.5, "past"), (2.5, "future")])
def test_time_outside_of_what_was_heard(buffer, make_transform, seconds, direction):
    for stamp in (1.0, 2.0):
        buffer.set_transform(make_transform("map", "base", stamp), "test")
    with pytest.raises(tf2_ros.ExtrapolationException, match=direction):
        buffer.lookup_transform("map", "base", at(seconds))


@pytest.mark.parametrize("frame", ["", "/map"])
def test_frame_names_that_no_frame_can_have(buffer, make_transform, frame):
    buffer.set_transform_static(make_transform("map", "base"), "test")
    with pytest.raises(tf2_ros.InvalidArgumentException):
        buffer.lookup_transform(frame, "base", LATEST)


def test_every_reason_is_a_transform_exception():
    for name in ("Connectivity", "Lookup", "Extrapolation", "InvalidArgument", "Timeout"):
        assert issubclass(getattr(tf2_ros, f"{name}Exception"), tf2_ros.TransformException)


@pytest.mark.parametrize("field", ["nan", "zero quaternion", "own parent"])
def test_what_cannot_be_a_transform_is_ignored(buffer, make_transform, field):
    msg = make_transform("map", "base", 1.0)
    if field == "nan":
        msg.transform.translation.y = math.nan
    elif field == "zero quaternion":
        msg.transform.rotation.w = 0.0
    else:
        msg.header.frame_id = "base"
    buffer.set_transform(msg, "test")
    assert not buffer.can_transform("map", "base", LATEST)


def test_can_transform_says_why_not(buffer, make_transform):
    buffer.set_transform(make_transform("map", "base", 1.0), "test")
    assert buffer.can_transform("map", "base", at(1.0), return_debug_tuple=True) == (True, "")
    possible, why = buffer.can_transform("map", "nowhere", at(1.0), return_debug_tuple=True)
    assert not possible
    assert "nowhere" in why


def test_lookup_waits_for_a_transform_that_comes_in_time(buffer, make_transform):
    msg = make_transform("map", "base", 1.0, x=7.0)
    sender = threading.Timer(0.2, buffer.set_transform, (msg, "test"))
    sender.start()
    found = buffer.lookup_transform("map", "base", at(1.0), timeout=Duration(seconds=5))
    sender.join()
    assert xyz(found)[0] == 7.0


def test_lookup_waits_no_longer_than_its_timeout(buffer):
    def waited() -> float:
        started = wall.monotonic()
        with pytest.raises(tf2_ros.TransformException):
            buffer.lookup_transform("map", "base", LATEST, timeout=Duration(seconds=0.2))
        return wall.monotonic() - started

    # The shortest: a busy machine may be late once.
    assert 0.15 < min(waited() for _ in range(3)) < 1.0


def test_full_lookup_joins_two_times_through_a_fixed_frame(buffer, make_transform):
    for seconds in (1.0, 2.0):
        buffer.set_transform(make_transform("map", "base", seconds, x=seconds), "test")
    # Where base was at 1 s, seen from where it is at 2 s.
    found = buffer.lookup_transform_full("base", at(2.0), "base", at(1.0), "map")
    assert xyz(found)[0] == pytest.approx(-1.0)


def test_old_transforms_leave_the_cache(make_transform):
    buffer = tf2_ros.Buffer(cache_time=Duration(seconds=2))
    for seconds in range(1, 7):
        buffer.set_transform(make_transform("map", "base", float(seconds)), "test")
    assert buffer.can_transform("map", "base", at(5.0))
    assert not buffer.can_transform("map", "base", at(2.0))


def test_clear_forgets_what_moves(buffer, make_transform):
    buffer.set_transform(make_transform("map", "base", 1.0), "test")
    buffer.set_transform_static(make_transform("base", "camera"), "test")
    buffer.clear()
    assert not buffer.can_transform("map", "base", LATEST)
    assert buffer.can_transform("base", "camera", LATEST)
    # After a jump back in time, older stamps are welcome again.
    buffer.set_transform(make_transform("map", "base", 0.5), "test")
    assert buffer.can_transform("map", "camera", at(0.5))


def test_a_frame_may_change_its_parent(buffer, make_transform):
    buffer.set_transform(make_transform("map", "cup", 1.0, x=1.0), "test")
    buffer.set_transform_static(make_transform("map", "hand", x=9.0), "test")
    buffer.set_transform(make_transform("hand", "cup", 2.0, x=0.1), "test")
    assert xyz(buffer.lookup_transform("map", "cup", at(1.0)))[0] == pytest.approx(1.0)
    assert xyz(buffer.lookup_transform("map", "cup", at(2.0)))[0] == pytest.approx(9.1)


def test_frames_as_yaml(buffer, make_transform):
    buffer.set_transform(make_transform("map", "base", 1.0), "test")
    frames = yaml.safe_load(buffer.all_frames_as_yaml())
    assert frames["base"]["parent"] == "map"
