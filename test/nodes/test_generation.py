"""The generator's thread: what it publishes, and what it never does."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from remogen_ros.nodes.generation import GeneratorThread, Reaction, Tick, is_finite
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.streaming.observation import Frame, Observation

LONG_S = 30.0
UNIT = np.tile(np.array((0.0, 0.0, 0.0, 1.0), np.float32), (22, 1))
FRAME = Frame(
    index=0,
    root_position=np.zeros(3, np.float32),
    joint_rotations=UNIT,
    joint_positions=np.zeros((22, 3), np.float32),
    horizon_root_positions=np.zeros((2, 3), np.float32),
    horizon_joint_rotations=np.stack((UNIT, UNIT)),
    segment_start=False,
    clip_ratio=0.0,
)


class Silent:
    def warning(self, message: str) -> None:
        pass


class Scripted:
    """A generator that does what the test says, frame after frame."""

    def __init__(self, *script: Frame | Exception) -> None:
        self.script = list(script)
        self.resets: list[tuple[tuple[float, float], float]] = []
        self.gate: threading.Semaphore | None = None
        self.begun = threading.Semaphore(0)

    def reset(self, position_xy: tuple[float, float], yaw: float, seed: int | None = None) -> None:
        self.resets.append((position_xy, yaw))

    def step(self, observation: Observation) -> Frame:
        self.begun.release()
        if self.gate is not None:
            assert self.gate.acquire(timeout=LONG_S)
        result = self.script.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


class Bench:
    """A generator thread and what comes out of it."""

    def __init__(self, generator: Scripted) -> None:
        self.published: list[Reaction] = []
        self.put_back = 0
        self.ledger = Ledger(Silent())
        self.arrived = threading.Semaphore(0)
        self.thread = GeneratorThread(
            generator, (1.0, 2.0, 0.5), self._publish, self._on_put_back, self.ledger
        )
        self.thread.start()

    def _publish(self, reaction: Reaction) -> None:
        self.published.append(reaction)
        self.arrived.release()

    def _on_put_back(self) -> None:
        self.put_back += 1


def tick(stamp_ns: int) -> Tick:
    return Tick(stamp_ns, Observation())


def test_publishes_each_frame_with_its_tick() -> None:
    generator = Scripted(FRAME, replace(FRAME, index=1))
    bench = Bench(generator)
    for stamp in (100, 200):
        assert bench.thread.hand(tick(stamp))
        assert bench.arrived.acquire(timeout=LONG_S)
    bench.thread.stop()
    assert [(r.tick.stamp_ns, r.frame.index) for r in bench.published] == [(100, 0), (200, 1)]
    assert generator.resets == [((1.0, 2.0), 0.5)]


@pytest.mark.parametrize(
    "field, shape",
    [
        ("root_position", (3,)),
        ("joint_rotations", (22, 4)),
        ("joint_positions", (22, 3)),
        ("horizon_root_positions", (2, 3)),
        ("horizon_joint_rotations", (2, 22, 4)),
    ],
)
def test_a_frame_that_is_not_finite_is_never_published(field: str, shape: tuple[int, ...]) -> None:
    broken = np.zeros(shape, np.float32)
    broken.flat[-1] = np.inf
    bad = replace(FRAME, **{field: broken})
    assert is_finite(FRAME) and not is_finite(bad)
    generator = Scripted(bad, FRAME)
    bench = Bench(generator)
    bench.thread.hand(tick(100))
    assert generator.begun.acquire(timeout=LONG_S)
    while generator.script and len(generator.script) > 1:
        pass
    bench.thread.hand(tick(200))
    assert bench.arrived.acquire(timeout=LONG_S)
    bench.thread.stop()
    assert [r.tick.stamp_ns for r in bench.published] == [200]
    assert bench.ledger.counts()[1] == {("generator", "not finite"): 1}
    assert len(generator.resets) == bench.put_back == 2


def test_a_generator_that_fails_starts_anew() -> None:
    generator = Scripted(RuntimeError("no"), FRAME)
    bench = Bench(generator)
    bench.thread.hand(tick(100))
    while len(generator.script) > 1:
        pass
    bench.thread.hand(tick(200))
    assert bench.arrived.acquire(timeout=LONG_S)
    bench.thread.stop()
    assert bench.ledger.counts()[1] == {("generator", "failed"): 1}
    assert len(generator.resets) == 2


def test_a_held_ego_is_not_generated_further() -> None:
    generator = Scripted(FRAME, replace(FRAME, index=1))
    bench = Bench(generator)
    for stamp, hold in ((100, False), (200, True), (300, True), (400, False)):
        bench.thread.hand(Tick(stamp, Observation(), hold=hold))
        assert bench.arrived.acquire(timeout=LONG_S)
    bench.thread.stop()
    published = [(r.tick.stamp_ns, r.frame.index, r.tick.hold) for r in bench.published]
    assert published == [(100, 0, False), (200, 0, True), (300, 0, True), (400, 1, False)]


def test_a_generator_that_fails_on_the_way_starts_anew_where_the_ego_is() -> None:
    turned = UNIT.copy()
    turned[0] = (0.0, 0.0, np.sin(0.6), np.cos(0.6))
    away = replace(FRAME, root_position=np.array((3, 4, 0.9), np.float32), joint_rotations=turned)
    broken = replace(FRAME, root_position=np.full(3, np.nan, np.float32))
    generator = Scripted(away, RuntimeError("no"), broken, FRAME)
    bench = Bench(generator)
    for stamp in (100, 200, 300, 400):
        bench.thread.hand(tick(stamp))
        assert bench.arrived.acquire(timeout=LONG_S)
    bench.thread.stop()
    assert [r.tick.hold for r in bench.published] == [False, True, True, False]
    assert all(r.frame is away for r in bench.published[:3])
    for place, yaw in generator.resets[1:]:
        assert place == (3.0, 4.0)
        assert yaw == pytest.approx(1.2)
    assert len(generator.resets) == 3 and bench.put_back == 1


def test_what_was_in_work_when_time_jumped_is_not_published() -> None:
    generator = Scripted(FRAME, FRAME)
    generator.gate = threading.Semaphore(0)
    bench = Bench(generator)
    bench.thread.hand(tick(900))
    assert generator.begun.acquire(timeout=LONG_S)
    bench.thread.restart(put_back=True)
    bench.thread.hand(tick(100))
    generator.gate.release(2)
    assert bench.arrived.acquire(timeout=LONG_S)
    bench.thread.stop()
    assert [r.tick.stamp_ns for r in bench.published] == [100]
    assert len(generator.resets) == 2


def test_a_restart_may_leave_the_ego_where_it_is() -> None:
    generator = Scripted(FRAME)
    bench = Bench(generator)
    bench.thread.restart(put_back=False)
    bench.thread.hand(tick(100))
    assert bench.arrived.acquire(timeout=LONG_S)
    bench.thread.stop()
    assert len(generator.resets) == 1


def test_age_of_the_input() -> None:
    aged = Tick(2_000_000_000, Observation(), ("1",), 1_950_000_000)
    assert aged.input_age_ms == pytest.approx(50.0)
    assert np.isnan(tick(5).input_age_ms)
