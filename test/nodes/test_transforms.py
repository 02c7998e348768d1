"""Messages that wait for their transforms, in a real executor that is never blocked."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from geometry_msgs.msg import TransformStamped
from tf2_ros import StaticTransformBroadcaster, TransformBroadcaster

from remogen_ros.nodes.stamps import time_message
from remogen_ros.nodes.transforms import FrameResolver, Rigid
from test.nodes.bench import Bench

WAIT_S = 0.4
PATIENCE_S = 60.0
SECOND_NS = 1_000_000_000


class FramesBench(Bench):
    """A node with a resolver, and a second one that broadcasts."""

    def __init__(self) -> None:
        super().__init__()
        self.resolver = FrameResolver(self.node, "map", WAIT_S, self.ledger)
        self.got: list[Rigid] = []

    def moving(self, frame: str, seconds: float, x: float) -> TransformStamped:
        transform = TransformStamped(child_frame_id=frame)
        transform.header.frame_id = "map"
        transform.header.stamp = time_message(round(seconds * SECOND_NS))
        transform.transform.translation.x = x
        transform.transform.rotation.w = 1.0
        return transform


@pytest.fixture
def bench(domain: int) -> Iterator[FramesBench]:
    bench = FramesBench()
    yield bench
    bench.resolver.destroy()
    bench.close()


def test_the_fixed_frame_needs_no_transform(bench: FramesBench) -> None:
    bench.resolver.resolve("points", "map", SECOND_NS, bench.got.append)
    np.testing.assert_array_equal(bench.got[0].quaternion, (0, 0, 0, 1))


def test_a_message_waits_for_a_transform_that_comes_late(bench: FramesBench) -> None:
    bench.resolver.resolve("points", "camera", SECOND_NS, bench.got.append)
    assert not bench.got
    broadcaster = StaticTransformBroadcaster(bench.node)
    broadcaster.sendTransform(bench.moving("camera", 0.0, 3.0))
    bench.spin_until(lambda: bool(bench.got) or bool(bench.log.lines))
    if not bench.got:  # The machine took longer than a message may wait; a later one finds it.
        bench.spin_until(
            lambda: bool(bench.got),
            lambda: bench.resolver.resolve("points", "camera", SECOND_NS, bench.got.append),
        )
    assert bench.got[0].translation.tolist() == [3.0, 0.0, 0.0]


def test_a_moving_frame_is_looked_up_at_the_stamp(bench: FramesBench) -> None:
    broadcaster = TransformBroadcaster(bench.node)

    def resolve() -> bool:
        for seconds in (1.0, 2.0):
            broadcaster.sendTransform(bench.moving("hand", seconds, seconds))
        bench.resolver.resolve("points", "hand", round(1.5 * SECOND_NS), bench.got.append)
        return bool(bench.got)

    bench.spin_until(resolve)
    assert bench.got[0].translation[0] == pytest.approx(1.5)


def test_what_waits_in_vain_is_dropped_with_one_sentence(bench: FramesBench) -> None:
    for stamp in (1, 2, 3):
        bench.resolver.resolve("points", "nowhere", stamp * SECOND_NS, bench.got.append)
    bench.spin_until(lambda: bench.ledger.counts()[1].get(("points", "no transform")) == 3)
    (sentence,) = bench.log.lines
    for words in ("'points'", "'nowhere'", "'map'", "use_sim_time"):
        assert words in sentence
    assert not bench.got


def test_a_frame_without_transform_holds_up_no_other(bench: FramesBench) -> None:
    bench.resolver.resolve("points", "nowhere", SECOND_NS, bench.got.append)
    bench.resolver.resolve("points", "map", SECOND_NS, bench.got.append)
    assert len(bench.got) == 1


def test_what_fails_after_waiting_is_counted_too(bench: FramesBench) -> None:
    def fail(transform: Rigid) -> None:
        raise ValueError("no")

    StaticTransformBroadcaster(bench.node).sendTransform(bench.moving("camera", 0.0, 0.0))

    def failed() -> bool:
        try:
            bench.resolver.resolve("points", "camera", SECOND_NS, fail)
        except ValueError:  # Delivered at once: the caller's guard counts that.
            return True
        return ("points", "malformed") in bench.ledger.counts()[1]

    bench.spin_until(failed)


def test_clear_forgets_what_waits(bench: FramesBench) -> None:
    bench.resolver.resolve("points", "nowhere", SECOND_NS, bench.got.append)
    bench.resolver.clear()
    end = time.monotonic() + 2 * WAIT_S
    bench.spin_until(lambda: time.monotonic() > end)
    assert not bench.log.lines
