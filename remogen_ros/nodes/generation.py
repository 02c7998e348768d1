"""The thread that owns the generator: a tick goes in, a reaction comes out."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow
from remogen_ros.motion.skeleton import JOINT_COUNT
from remogen_ros.nodes.ledger import Ledger, describe
from remogen_ros.nodes.worker import LatestWorker
from remogen_ros.streaming.observation import Frame, Observation

SOURCE = "generator"
"""What the ledger calls frames that could not be published."""

WARM_UP_FRAMES = 16


class Generates(Protocol):
    """What this thread needs of `remogen_ros.streaming.generator.Generator`."""

    def reset(
        self, position_xy: tuple[float, float], yaw: float, seed: int | None = None
    ) -> None: ...

    def step(self, observation: Observation) -> Frame: ...


@dataclass(frozen=True)
class Tick:
    """What is known at one tick.

    Attributes:
        stamp_ns: time of the tick, nanoseconds of the ROS clock.
        observation: all cues, none later than the stamp.
        partner_ids: the people in the observation, as the tracker names them.
        source_stamp_ns: stamp of the newest partner observation, None if there is none.
        hold: the body is to stand still.
        everybody: (N, 2) metres, where people are, those who are not in the observation, too.
    """

    stamp_ns: int
    observation: Observation
    partner_ids: tuple[str, ...] = ()
    source_stamp_ns: int | None = None
    hold: bool = False
    everybody: NDArray[np.floating] = field(default_factory=lambda: np.zeros((0, 2)))

    @property
    def input_age_ms(self) -> float:
        """Age of the newest partner observation at the tick, milliseconds; nan without one."""
        if self.source_stamp_ns is None:
            return float("nan")
        return (self.stamp_ns - self.source_stamp_ns) / 1e6


@dataclass(frozen=True)
class Reaction:
    """One generated frame, and the tick it answers.

    Attributes:
        tick: what it was generated from.
        frame: the ego; while it is held, the frame that was generated last.
        tick_ms: time that the generator took, milliseconds; 0 while the ego is held.
        processor_ms: what of it the generator's thread had a processor, milliseconds.
    """

    tick: Tick
    frame: Frame
    tick_ms: float
    processor_ms: float = 0.0


class GeneratorThread:
    """Runs the generator on the newest tick, and publishes each frame as soon as it is there.

    Publishing from this thread (rclpy publishers allow it) makes the latency one computation; the
    executor stays free for messages. A tick that comes while the last one is still computed waits
    alone; the next one replaces it, and that is a missed tick.

    While the ego is held, nothing is generated, so that it goes on where it stopped. A generator
    that fails starts anew where the ego is, which is held for that tick.
    """

    def __init__(
        self,
        generator: Generates,
        start_pose: tuple[float, float, float],
        publish: Callable[[Reaction], None],
        put_back: Callable[[], None],
        ledger: Ledger,
    ) -> None:
        """
        Args:
            generator: owned by this object from now on.
            start_pose: x [m], y [m], yaw [rad] where the ego stands after a reset.
            publish: called with each reaction, on this object's thread.
            put_back: called on the same thread when the ego was put back to its start pose.
            ledger: where frames that cannot be published are reported.
        """
        self._generator = generator
        self._start_pose = start_pose
        self._publish = publish
        self._on_put_back = put_back
        self._ledger = ledger
        self._last: Frame | None = None
        self._epoch = 0
        self._epoch_lock = threading.Lock()
        self._worker: LatestWorker[tuple[int, Tick]] = LatestWorker("generator", self._compute)
        self._put_back()

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def stop(self) -> None:
        """Finish the frame in work, and end the thread."""
        self._worker.stop()

    def hand(self, tick: Tick) -> bool:
        """Hand over the newest tick. False if it replaced one that was never computed."""
        return self._worker.hand((self._epoch, tick))

    def restart(self, put_back: bool) -> None:
        """Begin anew after time jumped: no tick handed before this is published any more.

        Args:
            put_back: also put the ego back to its start pose.
        """
        with self._epoch_lock:
            self._epoch += 1
        self._worker.reset(self._put_back if put_back else lambda: None)

    def _put_back(self) -> None:
        self._last = None
        self._generator.reset(self._start_pose[:2], self._start_pose[2])
        self._on_put_back()

    def _compute(self, work: tuple[int, Tick]) -> None:
        epoch, tick = work
        if tick.hold and self._last is not None:
            self._deliver(epoch, Reaction(tick, self._last, 0.0))
            return
        begun, used = time.perf_counter(), time.thread_time()
        try:
            frame = self._generator.step(tick.observation)
        except Exception as error:  # The node outlives whatever the generator cannot digest.
            sentence = f"the generator failed and starts anew: {describe(error)}"
            self._ledger.drop(SOURCE, "failed", sentence)
            self._start_anew(epoch, tick)
            return
        tick_ms = (time.perf_counter() - begun) * 1e3
        processor_ms = (time.thread_time() - used) * 1e3
        if not is_finite(frame):
            self._ledger.drop(
                SOURCE,
                "not finite",
                "the generator gave a frame that is not finite; it is not published, and the "
                "generator starts anew",
            )
            self._start_anew(epoch, tick)
            return
        self._last = frame
        self._deliver(epoch, Reaction(tick, frame, tick_ms, processor_ms))

    def _start_anew(self, epoch: int, tick: Tick) -> None:
        last = self._last
        if last is None:
            self._put_back()
            return
        x, y, _ = (float(metres) for metres in last.root_position)
        self._generator.reset((x, y), heading(last.joint_rotations[0]))
        self._deliver(epoch, Reaction(replace(tick, hold=True), last, 0.0))

    def _deliver(self, epoch: int, reaction: Reaction) -> None:
        with self._epoch_lock:
            if epoch == self._epoch:
                self._publish(reaction)


def heading(rotation: NDArray[np.floating]) -> float:
    """Where a unit quaternion (4,) xyzw turns the x axis over the floor, radians about z."""
    x, y, z, w = (float(value) for value in rotation)
    return math.atan2(2.0 * (x * y + w * z), 1.0 - 2.0 * (y * y + z * z))


def warm_up(generator: Generates, adapters: Sequence[str]) -> None:
    """Run two segments with everything switched on, so that no first tick pays for set-up.

    What PyTorch allocates and chooses on first use takes longer than a tick has. The generator
    must be reset afterwards.
    """
    somebody = PartnerWindow(
        torch.ones(1, PARTNER_FRAMES, JOINT_COUNT, 3),
        torch.ones(1, PARTNER_FRAMES, JOINT_COUNT, dtype=torch.bool),
    )
    observation = Observation(somebody, adapter_weights=dict.fromkeys(adapters, 1.0))
    for _ in range(WARM_UP_FRAMES):
        generator.step(observation)
    generator.step(replace(observation, mix="auto"))


def is_finite(frame: Frame) -> bool:
    """Whether every number of a frame is finite."""
    return all(
        bool(np.isfinite(values).all())
        for values in (
            frame.root_position,
            frame.joint_rotations,
            frame.joint_positions,
            frame.horizon_root_positions,
            frame.horizon_joint_rotations,
            frame.clip_ratio,
        )
    )
