"""The buffer that nodes hold: lookups that may wait, and a memory that follows the clock."""

import time as wall
from collections.abc import Callable

from geometry_msgs.msg import TransformStamped
from rclpy.clock import Clock, JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.time import Time

from .buffer_core import BufferCore

NO_WAIT = Duration()
BACKWARD_JUMP = Duration(seconds=-1)


class Buffer(BufferCore):
    """A BufferCore that can wait for transforms and clears itself when time jumps back."""

    def __init__(self, cache_time: Duration | None = None, node: Node | None = None) -> None:
        """``node``: whose clock to follow; with none, no jump of a simulated clock is noticed."""
        super().__init__(cache_time)
        self.clock = node.get_clock() if node is not None else Clock()
        self.jump_handle = self.clock.create_jump_callback(
            JumpThreshold(min_forward=None, min_backward=BACKWARD_JUMP, on_clock_change=True),
            post_callback=self.time_jump_callback,
        )

    def time_jump_callback(self, time_jump: TimeJump) -> None:
        """Forget what moves: it belongs to another time."""
        get_logger("tf2_buffer").warning("Detected jump back in time. Clearing tf buffer.")
        self.clear()

    def lookup_transform(
        self, target_frame: str, source_frame: str, time: Time, timeout: Duration = NO_WAIT
    ) -> TransformStamped:
        """Return the transform that takes points of ``source_frame`` into ``target_frame``.

        ``time`` 0 asks for the latest. Do not wait inside a callback of the executor that has
        to deliver the transform.

        Raises:
            TransformException: the subclass says why there is none.
        """
        self.can_transform(target_frame, source_frame, time, timeout)
        return self.lookup_transform_core(target_frame, source_frame, time)

    def lookup_transform_full(
        self,
        target_frame: str,
        target_time: Time,
        source_frame: str,
        source_time: Time,
        fixed_frame: str,
        timeout: Duration = NO_WAIT,
    ) -> TransformStamped:
        """As lookup_transform, from one time to another through a frame that stands still."""
        self._wait(
            lambda: (
                self.can_transform_core(fixed_frame, source_frame, source_time)[0]
                and self.can_transform_core(target_frame, fixed_frame, target_time)[0]
            ),
            timeout,
        )
        return self.lookup_transform_full_core(
            target_frame, target_time, source_frame, source_time, fixed_frame
        )

    def can_transform(
        self,
        target_frame: str,
        source_frame: str,
        time: Time,
        timeout: Duration = NO_WAIT,
        return_debug_tuple: bool = False,
    ) -> bool | tuple[bool, str]:
        """Return whether lookup_transform would succeed within ``timeout``, on request with why."""
        self._wait(lambda: self.can_transform_core(target_frame, source_frame, time)[0], timeout)
        result = self.can_transform_core(target_frame, source_frame, time)
        return result if return_debug_tuple else result[0]

    def _wait(self, ready: Callable[[], bool], timeout: Duration) -> None:
        deadline = wall.monotonic() + timeout.nanoseconds / 1e9
        with self._changed:
            while not ready() and (remaining := deadline - wall.monotonic()) > 0.0:
                self._changed.wait(remaining)
