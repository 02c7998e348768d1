"""The node `viewer` as a process: it serves a page, listens on demand, and refuses a taken port."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator

import numpy as np
import pytest
import rclpy
from geometry_msgs.msg import Point
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import String
from visualization_msgs.msg import Marker, MarkerArray

from remogen_msgs.msg import Reaction
from remogen_ros.embodiment.markers import fill_markers, reaction_bodies
from remogen_ros.embodiment.messages import fill_cloud, points
from remogen_ros.motion.skeleton import ADULT
from remogen_ros.nodes.spinning import REFUSED
from remogen_ros.nodes.viewer import ViewerNode
from test.nodes.harness import Harness, NodeProcess, running
from test.rendering.figures import free_port


def test_a_taken_port_ends_the_node_with_one_sentence(domain):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = NodeProcess("viewer", f"port:={port}")
        assert process.process.wait(90.0) == REFUSED
    sentences = [line for line in process.text.splitlines() if str(port) in line]
    assert len(sentences) == 1, process.text
    assert "is taken" in sentences[0] and "'port'" in sentences[0]
    assert "Traceback" not in process.text


def test_it_serves_a_page_and_asks_for_what_is_published_on_demand(harness: Harness):
    port = free_port()
    harness.listen(String, "intent")
    with running("viewer", f"port:={port}") as viewer:
        harness.wait(lambda: f"http://127.0.0.1:{port}" in viewer.text)
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=20).read()
        assert b"<html" in page.lower()
        for topic in ("reaction", "markers", "occupancy"):
            harness.wait(lambda topic=topic: harness.node.count_subscribers(topic) > 0)
        assert viewer.stop() == 0
    assert "Traceback" not in viewer.text


@pytest.fixture(scope="module")
def viewer(harness: Harness) -> Iterator[ViewerNode]:
    """The node in this process, steering the node of the harness."""
    context = Context()
    rclpy.init(context=context, args=[])
    node = ViewerNode(
        context=context,
        parameter_overrides=[
            Parameter("port", value=free_port()),
            Parameter("reaction_node", value="harness"),
        ],
    )
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    yield node
    node.destroy_node()
    context.try_shutdown()


def wait(harness: Harness, viewer: ViewerNode, condition, act=None) -> None:
    def turn() -> None:
        if act is not None:
            act()
        for _ in range(20):
            viewer.executor.spin_once(timeout_sec=0.01)

    harness.wait(condition, turn)


def test_what_is_published_is_shown(harness: Harness, viewer: ViewerNode):
    reactions = harness.node.create_publisher(Reaction, "reaction", 1)
    markers = harness.node.create_publisher(MarkerArray, "markers", 1)
    clouds = harness.node.create_publisher(PointCloud2, "occupancy", 1)
    message = Reaction(
        frame_index=7,
        partner_id="9",
        tick_ms=12.5,
        input_age_ms=40.0,
        joint_positions=points(ADULT.rest_joints, Point),
        adapter_names=["hhi"],
        adapter_weights=[1.0],
    )
    bodies = reaction_bodies(ADULT.rest_joints, np.zeros((0, 22, 3)), {"9": ADULT.rest_joints})
    drawn = fill_markers(MarkerArray(), harness.now(), "world", bodies, Marker, Point)
    cloud = fill_cloud(PointCloud2(), harness.now(), "world", np.full((1, 3), 0.05), PointField)
    browser = viewer._browser

    def send() -> None:
        for publisher, sent in ((reactions, message), (markers, drawn), (clouds, cloud)):
            publisher.publish(sent)

    wait(
        harness,
        viewer,
        lambda: (
            browser._ego is not None
            and browser._ego.view.joints is not None
            and "9" in browser._partners
            and browser._voxels._handle is not None
        ),
        send,
    )
    assert "**12.5 ms**" in browser._panel._status.content
    assert browser._panel._sliders["hhi"].value == 1.0
    assert browser._ego.view.joints == pytest.approx(ADULT.rest_joints, abs=1e-6)


def test_a_reaction_that_is_not_finite_is_refused(harness: Harness, viewer: ViewerNode):
    broken = Reaction(joint_positions=points(np.full((22, 3), np.nan), Point))
    reactions = harness.node.create_publisher(Reaction, "reaction", 1)
    wait(
        harness,
        viewer,
        lambda: viewer._ledger.counts()[1].get(("reaction", "malformed")),
        lambda: reactions.publish(broken),
    )


def test_a_slider_sets_the_weight_of_the_reaction_node(harness: Harness, viewer: ViewerNode):
    harness.node.declare_parameter("adapter_weights.hhi", 1.0)
    wait(harness, viewer, viewer._weights.services_are_ready)
    viewer._browser._panel._on_weight("hhi", 0.35)
    wait(
        harness,
        viewer,
        lambda: harness.node.get_parameter("adapter_weights.hhi").value == 0.35,
    )


def test_words_are_published_as_the_intent(harness: Harness, viewer: ViewerNode):
    harness.listen(String, "intent")
    wait(harness, viewer, lambda: viewer._intent.get_subscription_count() > 0)
    viewer._send_intent("shake hands")
    wait(harness, viewer, lambda: harness.received["intent"])
    assert harness.received["intent"][-1].data == "shake hands"
