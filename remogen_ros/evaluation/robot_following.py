"""A robot in MuJoCo follows the reactions of a model: the loop of the live nodes, without ROS.

Every tick: the generator sees the partner of a test clip up to that moment, the guard looks at its
pose, inverse kinematics make joints of it, and servos follow their trajectory for a tenth of a
second.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow
from remogen_ros.embodiment.embodying import Pose
from remogen_ros.embodiment.guard import Around, Guard
from remogen_ros.embodiment.joint_guard import JointGuard
from remogen_ros.embodiment.robot import RobotEmbodiment
from remogen_ros.embodiment.root_steps import people_places
from remogen_ros.errors import UserError
from remogen_ros.evaluation.takes import Take
from remogen_ros.motion.canonical import heading_of_orientation
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.quality import foot_skate
from remogen_ros.simulation.measures import Measures
from remogen_ros.simulation.robot import SimulatedRobot
from remogen_ros.simulation.simulator import Simulator
from remogen_ros.streaming.generator import Generator
from remogen_ros.streaming.observation import Frame, Observation
from remogen_ros.training.segments import CONTEXT_FRAMES

PERIOD = 1.0 / FRAME_RATE

STATES_A_TICK = 5
"""As often as the node `simulator` looks at the robot: at 50 Hz."""


@dataclass(frozen=True)
class Reaction:
    """What a model makes of a partner, T ticks.

    Attributes:
        frames: T as generated, each with its horizon.
        partners: T windows that were seen.
    """

    frames: list[Frame]
    partners: list[PartnerWindow]

    @property
    def joints(self) -> NDArray[np.float32]:
        """(T, 22, 3) of the ego, metres."""
        return np.stack([frame.joint_positions for frame in self.frames])

    @property
    def partner_joints(self) -> NDArray[np.float32]:
        """(T, 22, 3) of the first partner, metres."""
        joints: NDArray[np.float32] = np.stack([w.positions[0, -1].numpy() for w in self.partners])
        return joints


@dataclass(frozen=True)
class Following:
    """How a robot followed a reaction of T ticks.

    Attributes:
        tracking_error: p50 and p95 over joints and states, radians.
        forecast_error: p50 and p95 over joints and ticks, radians, from the pose that the servos
            were told for a tick to the pose that the tick then had.
        limit_violations: states in which a joint was beyond its range.
        velocity_violations: states in which a joint was faster than its greatest velocity.
        velocity_share: greatest share of its velocity that any joint had.
        foot_skate: of the simulated feet, m/s.
        ego_foot_skate: of the reaction as it was generated, m/s.
        interventions: ticks that guards and inverse kinematics changed, by what they did; none
            that is 0.
        ik_seconds: (T, 2) by the wall and by the processor, of each tick's inverse kinematics.
        qpos: (T, nq) the simulated configuration a tick after each.
    """

    tracking_error: tuple[float, float]
    forecast_error: tuple[float, float]
    limit_violations: int
    velocity_violations: int
    velocity_share: float
    foot_skate: float
    ego_foot_skate: float
    interventions: dict[str, int]
    ik_seconds: NDArray[np.float64]
    qpos: NDArray[np.float64]


def react(generator: Generator, take: Take, seed: int) -> Reaction:
    """The reaction to the partner of a clip, from a stand where the clip's ego begins.

    Args:
        generator: of the model; is reset.
        take: one clip of a pair.
        seed: of the noise.

    Raises:
        UserError: nobody is there to react to.
    """
    partner = take.window.partner
    if partner is None:
        raise UserError("There is nobody to react to in this corpus.")
    begin = take.context.frames(-1)
    x, y = begin.root_positions[0, 0, :2].tolist()
    forward, left = heading_of_orientation(begin.rotations[0, 0, 0]).tolist()
    generator.reset((x, y), math.atan2(left, forward), seed)
    weights = dict.fromkeys(generator.adapter_names, 0.0) | {"hhi": 1.0}
    frames, partners = [], []
    for tick in range(int(take.valid[0].sum())):
        now = tick + CONTEXT_FRAMES
        seen = partner[:1, now : now + PARTNER_FRAMES]
        window = PartnerWindow(seen, torch.ones(seen.shape[:-1], dtype=torch.bool))
        frames.append(generator.step(Observation(partners=window, adapter_weights=weights)))
        partners.append(window)
    return Reaction(frames, partners)


def follow(robot: SimulatedRobot, reaction: Reaction) -> Following:
    """Let a robot follow a reaction, its base carried along."""
    body = RobotEmbodiment(robot.robot)
    guard, joint_guard = Guard(), JointGuard(body.limits, PERIOD, start_s=1.0)
    simulator = Simulator(robot)
    measures = Measures(robot.lower, robot.upper, robot.robot.velocity)
    spent = np.zeros((len(reaction.frames), 2))
    qpos, told, due = [], [], []
    for tick, (generated, seen) in enumerate(zip(reaction.frames, reaction.partners, strict=True)):
        frame = guard.guarded(generated, Around(people_places(seen)))
        if frame is None:
            raise ValueError("the model gave no finite pose to begin with")
        horizon = zip(frame.horizon_root_positions, frame.horizon_joint_rotations, strict=True)
        coming = [Pose(*pose) for pose in horizon]
        begun = time.perf_counter(), time.process_time()
        posed = body.tick(Pose(frame.root_position, frame.joint_rotations), coming)
        spent[tick] = time.perf_counter() - begun[0], time.process_time() - begun[1]
        sent = joint_guard.guarded(posed)
        if sent is None:
            raise ValueError("inverse kinematics gave no finite joints to begin with")
        now = tick * PERIOD
        path, root = sent.path, sent.root_path
        told.append(path.positions[0])
        due.append(sent.joints.positions)
        simulator.command_joints(now + path.times, path.positions, path.velocities)
        simulator.command_root(now + root.times, root.positions, root.rotations, root.velocities)
        for state in range(1, STATES_A_TICK + 1):
            simulator.step_to(now + state * PERIOD / STATES_A_TICK)
            measures.add(simulator.state())
        qpos.append(simulator.qpos)
    summary = measures.summary()
    behind = np.percentile(np.abs(np.array(told[:-1]) - np.array(due[1:])), (50, 95))
    counts = {**guard.counts, **body.interventions, "joint_limits": joint_guard.limited}
    return Following(
        (summary["tracking_error_rad.p50"], summary["tracking_error_rad.p95"]),
        (float(behind[0]), float(behind[1])),
        measures.limit_violations,
        measures.velocity_violations,
        measures.velocity_share,
        summary["foot_skate_m_s"],
        float(foot_skate(torch.from_numpy(reaction.joints))),
        {name: count for name, count in counts.items() if count},
        spent,
        np.array(qpos),
    )
