"""Time that does not go on as it should: the machine stalls, observations come in disorder."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.guard_config import GuardConfig
from remogen_ros.nodes.resources import shipped_folder
from remogen_ros.nodes.stamps import SECOND_NS, nanoseconds
from test.nodes.fuzzing import assert_ego_no_faster_than
from test.nodes.harness import Harness, NodeProcess, running

PERIOD_NS = 100_000_000
STALL_S = 3.0


@pytest.fixture(scope="module")
def node(harness: Harness) -> Iterator[NodeProcess]:
    """The shipped model: what it generates moves."""
    with running(
        "reaction", f"model:={shipped_folder('model', 'demo')}", "guard.stop_after_s:=0.0"
    ) as process:
        harness.wait(lambda: harness.received["reaction"] or process.process.poll() is not None)
        assert process.process.poll() is None, process.text
        harness.send_camera()
        yield process
        assert process.stop() == 0
        assert "Traceback" not in process.text


def steps(reactions: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """From each reaction to the next: metres of the root, and radians of the fastest joint."""
    roots = np.array([[getattr(r.root_pose.position, axis) for axis in "xyz"] for r in reactions])
    turns = np.array([[(q.x, q.y, q.z, q.w) for q in r.joint_rotations] for r in reactions])
    angles = [
        (Rotation.from_quat(before).inv() * Rotation.from_quat(after)).magnitude().max()
        for before, after in pairwise(turns)
    ]
    return np.linalg.norm(np.diff(roots, axis=0), axis=-1), np.array(angles)


def test_after_a_stall_of_the_machine_motion_goes_on_where_it_was(
    node: NodeProcess, harness: Harness
) -> None:
    harness.wait_for_new(40, act=harness.send_body)
    os.kill(node.process.pid, signal.SIGSTOP)
    stopped = time.time_ns()
    begun = time.monotonic()
    while time.monotonic() - begun < STALL_S:
        harness.send_body()
        time.sleep(0.05)
    resumed = time.time_ns()
    os.kill(node.process.pid, signal.SIGCONT)
    harness.wait_for_new(15, act=harness.send_body)

    reactions = list(harness.received["reaction"])
    stamps = np.array(harness.stamps())
    assert (np.diff(stamps) > 0).all() and (np.diff(stamps) % PERIOD_NS == 0).all()
    # Nothing is made up for: no frame of the time in which the node stood still.
    within = (stamps > stopped + 2 * PERIOD_NS) & (stamps < resumed - PERIOD_NS)
    assert not within.any()
    indices = [reaction.frame_index for reaction in reactions]
    assert indices == list(range(indices[0], indices[0] + len(indices)))
    # The pose goes on from the last one: the step over the stall is one like the others. Who sees
    # somebody anew may set off then, as fast as the guard allows.
    over = int(np.searchsorted(stamps, resumed - PERIOD_NS)) - 1
    for moved in steps(reactions):
        assert moved[over] <= 1.5 * np.delete(moved[: over + 4], over).max() + 0.02
    assert_ego_no_faster_than(reactions, GuardConfig())
    harness.wait(lambda: harness.count("stalls") >= 1)
    assert harness.count("missed_ticks") >= harness.count("missed_by_stalls") >= 25
    assert float(harness.status()["longest_stall_ms"]) > 1e3 * (STALL_S - 0.5)


def test_observations_out_of_order_and_with_equal_stamps_do_no_harm(
    node: NodeProcess, harness: Harness
) -> None:
    sent: list[int] = []

    def send_in_disorder() -> None:
        now = harness.now()
        sent.append(nanoseconds(now))
        harness.send_body(place=(1.5, 0.0), stamp=now)
        harness.send_body(place=(4.0, 3.0), stamp=now)
        late = harness.stamp_at(nanoseconds(now) / SECOND_NS - 0.35)
        harness.send_body(place=(4.0, -3.0), stamp=late)
        time.sleep(0.02)

    harness.wait(lambda: harness.received["reaction"][-1].partner_id == "1", send_in_disorder)
    reactions = harness.wait_for_new(20, act=send_in_disorder)
    # A machine that stands still for a second loses the person for as long.
    seen = [reaction for reaction in reactions if reaction.partner_id]
    sources = [nanoseconds(reaction.source_stamp) for reaction in seen]
    assert (np.diff(sources) >= 0).all(), "nobody goes back in time"
    assert {reaction.partner_id for reaction in seen} == {"1"}
    stamps = [nanoseconds(reaction.header.stamp) for reaction in seen]
    assert (np.array(sources) <= np.array(stamps)).all()
    for reaction in reactions:
        assert np.isfinite([reaction.root_pose.position.x, reaction.input_age_ms]).all()
