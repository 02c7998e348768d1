"""Goals and wishes of any content, without DDS: refused or used, and the pose is finite."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from geometry_msgs.msg import PoseStamped

from remogen_ros.nodes.inputs import FARTHEST_M, goal_position
from remogen_ros.streaming.generator import Generator
from remogen_ros.streaming.observation import Observation
from test.perception import test_fuzz as drawn

GOALS = 11_000
TICKS = 60


def goal(random: np.random.Generator) -> PoseStamped:
    message = PoseStamped()
    at = message.pose.position
    at.x, at.y, at.z = drawn.numbers(random, 3).tolist()
    return message


def test_any_goal_is_a_place_or_refused() -> None:
    random = np.random.default_rng(0)
    used = 0
    for _ in range(GOALS):
        message = goal(random)
        at = message.pose.position
        place = np.array((at.x, at.y, at.z))
        reachable = bool((np.isfinite(place) & (np.abs(place) <= FARTHEST_M)).all())
        try:
            position = goal_position(message)
        except ValueError as error:
            assert not reachable and "no place on the ground" in str(error)
        else:
            used += 1
            assert reachable and (position == place).all()
    assert 0 < used < GOALS


def test_whatever_is_asked_for_the_pose_is_finite(model: Path) -> None:
    """Every goal that is let through, however far, and every sentence that there is."""
    random = np.random.default_rng(1)
    generator = Generator.load(model, backend="eager")
    wishes = (*drawn.NAMES, "wave", "x" * 10_000, "\x00", "\u202e?", "🙂 " * 500)
    weights = dict.fromkeys(generator.adapter_names, 1.0)
    for tick in range(TICKS):
        place = random.choice((1.0, 1e3, FARTHEST_M)) * random.uniform(-1.0, 1.0, 3)
        observation = Observation(
            goal=place.astype(np.float32),
            intent=str(wishes[tick % len(wishes)]),
            adapter_weights=weights,
            mix="auto",
        )
        frame = generator.step(observation)
        for values in (frame.root_position, frame.joint_rotations, frame.horizon_root_positions):
            assert np.isfinite(values).all()
