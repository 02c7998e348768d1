"""How every node of this package runs: one executor, one exit code, one sentence for an error."""

from __future__ import annotations

import sys
from collections.abc import Callable

import rclpy
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from rclpy.node import Node

from remogen_ros.errors import UserError

REFUSED = 1
"""Exit code of a node that could not start."""

AUTOSTART = "autostart"


def run_node(create: Callable[[], Node], arguments: list[str] | None = None) -> int:
    """Create a node and spin it until SIGINT, SIGTERM or a shutdown of its context.

    A lifecycle node is configured and activated first, unless its parameter `autostart` is false.

    Args:
        create: makes the node once ROS is initialised; may raise UserError.
        arguments: of the command line, `sys.argv` if None.

    Returns:
        The exit code: 0 after an interruption, 1 if the node could not start.
    """
    rclpy.init(args=arguments)
    node = None
    try:
        node = create()
        if isinstance(node, LifecycleNode) and not _autostarted(node):
            return REFUSED
        # MultiThreadedExecutor and EventsExecutor are erratic under load (docs/design.md).
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        executor.spin()
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except Exception:
        # A signal invalidates the context, maybe in the middle of a call that needs it.
        if rclpy.ok():
            raise
    finally:
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()
    return 0


def _autostarted(node: LifecycleNode) -> bool:
    """Configure and activate, if the node is to start by itself; False if it could not."""
    descriptor = ParameterDescriptor(description="Configure and activate at once", read_only=True)
    if not node.declare_parameter(AUTOSTART, True, descriptor).value:
        return True
    steps = (node.trigger_configure, node.trigger_activate)
    return all(step() == TransitionCallbackReturn.SUCCESS for step in steps)
