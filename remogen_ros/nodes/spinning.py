"""How every node of this package runs: one executor, one exit code, one sentence for an error."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable
from traceback import clear_frames
from types import FrameType

import rclpy
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.clock import Clock, ClockType
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from remogen_ros.errors import UserError
from remogen_ros.nodes.middleware import without_type_lookup

REFUSED = 1
"""Exit code of a node that could not start."""

AUTOSTART = "autostart"

LOOK_PERIOD_S = 0.1
"""How often a node that has nothing to do looks whether a signal came, seconds."""


def run_node(create: Callable[[], Node], arguments: list[str] | None = None) -> int:
    """Create a node and spin it until SIGINT, SIGTERM or a shutdown of its context.

    A lifecycle node is configured and activated first, unless its parameter `autostart` is false.
    After a signal the node is destroyed while its context is still valid: it may publish.

    Args:
        create: makes the node once ROS is initialised; may raise UserError.
        arguments: of the command line, `sys.argv` if None.

    Returns:
        The exit code: 0 after an interruption, 1 if the node could not start.
    """
    interruption = _Interruption()
    node = None
    try:
        without_type_lookup()
        rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
        node = create()
        if isinstance(node, LifecycleNode) and not _autostarted(node):
            return 0 if interruption.came else REFUSED
        interruption.at_once = False
        _spin(node, interruption)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        # What there is of the node goes before its context does.
        clear_frames(error.__traceback__)
        gc.collect()
        return REFUSED
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except Exception:
        # What is interrupted on its way may fail in its own words.
        if not interruption.came:
            raise
    finally:
        interruption.at_once = False
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()
        interruption.forget()
    return 0


class _Interruption:
    """SIGINT and SIGTERM, the first of which is obeyed; those that follow change nothing.

    The handlers of rclpy shut the context down beneath whatever runs at that moment, and who is
    closing is interrupted by a second signal (a terminal sends one, and so does launch). With
    these, a callback is finished first, and so is closing.

    Attributes:
        came: whether there was a signal.
        at_once: whether the main thread is interrupted where it is: starting takes seconds.
    """

    def __init__(self) -> None:
        self.came = False
        self.at_once = True
        self._before = {
            number: signal.signal(number, self._on_signal)
            for number in (signal.SIGINT, signal.SIGTERM)
        }

    def forget(self) -> None:
        """Leave signals to those who had them before; who was told to end is not told again."""
        if not self.came:
            for number, handler in self._before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        for ignored in self._before:
            signal.signal(ignored, signal.SIG_IGN)
        if self.at_once:
            raise KeyboardInterrupt


def _autostarted(node: LifecycleNode) -> bool:
    """Configure and activate, if the node is to start by itself; False if it could not."""
    descriptor = ParameterDescriptor(description="Configure and activate at once", read_only=True)
    if not node.declare_parameter(AUTOSTART, True, descriptor).value:
        return True
    steps = (node.trigger_configure, node.trigger_activate)
    return all(step() == TransitionCallbackReturn.SUCCESS for step in steps)


def _spin(node: Node, interruption: _Interruption) -> None:
    """Until a signal comes, or the context is shut down."""
    # MultiThreadedExecutor and EventsExecutor are erratic under load (docs/design.md).
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    # Python runs no handler while the executor waits: so it wakes now and then.
    node.create_timer(LOOK_PERIOD_S, _look, clock=Clock(clock_type=ClockType.STEADY_TIME))
    while rclpy.ok() and not interruption.came:
        executor.spin_once()


def _look() -> None:
    """Wake the executor."""
