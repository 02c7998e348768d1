"""The player as a process of its own, heard over real DDS."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="needs ROS 2")

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile
from rosgraph_msgs.msg import Clock
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import MarkerArray

from remogen_ros.recording.messages import MessageFactory
from remogen_ros.recording.writer import BagWriter, quality

START = 1_700_000_000_000_000_000
TENTH = 100_000_000
COUNT = 21
PATIENCE_S = 60.0
"""Waits are for conditions; a machine that is busy elsewhere may take long to meet them."""


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2 s of one body at 10 Hz, and a static transform at the beginning."""
    path = tmp_path_factory.mktemp("bags") / "tiny"
    with BagWriter(path) as writer:
        writer.add_topic("/tf_static", "tf2_msgs/msg/TFMessage", quality(1, latched=True))
        writer.add_topic("/bodies", "visualization_msgs/msg/MarkerArray", quality(10))
        make = MessageFactory(writer.types)
        mounted = make.transform(START, "map", "camera", np.zeros(3), np.array([0, 0, 0, 1.0]))
        writer.write("/tf_static", START, make.transforms([mounted]))
        for i in range(COUNT):
            stamp = START + i * TENTH
            writer.write("/bodies", stamp, make.bodies(stamp, "camera", {1: np.zeros((32, 3))}))
    return path


