"""The node under simulated time: a clock that has not started, runs, jumps back and jumps ahead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from test.nodes.harness import Harness, NodeProcess, running

PERIOD_NS = 100_000_000
STEP_S = 0.05


class SimulatedClock:
    """Publishes /clock while somebody waits for something."""

    def __init__(self, harness: Harness) -> None:
        self._harness = harness
        self.seconds = 1000.0

    def advance(self) -> None:
        self._harness.send_clock(self.seconds)
        self.seconds += STEP_S


@pytest.fixture(scope="module")
def node(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    with running(
        "reaction", f"model:={model}", "use_sim_time:=true", "start_pose:=[1.0, 2.0, 0.5]"
    ) as process:
        yield process


@pytest.fixture(scope="module")
def clock(harness: Harness) -> SimulatedClock:
    return SimulatedClock(harness)


def test_waits_for_the_clock_and_says_so_once(node: NodeProcess, harness: Harness) -> None:
    harness.wait(lambda: "nothing has come on /clock yet" in node.text)
    # Diagnostics say what it waits for; nothing else is published.
    harness.wait_for_new(3, "/diagnostics")
    assert harness.received["/diagnostics"][-1].status[0].message == "waiting for /clock"
    assert not any(
        messages for topic, messages in harness.received.items() if topic != "/diagnostics"
    )
    assert node.text.count("nothing has come on /clock yet") == 1


def test_runs_with_the_clock(node: NodeProcess, harness: Harness, clock: SimulatedClock) -> None:
    harness.wait(lambda: len(harness.received["reaction"]) > 10, clock.advance)
    stamps = harness.stamps()
    assert min(stamps) >= 1000 * 10**9
    assert max(stamps) <= clock.seconds * 10**9
    steps = np.diff(stamps)
    assert (steps > 0).all() and (steps % PERIOD_NS == 0).all()
    root = harness.received["root_pose"][0].pose.position
    assert (root.x, root.y) == pytest.approx((1.0, 2.0))


def test_a_jump_back_starts_anew(
    node: NodeProcess, harness: Harness, clock: SimulatedClock
) -> None:
    harness.wait(lambda: harness.received["reaction"][-1].frame_index > 15, clock.advance)
    before = len(harness.received["reaction"])
    clock.seconds = 900.0
    harness.wait(
        lambda: (
            len(harness.received["reaction"]) > before + 10 and harness.stamps()[-1] < 950 * 10**9
        ),
        clock.advance,
    )
    stamps = np.array(harness.stamps(since=before))
    back = int(np.argmax(stamps < 950 * 10**9))
    # Once back, and from there strictly on.
    assert (np.diff(stamps[back:]) > 0).all()
    first = harness.received["reaction"][before + back]
    assert first.frame_index == 0
    assert (first.root_pose.position.x, first.root_pose.position.y) == pytest.approx((1.0, 2.0))
    assert "time jumped back by" in node.text


def test_a_person_of_before_the_jump_is_forgotten(
    node: NodeProcess, harness: Harness, clock: SimulatedClock
) -> None:
    harness.send_camera()

    def advance_with_person() -> None:
        clock.advance()
        harness.send_body(stamp=harness.stamp_at(clock.seconds - STEP_S))

    harness.wait(lambda: harness.received["reaction"][-1].partner_id == "1", advance_with_person)
    clock.seconds = 800.0
    before = len(harness.received["reaction"])
    harness.wait(lambda: any(s < 850 * 10**9 for s in harness.stamps(since=before)), clock.advance)
    after = [m for m in harness.received["reaction"][before:] if m.header.stamp.sec < 850]
    assert after[0].partner_id == ""
    # The camera stands still, so its transform outlives the jump.
    harness.wait(lambda: harness.received["reaction"][-1].partner_id == "1", advance_with_person)


def test_ticks_of_a_jump_ahead_are_not_missed_ones(
    node: NodeProcess, harness: Harness, clock: SimulatedClock
) -> None:
    before = harness.count("missed_ticks")
    clock.seconds += 500.0
    harness.wait(lambda: harness.stamps()[-1] > (clock.seconds - 5) * 10**9, clock.advance)
    seen = len(harness.received["/diagnostics"])
    harness.wait(lambda: len(harness.received["/diagnostics"]) > seen + 1, clock.advance)
    assert harness.count("missed_ticks") < before + 100
