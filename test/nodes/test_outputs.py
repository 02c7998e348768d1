"""What is published when the ego is put back to its start: a robot is not told to jump."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import rclpy
from numpy.typing import NDArray
from rclpy.context import Context
from rclpy.lifecycle import LifecycleNode

from remogen_ros.embodiment.choosing import embodiment_named
from remogen_ros.embodiment.ego_pose import EgoPose
from remogen_ros.embodiment.embodying import EmbodiedTick, Embodiment, Pose
from remogen_ros.nodes.generation import Reaction, Tick
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.outputs import Outputs
from remogen_ros.nodes.parameters import validated
from remogen_ros.streaming.observation import Frame, Observation
from test.embodiment.robots import standing

PERIOD = 0.1
FAR = np.array((3.0, 1.0, 0.0))


@dataclass
class Bench:
    """Outputs of a body, and every tick of that body."""

    outputs: Outputs
    body: Embodiment
    ticks: list[EmbodiedTick]

    def show(self, pose: Pose, place: NDArray[np.floating], count: int = 1) -> None:
        for _ in range(count):
            stamp = round(1e9 + 1e8 * len(self.ticks))
            shown = self.outputs.publish(Reaction(Tick(stamp, Observation()), at(pose, place), 1.0))
            assert shown is not None

    @property
    def joints(self) -> NDArray[np.float64]:
        return np.array([tick.joints.positions for tick in self.ticks])

    @property
    def roots(self) -> NDArray[np.float64]:
        return np.array([tick.root_position for tick in self.ticks])


def at(pose: Pose, place: NDArray[np.floating]) -> Frame:
    root = (pose.root_position + place).astype(np.float32)
    turns = pose.joint_rotations.astype(np.float32)
    joints = EgoPose.of(root, turns).positions.astype(np.float32)
    return Frame(0, root, turns, joints, root[None], turns[None], False, 0.0)


@pytest.fixture(scope="module")
def node(domain: int) -> Iterator[LifecycleNode]:
    context = Context()
    rclpy.init(context=context, args=[])
    yield LifecycleNode("bench", context=context)
    context.try_shutdown()


@pytest.fixture
def bench(node: LifecycleNode, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Bench]]:
    made: list[Outputs] = []

    def make(name: str) -> Bench:
        body = embodiment_named(name)
        ticks: list[EmbodiedTick] = []
        posed = body.tick

        def watched(pose: Pose, horizon: Sequence[Pose]) -> EmbodiedTick:
            ticks.append(posed(pose, horizon))
            return ticks[-1]

        monkeypatch.setattr(body, "tick", watched)
        config = validated({"embodiment": name})
        made.append(Outputs(node, config, body, Ledger(node.get_logger())))
        return Bench(made[-1], body, ticks)

    yield make
    for outputs in made:
        outputs.destroy()


BENT = standing(left_elbow=(0.0, 0.0, 60.0), left_hip=(-60.0, 0.0, 0.0))


def test_a_robot_goes_softly_to_where_the_ego_is_put(bench: Callable[[str], Bench]) -> None:
    robot = bench("unitree_g1")
    robot.show(standing(), np.zeros(3), 5)
    robot.outputs.forget()
    robot.show(BENT, FAR, 30)
    after = slice(4, None)
    turned = np.abs(np.diff(robot.joints[after], axis=0))
    assert (turned <= PERIOD * robot.body.limits.velocity + 1e-6).all()
    # The ramp takes 2 s: nothing is near its goal after a few ticks.
    asked = np.abs(robot.joints[-1] - robot.joints[4])
    begun = np.abs(robot.joints[7] - robot.joints[4])
    assert asked.max() > 0.5 and begun[asked > 0.5].max() < 0.3 * asked.max()
    # return_speed, 0.5 m/s, over the floor
    steps = np.linalg.norm(np.diff(robot.roots[after, :2], axis=0), axis=1)
    assert steps.max() <= 0.05 + 0.02 and steps[0] < 0.02
    assert robot.outputs.interventions()["joint_limits"] == 0


def test_an_avatar_is_there_at_once(bench: Callable[[str], Bench]) -> None:
    avatar = bench("avatar")
    avatar.show(standing(), np.zeros(3), 3)
    avatar.outputs.forget()
    avatar.show(BENT, FAR)
    assert avatar.roots[-1] == pytest.approx(BENT.root_position + FAR, abs=1e-5)
    assert not avatar.ticks[-1].joints.velocities.any()


def test_without_a_reset_nobody_jumps(bench: Callable[[str], Bench]) -> None:
    avatar = bench("avatar")
    avatar.show(standing(), np.zeros(3), 3)
    avatar.show(BENT, FAR)
    # max_root_speed, 4 m/s
    assert np.linalg.norm(avatar.roots[-1] - avatar.roots[-2]) <= 0.4 + 1e-5