class Listener:
    """Keeps (time of arrival, message) by topic."""

    def __init__(self) -> None:
        self.context = Context()
        rclpy.init(context=self.context, args=[])
        self.node = rclpy.create_node("listener", context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.received: dict[str, list[tuple[float, Any]]] = defaultdict(list)
        self.listen(MarkerArray, "/bodies", QoSProfile(depth=100))
        self.listen(Clock, "/clock", QoSProfile(depth=1000))

    def listen(self, message_type: type, topic: str, qos: QoSProfile) -> None:
        keep = self.received[topic]
        self.node.create_subscription(
            message_type, topic, lambda m: keep.append((time.monotonic(), m)), qos
        )

    def listen_to_static_transforms(self) -> None:
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.listen(TFMessage, "/tf_static", latched)

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, "nothing came of it in time"
            self.executor.spin_once(timeout_sec=0.02)

    def hear_out(self) -> None:
        """Take what has come and was not looked at yet."""
        end = time.monotonic() + 0.5
        self.until(lambda: time.monotonic() > end)

    def stamps(self) -> list[int]:
        """Header stamps of the bodies, nanoseconds."""
        headers = [m.markers[0].header.stamp for _, m in self.received["/bodies"]]
        return [s.sec * 10**9 + s.nanosec for s in headers]

    def clock(self) -> list[int]:
        return [m.clock.sec * 10**9 + m.clock.nanosec for _, m in self.received["/clock"]]


@pytest.fixture
def listener(ros_domain: dict[str, str]) -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.context.try_shutdown()


@pytest.fixture
def play(ros_domain: dict[str, str], bag: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `remogen play BAG ...`; whatever still runs at the end is stopped."""
    started = []

    def start(*arguments: str, path: Path = bag) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "remogen_ros.cli", "play", str(path), *arguments]
        process = subprocess.Popen(
            command,
            env=ros_domain,
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_everything_is_played_once_in_its_own_time(listener: Listener, play: Callable) -> None:
    listener.listen_to_static_transforms()
    process = play("--wait-for-subscribers-s", str(PATIENCE_S))
    listener.until(lambda: process.poll() is not None)
    listener.until(lambda: len(listener.received["/bodies"]) >= COUNT)
    listener.hear_out()
    said = process.stdout.read()
    assert process.returncode == 0, said
    assert "nobody listens" not in said
    assert "is played" in said
    assert len(listener.received["/tf_static"]) == 1
    assert listener.stamps() == [START + i * TENTH for i in range(COUNT)]
    told = np.array(listener.clock())
    assert (np.diff(told) >= 0).all()
    assert told[-1] - START == pytest.approx(2e9, abs=0.1e9)
    assert len(told) > 2 * 40


def assert_once_in_three(measure: Callable[[], float], wanted: object) -> None:
    """A machine that stands still disturbs one measurement of time, but not one after another."""
    measured = [measure()]
    while measured[-1] != wanted and len(measured) < 3:
        measured.append(measure())
    assert measured[-1] == wanted, measured


def test_being_late_does_not_add_up(listener: Listener, play: Callable) -> None:
    listener.listen_to_static_transforms()

    def span() -> float:
        listener.received["/bodies"].clear()
        play("--wait-for-subscribers-s", str(PATIENCE_S))
        listener.until(lambda: len(listener.received["/bodies"]) == COUNT)
        arrivals = [t for t, _ in listener.received["/bodies"]]
        return arrivals[-1] - arrivals[0]

    assert_once_in_three(span, pytest.approx(2.0, abs=0.5))


def test_a_late_listener_gets_the_static_transforms(listener: Listener, play: Callable) -> None:
    play("--loop", "--duration", "0.5", "--start-offset", "0.35")
    listener.until(lambda: len(listener.received["/bodies"]) >= 3)
    listener.listen_to_static_transforms()
    listener.until(lambda: bool(listener.received["/tf_static"]))
    assert listener.received["/tf_static"][0][1].transforms[0].child_frame_id == "camera"


def test_a_loop_takes_time_back(listener: Listener, play: Callable) -> None:
    process = play("--loop", "--duration", "0.3")
    listener.until(lambda: len(listener.received["/bodies"]) >= 10)
    process.send_signal(signal.SIGINT)
    listener.until(lambda: process.poll() is not None)
    assert process.returncode == 0
    steps = np.diff(listener.stamps())
    assert set(steps) == {TENTH, -3 * TENTH}
    assert np.diff(listener.clock()).min() == pytest.approx(-3 * TENTH, abs=TENTH / 2)


def test_a_restamped_loop_goes_on_from_now(listener: Listener, play: Callable) -> None:
    began = time.time_ns()
    process = play("--loop", "--duration", "0.3", "--restamp")
    listener.until(lambda: len(listener.received["/bodies"]) >= 10)
    process.send_signal(signal.SIGTERM)
    listener.until(lambda: process.poll() is not None)
    assert process.returncode == 0
    stamps = listener.stamps()
    assert (np.diff(stamps) > 0).all()
    assert began < stamps[0] < time.time_ns()
    assert np.diff(listener.clock()).min() >= 0


@pytest.mark.parametrize("restamp", [False, True])
def test_after_a_stall_the_recording_goes_on_where_it_was(
    listener: Listener, play: Callable, restamp: bool
) -> None:
    listener.listen_to_static_transforms()
    patience = ["--wait-for-subscribers-s", str(PATIENCE_S)]
    process = play(*patience, *(["--restamp"] if restamp else []))
    listener.until(lambda: len(listener.received["/bodies"]) >= 3)
    process.send_signal(signal.SIGSTOP)
    time.sleep(1.5)
    process.send_signal(signal.SIGCONT)
    listener.until(lambda: process.poll() is not None)
    # Another stall, of this test's own machine, is another gap; a burst is none.
    steps = np.diff(listener.stamps())
    assert np.median(steps) == pytest.approx(TENTH, rel=0.01)
    assert (steps.max() > 12 * TENTH) == restamp
    told = np.diff([t for t, _ in listener.received["/bodies"]])
    assert told.max() > 1.2 and np.median(told) == pytest.approx(0.1, rel=0.3)


def test_twice_as_fast(listener: Listener, play: Callable) -> None:
    listener.listen_to_static_transforms()

    def speed() -> float:
        listener.received["/bodies"].clear()
        process = play("--rate", "2", "--clock", "0", "--wait-for-subscribers-s", str(PATIENCE_S))
        listener.until(lambda: process.poll() is not None)
        assert process.returncode == 0
        arrivals = [t for t, _ in listener.received["/bodies"]]
        # Medians: a listener that was held up for a moment says nothing of the player.
        return float(np.median(np.diff(listener.stamps())) / 1e9 / np.median(np.diff(arrivals)))

    assert_once_in_three(speed, pytest.approx(2, rel=0.3))
    assert listener.clock() == []


def test_without_subscribers_it_plays_anyway_and_says_so(play: Callable) -> None:
    process = play("--wait-for-subscribers-s", "0.2", "--rate", "10")
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert "nobody listens to /bodies, /tf_static; playing anyway" in said


def test_a_bag_that_cannot_be_played_is_refused_in_a_sentence(play: Callable, tmp_path) -> None:
    process = play(path=tmp_path / "absent")
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode != 0
    assert "There is no bag" in said
    assert "Traceback" not in said


def test_as_a_ros_node_it_needs_a_bag_and_checks_its_parameters(ros_domain: dict, bag) -> None:
    def run(*parameters: str) -> subprocess.CompletedProcess[str]:
        arguments = [part for p in parameters for part in ("-p", p)]
        return subprocess.run(
            [sys.executable, "-m", "remogen_ros.nodes.player", "--ros-args", *arguments],
            env=ros_domain,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    for parameters, said in (
        ((), "Parameter 'bag' is missing"),
        ((f"bag:={bag}", "rate:=-1.0"), "rate is -1.0"),
        ((f"bag:={bag}", "loop:=perhaps"), "Parameter 'loop' is 'perhaps'"),
    ):
        finished = run(*parameters)
        assert finished.returncode == 1
        assert said in finished.stderr
        assert "Traceback" not in finished.stderr
    # `rate:=8` is a whole number to ROS.
    assert run(f"bag:={bag}", "rate:=8").returncode == 0
