"""Quality of service: best effort in, reliable out, all of it for the user to override.

A best-effort subscription hears both kinds of publisher, a reliable publisher is heard by both
kinds of subscription. What still does not fit, after overrides, is reported by topic name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.lifecycle import LifecycleNode, LifecyclePublisher
from rclpy.node import Node
from rclpy.qos import (
    DurabilityPolicy,
    HistoryPolicy,
    QoSPolicyKind,
    QoSProfile,
    ReliabilityPolicy,
    qos_policy_name_from_kind,
)
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.subscription import Subscription

from remogen_ros.nodes.ledger import Ledger

try:
    from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
except ImportError:  # Humble
    from rclpy.qos_event import PublisherEventCallbacks, SubscriptionEventCallbacks

NEWEST = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
    reliability=ReliabilityPolicy.BEST_EFFORT,
    durability=DurabilityPolicy.VOLATILE,
)
"""For subscriptions: only the newest message, however it is offered."""

PARTS = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=32,
    reliability=ReliabilityPolicy.BEST_EFFORT,
    durability=DurabilityPolicy.VOLATILE,
)
"""For subscriptions to what comes in parts, one right after the other: none replaces another."""

RELIABLE = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=10,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
)
"""For publishers."""

LATCHED = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
"""For what is said once: who subscribes later hears it too (robot_description, map)."""

_OVERRIDABLE = (QoSPolicyKind.HISTORY, QoSPolicyKind.DEPTH, QoSPolicyKind.RELIABILITY)


def subscribe(
    node: Node,
    message_type: type,
    topic: str,
    callback: Callable[[Any], None],
    qos: QoSProfile,
    ledger: Ledger,
) -> Subscription[Any]:
    """A subscription whose QoS a user may override, and that reports publishers it cannot hear."""

    def report(event: Any) -> None:
        policy = qos_policy_name_from_kind(event.last_policy_kind)
        ledger.say(
            topic,
            "incompatible QoS",
            f"topic '{topic}': a publisher offers an incompatible {policy}, nothing is received "
            f"from it; set qos_overrides.<full topic name>.subscription.{policy.lower()} of this "
            "node, or change the publisher",
        )

    # Who asks for what was published before does not hear a publisher that keeps nothing.
    latched = qos.durability == DurabilityPolicy.TRANSIENT_LOCAL
    return node.create_subscription(
        message_type,
        topic,
        callback,
        _copy(qos),
        event_callbacks=SubscriptionEventCallbacks(incompatible_qos=report),
        qos_overriding_options=QoSOverridingOptions(
            (*_OVERRIDABLE, QoSPolicyKind.DURABILITY) if latched else _OVERRIDABLE
        ),
    )


def advertise(
    node: LifecycleNode, message_type: type, topic: str, qos: QoSProfile, ledger: Ledger
) -> LifecyclePublisher[Any]:
    """A lifecycle publisher whose QoS a user may override; reports whom it cannot reach."""

    def report(event: Any) -> None:
        policy = qos_policy_name_from_kind(event.last_policy_kind)
        ledger.say(
            topic,
            "incompatible QoS",
            f"topic '{topic}': a subscription asks for an incompatible {policy}, it receives "
            f"nothing; set qos_overrides.<full topic name>.publisher.{policy.lower()} of this "
            "node, or change the subscription",
        )

    return node.create_lifecycle_publisher(
        message_type,
        topic,
        _copy(qos),
        event_callbacks=PublisherEventCallbacks(incompatible_qos=report),
        qos_overriding_options=QoSOverridingOptions.with_default_policies(),
    )


def _copy(qos: QoSProfile) -> QoSProfile:
    """Its own profile for each topic: overrides write into it."""
    return QoSProfile(
        history=qos.history,
        depth=qos.depth,
        reliability=qos.reliability,
        durability=qos.durability,
    )
