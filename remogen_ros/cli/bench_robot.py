"""`./remogen bench robot`: how long a robot's inverse kinematics take, tick by tick."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import tyro
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.choosing import embodiment_named
from remogen_ros.embodiment.embodying import Pose
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.skeleton import ADULT, JOINT_COUNT, JOINT_INDEX

_SWING: dict[str, tuple[str, float, float]] = {
    "left_hip": ("y", 0.0, 25.0),
    "right_hip": ("y", 0.0, -25.0),
    "left_knee": ("y", 20.0, -20.0),
    "right_knee": ("y", 20.0, 20.0),
    "left_shoulder": ("x", -70.0, 10.0),
    "right_shoulder": ("x", 40.0, 50.0),
    "left_elbow": ("z", -40.0, 20.0),
    "right_elbow": ("z", 40.0, 30.0),
}
"""Axis, middle and swing, degrees, of an ego that strolls along and waves."""

_LONGEST_HORIZON = 7


@dataclass(frozen=True)
class RobotBench:
    """How long a body takes to follow the ego, at each tick and with the poses to come.

    The wall clock and the processor's time are told apart: on a busy machine they differ.

    Attributes:
        embodiment: a shipped robot, the path of a robot's YAML file, or avatar.
        ticks: how many to measure.
    """

    embodiment: tyro.conf.Positional[str] = "unitree_g1"
    ticks: int = 500

    def run(self, console: Console) -> None:
        if self.ticks < 2:
            raise UserError("--ticks must be at least 2.")
        table = Table(
            "poses to come", "wall median, ms", "wall p99, ms", "processor median, ms",
            "processor p99, ms", title=f"{self.embodiment}, {self.ticks} ticks",
        )  # fmt: skip
        for horizon in (0, _LONGEST_HORIZON):
            spent = 1e3 * self._spent(horizon)
            cells = [f"{value:.2f}" for way in spent.T for value in np.percentile(way, (50, 99))]
            table.add_row(str(horizon), *cells)
        console.print(table)

    def _spent(self, horizon: int) -> NDArray[np.float64]:
        """(ticks, 2) seconds by the wall and by the processor; the first tick is left out."""
        body = embodiment_named(self.embodiment)
        spent = np.zeros((self.ticks + 1, 2))
        for tick in range(self.ticks + 1):
            pose, *coming = (_strolling(tick + ahead) for ahead in range(horizon + 1))
            begun = time.perf_counter(), time.process_time()
            body.tick(pose, coming)
            spent[tick] = time.perf_counter() - begun[0], time.process_time() - begun[1]
        return spent[1:]


def _strolling(tick: int) -> Pose:
    rotations = np.tile([0.0, 0.0, 0.0, 1.0], (JOINT_COUNT, 1))
    phase = np.sin(2.0 * np.pi * tick / FRAME_RATE)
    for joint, (axis, middle, swing) in _SWING.items():
        turn = Rotation.from_euler(axis, middle + swing * phase, degrees=True)
        rotations[JOINT_INDEX[joint]] = turn.as_quat()
    return Pose(np.array([tick / FRAME_RATE, 0.0, ADULT.pelvis_height - 0.04]), rotations)
