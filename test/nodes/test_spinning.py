"""How nodes end: whatever a signal comes upon is finished, and the exit code says it was asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rclpy.node import Node
from std_msgs.msg import String

from remogen_ros.errors import UserError
from remogen_ros.nodes.spinning import REFUSED, run_node

SIGNALS = (signal.SIGINT, signal.SIGTERM)
MOMENTS = (0.02, 0.1, 0.3, 0.7, 1.5)
"""Seconds after a node was imported: while it is made, and while it runs."""


@pytest.fixture(autouse=True)
def handlers(domain: int) -> Iterator[None]:
    """Those that were there before: a run that was interrupted ignores signals from then on."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Talker(Node):
    """Says what happens, on a topic and in a list; and is sent a signal in a callback."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__("talker")
        self.said: list[str] = []
        self._number = number
        self._publisher = self.create_publisher(String, "said", 1)
        self.create_timer(0.01, self._on_timer)

    def say(self, word: str) -> None:
        self._publisher.publish(String(data=word))
        self.said.append(word)

    def destroy_node(self) -> None:
        os.kill(os.getpid(), self._number)
        self.say("closed")
        super().destroy_node()

    def _on_timer(self) -> None:
        os.kill(os.getpid(), self._number)
        time.sleep(0.05)
        self.say("finished")


@pytest.mark.parametrize("number", SIGNALS)
def test_a_callback_is_finished_and_so_is_closing(number: signal.Signals) -> None:
    made: list[Talker] = []

    def create() -> Talker:
        made.append(Talker(number))
        return made[0]

    assert run_node(create, arguments=[]) == 0
    assert made[0].said == ["finished", "closed"]
    for each in SIGNALS:
        os.kill(os.getpid(), each)  # Nothing is left to be interrupted.


def test_a_start_is_interrupted_where_it_is() -> None:
    begun = time.monotonic()

    def create() -> Node:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(30.0)
        raise AssertionError("it went on")

    assert run_node(create, arguments=[]) == 0
    assert time.monotonic() - begun < 10.0


def test_what_an_interrupted_start_says_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    def create() -> Node:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(30.0)
        except BaseException as error:
            raise ImportError("half of a module") from error
        raise AssertionError("it went on")

    assert run_node(create, arguments=[]) == 0
    assert capsys.readouterr().err == ""


def test_errors_without_a_signal_are_errors() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]

    def wrong() -> Node:
        raise UserError("no such thing")

    def broken() -> Node:
        raise RuntimeError("a mistake of ours")

    assert run_node(wrong, arguments=[]) == REFUSED
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        run_node(broken, arguments=[])
    assert [signal.getsignal(number) for number in SIGNALS] == before


def catches(pid: int, number: int) -> bool:
    """Whether a process has a handler of a signal."""
    (line,) = (
        line
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("SigCgt:")
    )
    return bool(int(line.split()[1], 16) >> (number - 1) & 1)


def interrupted_at(moment: float) -> tuple[int, str]:
    """Exit code and output of a node that is interrupted twice, as a terminal and launch do it."""
    program = (
        "import sys, remogen_ros.nodes.avatar_state as node; print('imported', flush=True); "
        "sys.exit(node.main())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, "--ros-args"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "imported\n"
        # Until it has handlers of its own, it is Python that is interrupted.
        while process.poll() is None and not catches(process.pid, signal.SIGTERM):
            time.sleep(0.001)
        time.sleep(moment)
        for pause in (0.02, 0.0):
            process.send_signal(signal.SIGINT)
            time.sleep(pause)
        text, _ = process.communicate(timeout=90.0)
    return process.returncode, text


def test_a_process_ends_well_whenever_it_is_interrupted() -> None:
    with ThreadPoolExecutor(len(MOMENTS)) as threads:
        assert list(threads.map(interrupted_at, MOMENTS)) == [(0, "")] * len(MOMENTS)
