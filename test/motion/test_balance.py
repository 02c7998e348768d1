"""Where the mass of bodies is."""

from __future__ import annotations

import pytest
import torch

from remogen_ros.motion.balance import centre_of_mass
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import ADULT, JOINT_COUNT, JOINT_INDEX, STATURE
from remogen_ros.motion.standing import standing_rotations


def test_the_mass_of_who_stands_is_in_the_middle_at_the_height_of_the_hips() -> None:
    root = torch.tensor([[0.0, 0.0, ADULT.pelvis_height]])
    joints = Motion(root, standing_rotations().reshape(1, JOINT_COUNT, 3, 3)).joints()
    mass = centre_of_mass(joints)[0]
    assert float(mass[1]) == pytest.approx(0.0, abs=5e-3)
    # 55 to 57 per cent of the stature (Winter).
    assert 0.53 * STATURE < float(mass[2]) < 0.59 * STATURE


def test_all_of_the_mass_is_somewhere() -> None:
    joints = torch.zeros(JOINT_COUNT, 3)
    joints[:, 0] = 1.0
    torch.testing.assert_close(centre_of_mass(joints), torch.tensor([1.0, 0.0, 0.0]))


def test_a_raised_hand_moves_it_by_its_share() -> None:
    """0.022 of the forearm at 0.682 of it, and 0.436 of 0.028 of the upper arm at the elbow."""
    joints = torch.zeros(JOINT_COUNT, 3)
    joints[JOINT_INDEX["left_wrist"], 2] = 1.0
    whole = 0.578 + 2.0 * (0.1 + 0.0465 + 0.0145 + 0.028 + 0.022)
    assert float(centre_of_mass(joints)[2]) == pytest.approx(0.682 * 0.022 / whole, rel=1e-4)
