"""Feet go where they are wanted, knees bend forward, and nothing else moves."""

from __future__ import annotations

import math

import pytest
import torch

from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import geodesic_angle, yaw_matrix
from remogen_ros.motion.skeleton import ADULT, ANKLE_HEIGHT, JOINT_INDEX
from test.data.bodies import standing
from test.motion.bodies import crouching

HIP, KNEE, ANKLE = (JOINT_INDEX[f"left_{part}"] for part in ("hip", "knee", "ankle"))
LEG_JOINTS = [JOINT_INDEX[f"{s}_{p}"] for s in ("left", "right") for p in ("hip", "knee", "ankle")]


def lowered(motion: Motion, by: float) -> Motion:
    """The pelvis lower by so much, the pose unchanged."""
    return Motion(motion.root_positions - torch.tensor([0.0, 0.0, by]), motion.rotations)


def test_feet_in_their_places_change_nothing() -> None:
    motion = crouching(5)
    again = standing_on(motion, Feet.of(motion))
    torch.testing.assert_close(again.rotations, motion.rotations, atol=1e-4, rtol=0)
    assert torch.equal(again.root_positions, motion.root_positions)


def test_a_knee_that_bends_the_wrong_way_is_left_as_it_is_where_asked() -> None:
    motion = crouching(1)
    rotations = motion.rotations.clone()
    rotations[:, KNEE] = rotations[:, KNEE].mT.clone()
    wrong = Motion(motion.root_positions, rotations)
    feet = Feet.of(wrong)
    kept, mended = standing_on(wrong, feet, same_side=True), standing_on(wrong, feet)
    assert float(geodesic_angle(kept.rotations, rotations).max()) < 1e-3
    assert float(geodesic_angle(mended.rotations[:, KNEE], rotations[:, KNEE])) > 1.5
    torch.testing.assert_close(Feet.of(mended).ankles, feet.ankles, atol=1e-4, rtol=0)


def test_feet_are_put_where_the_joints_of_another_are() -> None:
    motion, other = crouching(2), standing(2)
    joints = other.joints() + torch.tensor([0.0, 0.0, 0.05])
    feet = Feet.of(motion).put_where(joints)
    ball = JOINT_INDEX["left_foot"]
    assert torch.equal(feet.ankles[:, 0], joints[:, ANKLE])
    placed = standing_on(motion, feet).joints()
    torch.testing.assert_close(placed[:, ball], joints[:, ball], atol=1e-3, rtol=0)


def test_a_lowered_pelvis_bends_the_knees_forward_by_a_known_angle() -> None:
    motion = standing(1)
    feet, by = Feet.of(motion), 0.1
    squatting = standing_on(lowered(motion, by), feet)
    joints = squatting.joints()[0]
    torch.testing.assert_close(
        joints[[ANKLE, JOINT_INDEX["right_ankle"]]], feet.ankles[0], atol=1e-4, rtol=0
    )
    thigh, shank = (float(ADULT.bone_lengths[joint]) for joint in (KNEE, ANKLE))
    reach = thigh + shank - by
    bend = math.acos((reach**2 - thigh**2 - shank**2) / (2 * thigh * shank))
    angle = geodesic_angle(squatting.rotations[0, KNEE], torch.eye(3))
    assert float(angle) == pytest.approx(bend, abs=1e-4)
    assert joints[KNEE, 0] > joints[HIP, 0] + 0.1, "in front of the hip"
    assert joints[JOINT_INDEX["left_foot"], 0] > joints[ANKLE, 0], "the toes still point forward"


def test_only_the_legs_move() -> None:
    motion = crouching(4)
    shifted = Feet(Feet.of(motion).ankles + torch.tensor([0.1, 0.05, 0.0]), Feet.of(motion).turns)
    moved = standing_on(motion, shifted)
    torch.testing.assert_close(moved.joints()[:, LEG_JOINTS[2::3]], shifted.ankles)
    others = [j for j in range(22) if j not in LEG_JOINTS]
    assert torch.equal(moved.rotations[:, others], motion.rotations[:, others])


def test_what_is_out_of_reach_is_pointed_at() -> None:
    motion = standing(1)
    feet = Feet.of(motion)
    far = standing_on(motion, Feet(feet.ankles - torch.tensor([0.0, 0.0, 1.0]), feet.turns))
    assert torch.isfinite(far.rotations).all()
    joints, length = far.joints()[0], float(ADULT.bone_lengths[[KNEE, ANKLE]].sum())
    assert float((joints[ANKLE] - joints[HIP]).norm()) == pytest.approx(length, rel=1e-3)


def test_feet_move_from_where_they_are_as_others_do() -> None:
    mine, others = Feet.of(standing(1)), Feet.of(crouching(3))
    turned = yaw_matrix(torch.tensor([0.0, 0.2, 0.5]))[:, None]
    step = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.2, 0.1], [0.0, 0.3, -0.2]])[:, None]
    moved = mine.moved_as(Feet(others.ankles + step, turned @ others.turns))
    assert torch.equal(moved.ankles[0], mine.ankles[0])
    torch.testing.assert_close(moved.ankles[1], mine.ankles[0] + step[1])
    assert float(moved.ankles[2, :, 2].min()) == pytest.approx(ANKLE_HEIGHT), "not into the floor"
    torch.testing.assert_close(moved.turns, turned @ mine.turns)


def test_feet_are_held_before_and_after() -> None:
    feet = Feet(torch.arange(3.0)[:, None, None].expand(3, 2, 3), torch.eye(3).expand(3, 2, 3, 3))
    assert feet.held(2, 1).ankles[:, 0, 0].tolist() == [0.0, 0.0, 0.0, 1.0, 2.0, 2.0]
