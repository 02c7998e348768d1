"""A node in the test's own process, with an executor that the test spins."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from remogen_ros.nodes.ledger import Ledger
from test.nodes.harness import PATIENCE_S
from test.nodes.log import Log


class Bench:
    """A node in a context of its own, its ledger, and what that says.

    Args:
        node_type: of the node.
        node_arguments: passed on to it.
    """

    def __init__(self, node_type: type[Node] = Node, **node_arguments: Any) -> None:
        self.context = Context()
        rclpy.init(context=self.context, args=[])
        self.node = node_type("bench", context=self.context, **node_arguments)
        self.log = Log()
        self.ledger = Ledger(self.log)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)

    def spin_until(
        self, condition: Callable[[], object], act: Callable[[], None] | None = None
    ) -> None:
        """Until a condition holds, doing something before every look meanwhile."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline
            if act is not None:
                act()
            self.executor.spin_once(timeout_sec=0.05)

    def spin_for(self, seconds: float) -> None:
        """So long, whatever happens."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.02)

    def close(self) -> None:
        """The node goes before its context does."""
        self.node.destroy_node()
        self.context.try_shutdown()
