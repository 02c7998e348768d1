"""./remogen up isaac beside a stand-in that speaks as Isaac Sim does."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
from sensor_msgs.msg import JointState

from remogen_ros.embodiment.robot_model import RobotModel
from test.nodes.harness import PATIENCE_S, Harness


def test_commands_begin_where_the_robot_is(model: Path, harness: Harness) -> None:
    robot = RobotModel.load("unitree_g1")
    names = robot.description.joints
    measured = robot.stand[robot.qpos].copy()
    elbow = names.index("left_elbow_joint")
    measured[elbow] = -0.5
    harness.listen(JointState, "joint_command")
    states = harness.node.create_publisher(JointState, "joint_states", 10)
    process = subprocess.Popen(
        [sys.executable, "-m", "remogen_ros.cli", "up", "isaac", f"model:={model}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    drain = threading.Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True)
    drain.start()

    def simulate() -> None:
        # In another order, and with a joint that the robot's file does not name.
        turned = [*names[::-1], "gripper"]
        states.publish(JointState(name=turned, position=[*measured[::-1], 0.1]))

    try:
        harness.wait(
            lambda: len(harness.received["joint_command"]) > 200 or process.poll() is not None,
            simulate,
        )
        assert process.poll() is None, "".join(lines)
        first, *_, last = harness.received["joint_command"]
        assert first.name == names
        assert np.abs(np.array(first.position) - measured).max() < 0.02
        assert last.position[elbow] > measured[elbow] + 0.2
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
