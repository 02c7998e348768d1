"""Quality of service: overridable, and what does not fit is said by topic name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rclpy.lifecycle import LifecycleNode
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from std_msgs.msg import String

from remogen_ros.nodes.qos import NEWEST, RELIABLE, advertise, subscribe
from test.nodes.bench import Bench

PATIENCE_S = 60.0
RELIABLE_POINTS = Parameter("qos_overrides./points.subscription.reliability", value="reliable")
BEST_EFFORT_MARKERS = Parameter("qos_overrides./markers.publisher.reliability", value="best_effort")


@pytest.fixture
def bench(domain: int) -> Iterator[Bench]:
    bench = Bench(LifecycleNode, parameter_overrides=[RELIABLE_POINTS, BEST_EFFORT_MARKERS])
    yield bench
    bench.close()


@pytest.mark.parametrize("reliability", [ReliabilityPolicy.RELIABLE, ReliabilityPolicy.BEST_EFFORT])
def test_hears_every_kind_of_publisher(bench: Bench, reliability: ReliabilityPolicy) -> None:
    heard: list[String] = []
    subscribe(bench.node, String, "intent", heard.append, NEWEST, bench.ledger)
    publisher = bench.node.create_publisher(
        String, "intent", QoSProfile(depth=1, reliability=reliability)
    )

    def publish_and_look() -> bool:
        publisher.publish(String(data="wave"))
        return bool(heard)

    bench.spin_until(publish_and_look)
    assert not bench.log.lines


def test_a_publisher_that_cannot_be_heard_is_said(bench: Bench) -> None:
    subscribe(bench.node, String, "points", print, NEWEST, bench.ledger)
    best_effort = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    bench.node.create_publisher(String, "points", best_effort)
    bench.spin_until(lambda: bench.log.lines)
    assert "topic 'points'" in bench.log.lines[0]
    assert "reliability" in bench.log.lines[0].lower()


def test_a_subscription_that_cannot_be_reached_is_said(bench: Bench) -> None:
    advertise(bench.node, String, "markers", RELIABLE, bench.ledger)
    bench.node.create_subscription(String, "markers", print, QoSProfile(depth=1))
    bench.spin_until(lambda: bench.log.lines)
    assert "topic 'markers'" in bench.log.lines[0]


def test_overrides_are_of_one_topic_alone(bench: Bench) -> None:
    points = subscribe(bench.node, String, "points", print, NEWEST, bench.ledger)
    other = subscribe(bench.node, String, "goal", print, NEWEST, bench.ledger)
    assert points.qos_profile.reliability == ReliabilityPolicy.RELIABLE
    assert other.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT
    assert NEWEST.reliability == ReliabilityPolicy.BEST_EFFORT
    assert other.qos_profile.durability == DurabilityPolicy.VOLATILE
