"""./remogen up, as a process: starts the nodes, ends them in order, refuses what there is not."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rclpy.time import Time
from tf2_ros import Buffer, TransformListener

from remogen_ros.cli.__main__ import main
from test.nodes.harness import PATIENCE_S, Harness

USAGE_ERROR = 2


def up(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "remogen_ros.cli", "up", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def nodes(harness: Harness) -> set[str]:
    """Names of the nodes in the domain; a robot_state_publisher is as good as our own."""
    names = set(harness.node.get_node_names())
    return {"avatar_state" if n == "robot_state_publisher" else n for n in names}


@pytest.fixture(scope="module")
def running(model: Path, harness: Harness) -> Iterator[subprocess.Popen[str]]:
    process = up(
        *("reaction", f"model:={model}", "mix:=hsi", "hhi_weight:=0.25"),
        *("points_topic:=/camera/depth/points", "goal_topic:=/goal_pose"),
        "trajectory_topic:=arms/joint_trajectory",
    )
    drain = threading.Thread(target=lambda: list(process.stdout or ()), daemon=True)
    drain.start()
    harness.wait(lambda: harness.received["reaction"] or process.poll() is not None)
    assert process.poll() is None
    yield process
    process.kill()
    process.wait()


def test_the_mix_reaches_the_node(running: subprocess.Popen[str], harness: Harness) -> None:
    reaction = harness.received["reaction"][-1]
    mix = dict(zip(reaction.adapter_names, reaction.adapter_weights, strict=True))
    assert mix == pytest.approx({"hhi": 0.25, "hsi": 1.0})
    assert reaction.header.frame_id == "odom"


def test_topics_have_the_names_that_were_given(
    running: subprocess.Popen[str], harness: Harness
) -> None:
    def heard(topic: str) -> bool:
        told = harness.node.get_subscriptions_info_by_topic(topic)
        return any(each.node_name == "reaction" for each in told)

    def said(topic: str) -> bool:
        told = harness.node.get_publishers_info_by_topic(topic)
        return any(each.node_name == "reaction" for each in told)

    harness.wait(lambda: heard("/camera/depth/points") and heard("/goal_pose"))
    harness.wait(lambda: said("/arms/joint_trajectory"))
    assert not heard("/points") and not heard("/goal") and not said("/joint_trajectory")


def test_the_avatar_is_one_tree_of_frames(running: subprocess.Popen[str], harness: Harness) -> None:
    buffer = Buffer(node=harness.node)
    TransformListener(buffer, harness.node)
    for link in ("pelvis", "head", "left_wrist", "right_foot"):
        harness.wait(lambda link=link: buffer.can_transform("odom", link, Time()))


def test_ctrl_c_ends_every_process(running: subprocess.Popen[str], harness: Harness) -> None:
    harness.wait(lambda: {"reaction", "avatar_state"} <= nodes(harness))
    started = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    assert len(started) >= 2
    running.send_signal(signal.SIGINT)
    assert running.wait(PATIENCE_S) == 0
    # The graph may remember a node that is gone: a last word of its own that came late.
    assert not [each for each in started if Path(f"/proc/{each}").exists()]


def test_a_node_that_cannot_start_ends_everything_with_its_code(
    domain: int, tmp_path: Path
) -> None:
    process = up("reaction", f"model:={tmp_path}")
    output, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert f"{tmp_path} is no model" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("reaction", "mix:=cocktail"), ("mix", "cocktail", "hybrid")),
        (("reaction", "mixx:=hhi"), ("mixx", "hhi_weight")),
        (("dance",), ("dance", "reaction, demo, mujoco, gazebo, isaac, record")),
        (("reaction", "mix=hhi"), ("mix=hhi", "name:=value")),
        (
            ("gazebo",),
            ("ros_gz_sim", "gz_ros2_control", "ros2 launch remogen_ros gazebo.launch.py"),
        ),
    ],
    ids=str,
)
def test_what_is_not_understood_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert main(["up", *arguments]) == USAGE_ERROR
    said = capsys.readouterr().err.strip()
    assert "\n" not in said
    for word in words:
        assert word in said
