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

ORDERED = "joint_order:=isaac_lab"


def test_commands_begin_where_the_robot_is(model: Path, harness: Harness) -> None:
    robot = RobotModel.load("unitree_g1")
    names = robot.description.joints
    measured = robot.stand[robot.qpos].copy()
    wanted = robot.description.consumers["isaac_lab"]
    indices = [names.index(name) for name in wanted]
    elbow = names.index("left_elbow_joint")
    measured[elbow] = -0.5
    harness.listen(JointState, "joint_command")
    harness.listen(JointState, "joint_targets")
    states = harness.node.create_publisher(JointState, "joint_states", 10)
    process = subprocess.Popen(
        [sys.executable, "-m", "remogen_ros.cli", "up", "isaac", f"model:={model}", ORDERED],
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
        assert np.abs(np.array(first.position) - measured[indices]).max() < 0.02
        assert last.position[indices.index(elbow)] > measured[elbow] + 0.2
        targets = list(harness.received["joint_targets"])
        harness.wait_for_new(2, "joint_trajectory", simulate)
        paths = list(harness.received["joint_trajectory"])
        assert first.name == targets[0].name == paths[0].joint_names == wanted != names
        # What is told at a tick is within the limits of its joint, and where the path goes on.
        lower, upper = robot.lower[indices], robot.upper[indices]
        ticks = np.array([message.position for message in targets])
        assert (ticks >= lower).all() and (ticks <= upper).all()
        ahead = {str(path.header.stamp): path.points[0].positions for path in paths}
        steps = [np.abs(np.subtract(m.position, ahead[str(m.header.stamp)])) for m in targets[:-1]]
        assert (np.array(steps) <= robot.velocity[indices] * 0.1 + 1e-6).all()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
