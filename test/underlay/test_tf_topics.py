"""Broadcasters and listener over real DDS, and the buffer's memory under a simulated clock."""

import time as wall

import pytest

rclpy = pytest.importorskip("rclpy")
tf2_ros = pytest.importorskip("tf2_ros")

from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402
from rclpy.time import Time  # noqa: E402
from rosgraph_msgs.msg import Clock  # noqa: E402

PATIENCE = 20.0  # seconds; discovery on a busy machine takes a few


@pytest.fixture
def nodes(ros_domain):
    """Return a maker of nodes, and a function that spins them until a condition holds."""
    context = rclpy.Context()
    rclpy.init(context=context)
    executor = SingleThreadedExecutor(context=context)
    made = []

    def make(name, **arguments):
        node = rclpy.create_node(name, context=context, **arguments)
        executor.add_node(node)
        made.append(node)
        return node

    def spin_until(condition, act=lambda: None):
        deadline = wall.monotonic() + PATIENCE
        while not condition():
            assert wall.monotonic() < deadline, "nothing happened in time"
            act()
            executor.spin_once(timeout_sec=0.05)

    yield make, spin_until
    executor.shutdown()
    for node in made:
        node.destroy_node()
    rclpy.try_shutdown(context=context)


def test_transforms_reach_a_listener_in_another_node(nodes, make_transform):
    make, spin_until = nodes
    sender, receiver = make("sender"), make("receiver")
    broadcaster = tf2_ros.TransformBroadcaster(sender)
    buffer = tf2_ros.Buffer(node=receiver)
    listener = tf2_ros.TransformListener(buffer, receiver)
    messages = [make_transform("map", "base", 1.0, x=1.0), make_transform("base", "head", 1.0, x=2)]
    spin_until(
        lambda: buffer.can_transform("map", "head", Time()),
        act=lambda: broadcaster.sendTransform(messages),
    )
    found = buffer.lookup_transform("map", "head", Time())
    assert found.transform.translation.x == pytest.approx(3.0)
    del listener


def test_static_transforms_reach_a_listener_that_comes_late(nodes, make_transform):
    make, spin_until = nodes
    broadcaster = tf2_ros.StaticTransformBroadcaster(make("sender"))
    broadcaster.sendTransform(make_transform("base", "camera", x=1.0))
    broadcaster.sendTransform(make_transform("camera", "lens", x=0.1))
    receiver = make("receiver")
    buffer = tf2_ros.Buffer(node=receiver)
    listener = tf2_ros.TransformListener(buffer, receiver)
    spin_until(lambda: buffer.can_transform("base", "lens", Time()))
    assert buffer.lookup_transform("base", "lens", Time()).transform.translation.x == 1.1
    del listener


def test_buffer_clears_itself_when_simulated_time_jumps_back(nodes, make_transform):
    make, spin_until = nodes
    clock = make("clock").create_publisher(Clock, "/clock", 10)
    follower = make("follower", parameter_overrides=[Parameter("use_sim_time", value=True)])
    buffer = tf2_ros.Buffer(node=follower)

    def show(seconds):
        spin_until(
            lambda: follower.get_clock().now().nanoseconds == round(seconds * 1e9),
            act=lambda: clock.publish(Clock(clock=Time(seconds=seconds).to_msg())),
        )

    show(100)
    buffer.set_transform(make_transform("map", "base", 100.0), "test")
    show(101)
    assert buffer.can_transform("map", "base", Time())
    show(50)
    assert not buffer.can_transform("map", "base", Time())
