"""Where a robot's joints are, as somebody measures them."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import JointState

from remogen_ros.errors import UserError
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.qos import PARTS, subscribe
from remogen_ros.nodes.topics import JOINT_STATES

MEASURED_FOR_S = 1.0
"""A measured joint is where the robot's is for this long, seconds."""

PATIENCE_S = 2.0
"""After so long without one of the joints it is said which are missing, seconds."""

_NAMED = 8
"""Of many names, so many are told."""


class MeasuredJoints:
    """Listens to a topic of sensor_msgs/JointState, whose messages may hold some joints each.

    Args:
        node: that listens.
        topic: of the measured joints.
        names: of the J joints that matter.
        ledger: of the node.

    Raises:
        UserError: the topic is the one on which the node itself publishes joints.
    """

    def __init__(self, node: Node, topic: str, names: tuple[str, ...], ledger: Ledger) -> None:
        if node.resolve_topic_name(topic) == node.resolve_topic_name(JOINT_STATES):
            raise UserError(
                f"Parameter 'guard.start_topic' is '{topic}', which this node publishes itself: "
                "name the topic of the robot's own joints."
            )
        self._topic = topic
        self._node = node
        self._names = names
        self._places = {name: place for place, name in enumerate(names)}
        self._ledger = ledger
        # Positions and when they came, replaced together: another thread reads them.
        self._newest = np.full(len(names), np.nan), np.full(len(names), -np.inf)
        self._others: tuple[str, ...] = ()
        self._waiting_since: float | None = None
        callback = ledger.guarded(topic, self._on_joints)
        self._subscription = subscribe(node, JointState, topic, callback, PARTS, ledger)

    def fresh(self) -> NDArray[np.float64] | None:
        """(J,) radians; None while one of the joints has not been measured of late."""
        positions, is_old = self._now()
        return None if is_old.any() else positions

    @property
    def missing(self) -> str:
        """Which joints are not measured, to go on after "waiting for"; empty if all are."""
        _, is_old = self._now()
        if not is_old.any():
            return ""
        if self._others:
            came = f"; those that come are {_told(self._others)}"
        else:
            came = "" if np.isfinite(self._newest[1]).any() else "; nothing has come"
        names = [name for name, old in zip(self._names, is_old, strict=True) if old]
        return (
            f"joints on {self._topic}: {_told(names)} "
            f"({len(names)} of {len(self._names)} missing{came})"
        )

    def waits(self) -> bool:
        """Whether one of the joints is not measured. Who asks again and again is told of it."""
        missing = self.missing
        if not missing:
            self._waiting_since = None
            return False
        now = time.monotonic()
        if self._waiting_since is None:
            self._waiting_since = now
        if now - self._waiting_since >= PATIENCE_S:
            self._ledger.say(
                self._topic,
                "joints missing",
                f"waiting for {missing}; motion begins once each was measured within the last "
                f"{MEASURED_FOR_S:g} s: a robot that lacks some needs a YAML file of its own "
                "without them (docs/robots.md)",
            )
        return True

    def destroy(self) -> None:
        """Stop listening."""
        self._node.destroy_subscription(self._subscription)

    def _now(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """(J,) newest positions, and which of them are too old, or none."""
        positions, came_at = self._newest
        return positions, time.monotonic() - came_at > MEASURED_FOR_S

    def _on_joints(self, message: JointState) -> None:
        if len(message.name) != len(message.position):
            raise ValueError(f"{len(message.name)} names, but {len(message.position)} positions")
        positions, came_at = (values.copy() for values in self._newest)
        now, is_ours = time.monotonic(), False
        for name, position in zip(message.name, message.position, strict=True):
            place = self._places.get(name)
            is_ours |= place is not None
            if place is not None and np.isfinite(position):
                positions[place], came_at[place] = position, now
        self._newest = positions, came_at
        # Grippers and others may be published apart: they matter where nothing else comes.
        if is_ours:
            self._others = ()
        elif not np.isfinite(came_at).any():
            self._others = tuple(message.name[: _NAMED + 1])


def _told(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
