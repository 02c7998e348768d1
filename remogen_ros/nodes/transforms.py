"""Transforms into the fixed frame, without ever blocking the executor.

A message whose transform is not there yet waits for it, a bounded time and in a short queue: the
transform arrives through the same executor, so a lookup that blocks could never succeed.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.time import Time
from tf2_ros import Buffer, TransformException, TransformListener

from remogen_ros.nodes.ledger import Ledger, describe

QUEUE_LENGTH = 16
"""Messages of one topic and frame that may wait for transforms; the oldest gives way."""

RETRY_PERIOD_S = 0.02


@dataclass(frozen=True)
class Rigid:
    """A rigid transform.

    Attributes:
        translation: (3,) metres.
        quaternion: (4,) xyzw.
    """

    translation: NDArray[np.float64]
    quaternion: NDArray[np.float64]


IDENTITY = Rigid(np.zeros(3), np.array((0.0, 0.0, 0.0, 1.0)))
Deliver = Callable[[Rigid], None]


@dataclass
class _Waiting:
    frame_id: str
    stamp_ns: int
    deliver: Deliver
    deadline: float


class FrameResolver:
    """Looks up transforms into the fixed frame; messages wait here until theirs is known."""

    def __init__(self, node: Node, fixed_frame: str, wait_s: float, ledger: Ledger) -> None:
        """
        Args:
            node: whose executor delivers /tf and /tf_static.
            fixed_frame: the target of every transform.
            wait_s: how long a message waits, wall-clock seconds.
            ledger: where messages that waited in vain are reported.
        """
        self._node = node
        self.fixed_frame = fixed_frame
        self._wait_s = wait_s
        self._ledger = ledger
        self._buffer = Buffer()
        self._listener = TransformListener(self._buffer, node)
        # By topic and frame: a camera without a transform must not hold up the others.
        self._waiting: dict[tuple[str, str], deque[_Waiting]] = {}
        # Steady: waiting ends even while simulated time stands still.
        self._timer = node.create_timer(
            RETRY_PERIOD_S, self._retry, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )
        self._timer.cancel()

    def resolve(self, topic: str, frame_id: str, stamp_ns: int, deliver: Deliver) -> None:
        """Call `deliver` with the transform frame_id -> fixed frame at the stamp.

        At once where it is known, otherwise when it has arrived. After `wait_s` the message is
        dropped, with a sentence that names topic, frame and fixed frame.
        """
        waiting = self._waiting.setdefault((topic, frame_id), deque(maxlen=QUEUE_LENGTH))
        if not waiting:
            try:
                transform = self._lookup(frame_id, stamp_ns)
            except TransformException:
                pass
            else:
                deliver(transform)
                return
        deadline = time.monotonic() + self._wait_s
        waiting.append(_Waiting(frame_id, stamp_ns, deliver, deadline))
        if self._timer.is_canceled():
            self._timer.reset()

    def names(self) -> list[str]:
        """Every frame that has been heard of as a child of another."""
        lines = self._buffer.all_frames_as_yaml().splitlines()
        return [line.rstrip().removesuffix(":") for line in lines if line[:1] not in ("", " ", "[")]

    def newest_stamp(self, frame_id: str) -> int | None:
        """Nanoseconds of the newest transform frame_id -> fixed frame; 0 if it never moves.

        None if there is none.
        """
        try:
            return self._buffer.get_latest_common_time(self.fixed_frame, frame_id).nanoseconds
        except TransformException:
            return None

    def newest(self, frame_id: str) -> Rigid | None:
        """The newest transform frame_id -> fixed frame; None if there is none."""
        try:
            return self._lookup(frame_id, 0)
        except TransformException:
            return None

    def place(self, frame_id: str, stamp_ns: int) -> NDArray[np.float64] | None:
        """(3,) metres, the origin of a frame in the fixed frame at a time; None if not known."""
        try:
            return self._lookup(frame_id, stamp_ns).translation
        except TransformException:
            return None

    def clear(self) -> None:
        """Forget moving transforms and every waiting message: time has jumped."""
        self._buffer.clear()
        self._waiting.clear()

    def destroy(self) -> None:
        """Stop listening."""
        self._listener.unregister()
        self._node.destroy_timer(self._timer)

    def _lookup(self, frame_id: str, stamp_ns: int) -> Rigid:
        if frame_id == self.fixed_frame:
            return IDENTITY
        stamp = Time(nanoseconds=stamp_ns, clock_type=ClockType.ROS_TIME)
        transform = self._buffer.lookup_transform(self.fixed_frame, frame_id, stamp).transform
        moved, turned = transform.translation, transform.rotation
        return Rigid(
            np.array((moved.x, moved.y, moved.z)),
            np.array((turned.x, turned.y, turned.z, turned.w)),
        )

    def _retry(self) -> None:
        for (topic, _), waiting in self._waiting.items():
            while waiting and self._settle(topic, waiting[0]):
                waiting.popleft()
        if not any(self._waiting.values()):
            self._timer.cancel()

    def _settle(self, topic: str, message: _Waiting) -> bool:
        """Deliver or give up one message; False if it goes on waiting."""
        try:
            message.deliver(self._lookup(message.frame_id, message.stamp_ns))
        except TransformException as error:
            if time.monotonic() < message.deadline:
                return False
            self._ledger.drop(
                topic,
                "no transform",
                f"dropped a message of topic '{topic}': there is no transform from its frame "
                f"'{message.frame_id}' to the fixed frame '{self.fixed_frame}' at its stamp "
                f"{message.stamp_ns / 1e9:.3f} s ({describe(error)}); publish it on /tf or "
                "/tf_static, and check that use_sim_time is the same everywhere",
            )
        except Exception as error:  # As in Ledger.guarded: no message may end the node.
            sentence = f"dropped a message of topic '{topic}': {describe(error)}"
            self._ledger.drop(topic, "malformed", sentence)
        return True
