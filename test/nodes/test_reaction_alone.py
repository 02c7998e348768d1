"""A body that nobody is with, over DDS: it rests, and goes on for people, words and goals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from geometry_msgs.msg import PoseStamped
from std_msgs.msg import String

from test.nodes.harness import Harness, NodeProcess, running


@pytest.fixture(scope="module")
def node(model: Path, harness: Harness) -> Iterator[NodeProcess]:
    with running("reaction", f"model:={model}", "guard.stop_after_s:=1.0") as process:
        harness.wait(lambda: harness.received["reaction"] or process.process.poll() is not None)
        assert process.process.poll() is None, process.text
        harness.send_camera()
        yield process
        assert "Traceback" not in process.text


def rests(harness: Harness) -> Callable[[], bool]:
    """Whether it has been held for some ticks from now on, and says why."""
    before = harness.count("held.partner")

    def resting() -> bool:
        told = harness.received["/diagnostics"]
        said = told[-1].status[0].message if told else ""
        return said.startswith("held while nobody") and harness.count("held.partner") > before + 5

    return resting


def moves(harness: Harness, act: Callable[[], None] | None = None) -> None:
    """Until it has moved on by more than what a body without a reason to would."""
    begun = harness.received["reaction"][-1].frame_index
    harness.wait(lambda: harness.received["reaction"][-1].frame_index > begun + 15, act)


def test_who_has_never_seen_anybody_rests(node: NodeProcess, harness: Harness) -> None:
    harness.wait(rests(harness))
    assert harness.status()["partner_state"] == "never"
    still = harness.wait_at_rest()
    assert still[0].frame_index == still[-1].frame_index
    assert still[0].joint_rotations == still[-1].joint_rotations
    harness.wait(lambda: "held while nobody to react to is there (guard.stop_after_s" in node.text)


def test_words_are_something_to_do(node: NodeProcess, harness: Harness) -> None:
    wishes = harness.node.create_publisher(String, "intent", 1)
    moves(harness, lambda: wishes.publish(String(data="wave")))
    harness.wait(rests(harness), lambda: wishes.publish(String(data="")))


def test_somebody_is_somebody_to_react_to_until_lost(node: NodeProcess, harness: Harness) -> None:
    moves(harness, harness.send_body)
    harness.wait(rests(harness))
    assert harness.status()["partner_state"] == "lost"


def test_a_goal_is_something_to_do_until_reached(node: NodeProcess, harness: Harness) -> None:
    goals = harness.node.create_publisher(PoseStamped, "goal", 1)
    goal = PoseStamped()
    goal.header.frame_id = "odom"
    goal.pose.position.x = 50.0
    moves(harness, lambda: goals.publish(goal))
    moves(harness)

    def here() -> None:
        place = harness.received["reaction"][-1].root_pose.position
        goal.pose.position.x, goal.pose.position.y = place.x, place.y
        goals.publish(goal)

    harness.wait(rests(harness), here)
