"""The flat map of a map server or of SLAM, placed in the fixed frame as long as the node lives."""

from __future__ import annotations

from functools import partial

import numpy as np
from nav_msgs.msg import OccupancyGrid as FlatMap
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.qos import LATCHED, subscribe
from remogen_ros.nodes.room import Room
from remogen_ros.nodes.topics import MAP
from remogen_ros.nodes.transforms import FrameResolver, Rigid
from remogen_ros.perception.flat_map import grid_from_message, map_data

PLACING_PERIOD_S = 1.0
MOVED_M, TURNED_RAD = 0.05, 0.01
"""A map whose frame has moved by more in the fixed frame (localisation) is placed anew."""


class FlatMaps:
    """Subscribes to the map, and gives the room its cells. A map waits for its transform."""

    def __init__(
        self, node: Node, frames: FrameResolver, room: Room, height: float, ledger: Ledger
    ) -> None:
        """
        Args:
            node: whose executor runs the callbacks.
            frames: tells where the map's frame is.
            room: takes the cells.
            height: of columns over occupied cells, metres.
            ledger: counts maps, and reports what was wrong with them.
        """
        self._node = node
        self._frames = frames
        self._room = room
        self._height = height
        self._ledger = ledger
        self._message: FlatMap | None = None
        self._placed: Rigid | None = None
        self._subscription = subscribe(
            node, FlatMap, MAP, ledger.guarded(MAP, self._on_map), LATCHED, ledger
        )
        # Steady: a map comes once, perhaps long before its transform, or before time begins.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(PLACING_PERIOD_S, self._place, clock=steady)

    def destroy(self) -> None:
        """Stop listening."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_subscription(self._subscription)

    def _on_map(self, message: FlatMap) -> None:
        map_data(message)
        self._message, self._placed = message, None
        self._place()

    def _place(self) -> None:
        message = self._message
        if message is None:
            return
        frame_id = message.header.frame_id
        frame = self._frames.newest(frame_id)
        if frame is None:
            self._ledger.say(
                MAP,
                "no transform",
                f"topic '{MAP}': the map waits for a transform from its frame '{frame_id}' to the "
                f"fixed frame '{self._frames.fixed_frame}'; publish it on /tf or /tf_static",
            )
        elif self._placed is None or _moved(self._placed, frame):
            self._placed = frame
            # On the thread of the room: a large map takes a second.
            place = frame.translation, frame.quaternion
            self._room.know(MAP, partial(grid_from_message, message, place, self._height))


def _moved(before: Rigid, now: Rigid) -> bool:
    distance = np.linalg.norm(before.translation - now.translation)
    turn = 2 * np.arccos(np.clip(abs(before.quaternion @ now.quaternion), 0.0, 1.0))
    return bool(distance > MOVED_M or turn > TURNED_RAD)
