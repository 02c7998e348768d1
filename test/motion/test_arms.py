"""Palms go where they are wanted, elbows fold their own way, and only the arm moves."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remogen_ros.motion.arms import (
    PALM,
    REACH,
    SIDES,
    Side,
    beyond_limits,
    elbow_bend,
    palms,
    reaching,
    shoulders,
)
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import matrix_from_axis_angle
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX
from test.data.bodies import hanging, standing
from test.motion.strategies import seeds


def test_the_palm_of_a_t_pose_is_half_a_hand_beyond_the_wrist() -> None:
    pose = standing(1)
    wrist = pose.joints()[0, JOINT_INDEX["right_wrist"]]
    assert palms(pose, "right")[0].tolist() == pytest.approx(
        [float(wrist[0]), float(wrist[1]) - PALM, float(wrist[2])], abs=1e-6
    )


@pytest.mark.parametrize("side", SIDES)
@settings(max_examples=60, deadline=None)
@given(
    ahead=st.floats(0.2, 0.48), across=st.floats(-0.1, 0.2), up=st.floats(-0.35, 0.3), seed=seeds
)
def test_palms_meet_their_targets_within_the_limits(
    side: Side, ahead: float, across: float, up: float, seed: int
) -> None:
    motion = hanging(1)
    random = torch.Generator().manual_seed(seed)
    rotations = motion.rotations.clone()
    turns = 0.2 * torch.randn(22, 3, generator=random)
    arm = [JOINT_INDEX[f"{side}_{part}"] for part in ("shoulder", "wrist")]
    rotations[:, arm] = rotations[:, arm] @ matrix_from_axis_angle(turns[arm])
    bend = torch.rand((), generator=random) * (-1.0 if side == "left" else 1.0)
    rotations[:, JOINT_INDEX[f"{side}_elbow"]] = matrix_from_axis_angle(
        torch.stack((torch.zeros(()), turns[0, 1], bend))
    )
    motion = Motion(motion.root_positions, rotations)
    outward = 1.0 if side == "left" else -1.0
    target = shoulders(motion, side) + torch.tensor([ahead, outward * across, up])
    moved = reaching(motion, side, target, torch.ones(1))
    torch.testing.assert_close(palms(moved, side), target, atol=1e-4, rtol=0)
    assert float(beyond_limits(moved, side)) <= 0
    others = [j for j in range(22) if not any(part in _NAMES[j] for part in _arm_names(side))]
    assert torch.equal(moved.rotations[:, others], motion.rotations[:, others])


_NAMES = list(JOINT_INDEX)


def _arm_names(side: Side) -> tuple[str, ...]:
    return tuple(f"{side}_{part}" for part in ("shoulder", "elbow", "wrist"))


def test_who_does_not_reach_stays_as_they_are() -> None:
    motion = hanging(4)
    same = reaching(motion, "left", torch.ones(4, 3), torch.zeros(4))
    torch.testing.assert_close(same.rotations, motion.rotations)


def test_a_palm_goes_straight_to_its_target() -> None:
    motion = hanging(11)
    start = palms(motion, "right")
    target = shoulders(motion, "right") + torch.tensor([0.4, 0.1, -0.2])
    share = torch.linspace(0, 1, 11)
    path = palms(reaching(motion, "right", target, share), "right")
    # The wrist of `hanging` is straight, so that nothing but the reach moves the palm.
    torch.testing.assert_close(path, torch.lerp(start, target, share[:, None]), atol=2e-3, rtol=0)


def test_what_is_out_of_reach_is_pointed_at_with_an_unlocked_elbow() -> None:
    motion = hanging(1)
    away = torch.tensor([[3.0, 0.0, 0.0]])
    moved = reaching(motion, "left", shoulders(motion, "left") + away, torch.ones(1))
    span = palms(moved, "left") - shoulders(moved, "left")
    assert float(span.norm()) == pytest.approx(REACH, abs=1e-4)
    assert float(span[0, 0]) == pytest.approx(REACH, abs=1e-4)
    upper, lower = (float(ADULT.bone_lengths[JOINT_INDEX[f"left_{p}"]]) for p in ("elbow", "wrist"))
    lower += PALM
    cosine = (REACH**2 - upper**2 - lower**2) / (2 * upper * lower)
    assert float(elbow_bend(moved, "left")) == pytest.approx(math.acos(cosine), abs=1e-3)


def test_an_elbow_bent_backward_past_its_limit_shows() -> None:
    motion = hanging(2)
    rotations = motion.rotations.clone()
    turn = torch.tensor([0.0, 0.0, math.radians(160)])
    rotations[1, JOINT_INDEX["right_elbow"]] = matrix_from_axis_angle(turn)
    excess = beyond_limits(Motion(motion.root_positions, rotations), "right")
    assert float(excess[0]) < 0
    assert float(excess[1]) == pytest.approx(math.radians(10), abs=1e-4)
