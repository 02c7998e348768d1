"""Measured joints over DDS: in parts, in any order, of many publishers, and none at all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sensor_msgs.msg import JointState

from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.nodes import measured_joints
from remogen_ros.nodes.measured_joints import MEASURED_FOR_S, MeasuredJoints
from test.nodes.bench import Bench
from test.nodes.harness import Harness, running

TOPIC = "robot/joint_states"
NAMES = ("hip", "knee", "shoulder", "elbow")


class JointsBench(Bench):
    """A node that hears, and a robot that publishes."""

    def __init__(self) -> None:
        super().__init__()
        self.joints = MeasuredJoints(self.node, TOPIC, NAMES, self.ledger)
        self.publisher = self.node.create_publisher(JointState, TOPIC, 50)
        self.spin_until(lambda: self.publisher.get_subscription_count() == 1)

    def send(self, *parts: dict[str, float]) -> None:
        """Messages at once, and until all have been heard."""
        heard = self.ledger.received[TOPIC] + len(parts)
        for part in parts:
            message = JointState(name=list(part), position=list(part.values()))
            self.publisher.publish(message)
        self.spin_until(lambda: self.ledger.received[TOPIC] >= heard)


@pytest.fixture
def bench(domain: int) -> Iterator[JointsBench]:
    bench = JointsBench()
    yield bench
    bench.close()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds of the clock by which measurements grow old; to be set."""
    seconds = [100.0]

    class Clock:
        monotonic = staticmethod(lambda: seconds[0])

    monkeypatch.setattr(measured_joints, "time", Clock)
    return seconds


def missing(names: str, count: int) -> str:
    return f"joints on {TOPIC}: {names} ({count} of {len(NAMES)} missing)"


@pytest.mark.usefixtures("now")
def test_parts_make_a_whole_though_they_come_at_once(bench: JointsBench) -> None:
    assert bench.joints.missing == missing(", ".join(NAMES), 4)[:-1] + "; nothing has come)"
    bench.send({"knee": 2.0, "hip": 1.0}, {"gripper": 9.0})
    assert bench.joints.missing == missing("shoulder, elbow", 2) and bench.joints.fresh() is None
    bench.send({"hip": 1.5}, {"gripper": 9.0}, {"elbow": 4.0, "shoulder": 3.0})
    assert bench.joints.missing == "" and not bench.joints.waits()
    assert bench.joints.fresh() == pytest.approx((1.5, 2.0, 3.0, 4.0))


def test_each_joint_grows_old_by_itself(bench: JointsBench, now: list[float]) -> None:
    bench.send({"hip": 1.0, "knee": 2.0})
    now[0] += 0.7 * MEASURED_FOR_S
    bench.send({"shoulder": 3.0, "elbow": 4.0})
    assert bench.joints.fresh() is not None
    now[0] += 0.7 * MEASURED_FOR_S
    assert bench.joints.fresh() is None
    assert bench.joints.missing == missing("hip, knee", 2)
    bench.send({"hip": 1.0})
    assert bench.joints.missing == missing("knee", 1)


@pytest.mark.usefixtures("now")
def test_what_is_no_number_is_no_measurement(bench: JointsBench) -> None:
    bench.send(dict.fromkeys(NAMES, 1.0) | {"knee": math.nan, "elbow": math.inf})
    assert bench.joints.missing == missing("knee, elbow", 2)
    bench.send({"knee": 2.0, "elbow": 3.0})
    bench.send({"knee": math.nan})
    assert bench.joints.fresh() == pytest.approx((1.0, 2.0, 1.0, 3.0))


@pytest.mark.usefixtures("now")
def test_names_of_another_robot_are_told(bench: JointsBench) -> None:
    bench.send({f"g1/{name}": 1.0 for name in NAMES})
    assert bench.joints.missing.endswith(
        "(4 of 4 missing; those that come are g1/hip, g1/knee, g1/shoulder, g1/elbow)"
    )
    bench.send({f"joint_{number}": 1.0 for number in range(30)})
    assert bench.joints.missing.endswith("joint_7, ...)")
    bench.send({"hip": 1.0})
    assert bench.joints.missing == missing("knee, shoulder, elbow", 3)


def test_it_is_said_once_for_which_joints_it_waits(bench: JointsBench, now: list[float]) -> None:
    bench.send({"hip": 1.0})
    assert bench.joints.waits() and not bench.log.lines
    now[0] += measured_joints.PATIENCE_S
    bench.send({"hip": 1.0, "elbow": 1.0})
    assert bench.joints.waits() and bench.joints.waits()
    (line,) = bench.log.lines
    assert line.startswith(f"waiting for {missing('knee, shoulder', 2)}; ")
    assert "docs/robots.md" in line
    # Patience begins anew once all were there.
    bench.send(dict.fromkeys(NAMES, 1.0))
    assert not bench.joints.waits()
    now[0] += 2.0 * MEASURED_FOR_S
    assert bench.joints.waits()
    assert bench.joints._waiting_since == now[0]


def test_a_robot_begins_softly_from_legs_and_arms_that_come_apart(
    model: Path, harness: Harness
) -> None:
    robot = RobotModel.load("unitree_g1")
    names = robot.description.joints
    # Anywhere, and nowhere near where the ego stands.
    there = robot.lower + 0.3 * (robot.upper - robot.lower)
    legs, arms = (
        JointState(name=names[part], position=there[part].tolist())
        for part in (slice(0, 12), slice(12, None))
    )
    begun = len(harness.received["joint_states"])
    with running(
        *("reaction", f"model:={model}", "embodiment:=unitree_g1"), f"guard.start_topic:={TOPIC}"
    ) as node:
        publishers = [harness.node.create_publisher(JointState, TOPIC, 1) for _ in range(2)]

        def waiting() -> bool:
            messages = harness.received["/diagnostics"]
            return bool(messages) and "(17 of 29 missing)" in messages[-1].status[0].message

        harness.wait(waiting, lambda: publishers[0].publish(legs))

        def measure() -> None:
            for publisher, part in zip(publishers, (legs, arms), strict=True):
                publisher.publish(part)

        harness.wait(lambda: len(harness.received["joint_states"]) >= begun + 8, measure)
        assert node.process.poll() is None and "Traceback" not in node.text, node.text
    states = harness.received["joint_states"][begun:]
    np.testing.assert_allclose(states[0].position, there, atol=1e-6)
    assert not any(states[0].velocity)
    # Soft: smoothstep over 2 s or more has done 0.7 % of the way after a tick.
    turned = np.abs(np.array([state.position for state in states[:8]]) - there)
    assert turned[7].max() > 0.1
    assert (turned[1] <= 0.02 * np.pi).all()
    assert (np.diff(turned[:, turned[7].argmax()]) > 0.0).all()
