"""People who are nothing but frames on TF, looked up as new transforms come in."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from remogen_ros.nodes.ledger import Ledger, describe
from remogen_ros.nodes.topics import FRAMES
from remogen_ros.nodes.transforms import FrameResolver
from remogen_ros.perception.detections import SkeletonDetection
from remogen_ros.perception.frames import (
    SAME_TIME_NS,
    FrameNaming,
    common_stamp,
    detection_from_frames,
)

PATIENCE_S = 5.0
"""After so long without anybody's frames it is said which were looked for, seconds."""

LOOK_AROUND_S = 0.5
"""How often it is looked for new bodies, seconds."""

_NAMED_FRAMES = 8

Bodies = Callable[[], Sequence[str]]
Deliver = Callable[[list[SkeletonDetection], Sequence[str]], None]
"""Takes who has moved since the last look, and the names of all who are followed."""


class Roster:
    """Names of the bodies on TF: those that a user listed, or all that can be found."""

    def __init__(
        self, listed: Sequence[str], naming: FrameNaming, frames: FrameResolver, own: set[str]
    ) -> None:
        """
        Args:
            listed: by the user; if empty, bodies are found by their frames.
            naming: of the frames.
            frames: where they are known.
            own: frames of the ego, which is nobody to find.
        """
        self._listed = listed
        self._naming = naming
        self._frames = frames
        self._own = own
        self._found: Sequence[str] = ()
        self._looked_at = float("-inf")

    def __call__(self) -> Sequence[str]:
        """The names at present."""
        if self._listed:
            return self._listed
        now = time.monotonic()
        if now - self._looked_at >= LOOK_AROUND_S:
            self._looked_at = now
            self._found = self._naming.bodies_among(set(self._frames.names()) - self._own)
        return self._found


class FramePeople:
    """Asks for the frames of every body, and delivers each moment of each body once."""

    def __init__(
        self,
        node: Node,
        frames: FrameResolver,
        naming: FrameNaming,
        bodies: Bodies,
        deliver: Deliver,
        ledger: Ledger,
        *,
        rate: float,
        expected: bool,
    ) -> None:
        """
        Args:
            node: whose executor looks the frames up.
            frames: where they are known; detections are in its fixed frame.
            naming: of the frames.
            bodies: who may be there at present.
            deliver: takes the detections.
            ledger: where it is reported what is wrong.
            rate: how often to look, Hz of the wall clock.
            expected: whether it is worth a word that `bodies` has nobody.
        """
        self._node = node
        self._frames = frames
        self._naming = naming
        self._bodies = bodies
        self._deliver = deliver
        self._ledger = ledger
        self._expected = expected
        self._delivered: dict[str, int] = {}
        self._seen_at = time.monotonic()
        # Steady: it is said that nobody is there while simulated time stands still, too.
        self._timer = node.create_timer(
            1.0 / rate, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )

    def forget(self) -> None:
        """Time has jumped: what was delivered belongs to another."""
        self._delivered.clear()

    def destroy(self) -> None:
        """Stop looking."""
        self._node.destroy_timer(self._timer)

    def _look(self) -> None:
        try:
            bodies = self._bodies()
            for body in [body for body in self._delivered if body not in bodies]:
                del self._delivered[body]
            found = [self._look_at(body) for body in bodies]
            if detections := [detection for detection in found if detection is not None]:
                self._deliver(detections, self._followed())
            if not bodies and not self._expected:
                self._seen_at = time.monotonic()
            if time.monotonic() - self._seen_at >= PATIENCE_S:
                self._say_that_nobody_is_there(bodies)
        except Exception as error:  # As in Ledger.guarded: nothing on TF may end the node.
            sentence = f"a body on '{FRAMES}' is left out: {describe(error)}"
            self._ledger.drop(FRAMES, "malformed", sentence)

    def _followed(self) -> list[str]:
        """Whose frames come at present. The buffer keeps those of bodies who are gone."""
        oldest = max(self._delivered.values()) - SAME_TIME_NS
        return [body for body, stamp_ns in self._delivered.items() if stamp_ns >= oldest]

    def _look_at(self, body: str) -> SkeletonDetection | None:
        """The newest moment of a body, if it has not been delivered."""
        newest = {}
        for frame in self._naming.frames(body):
            stamp = self._frames.newest_stamp(frame)
            if stamp is not None:
                newest[frame] = stamp
        if not newest:
            return None
        self._seen_at = time.monotonic()
        stamp_ns = common_stamp(newest)
        if stamp_ns is None:
            self._ledger.say(
                FRAMES,
                "static",
                f"the frames of body {body!r} never move (/tf_static), so it is left out: a "
                "tracker broadcasts on /tf, with the time of each observation",
            )
            return None
        if stamp_ns <= self._delivered.get(body, 0):
            return None
        self._delivered[body] = stamp_ns
        places = {}
        for frame in newest:
            place = self._frames.place(frame, stamp_ns)
            if place is not None:
                places[frame] = place
        fixed_frame = self._frames.fixed_frame
        return detection_from_frames(body, stamp_ns, fixed_frame, places, self._naming)

    def _say_that_nobody_is_there(self, bodies: Sequence[str]) -> None:
        example = self._naming.frame(self._naming.joint_map.joints[0], (*bodies, "<body>")[0])
        known = sorted(self._frames.names())
        more = " ..." if len(known) > _NAMED_FRAMES else ""
        self._ledger.say(
            FRAMES,
            "nobody",
            f"no frame of a person leads to the fixed frame '{self._frames.fixed_frame}': frames "
            f"such as '{example}' are looked for, and those on TF are "
            f"{', '.join(known[:_NAMED_FRAMES]) or 'none'}{more}",
        )
