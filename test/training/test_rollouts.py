from __future__ import annotations

import math

import pytest
import torch

from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import matrix_from_axis_angle, yaw_matrix
from remogen_ros.training.rollouts import recovered
from remogen_ros.training.segments import with_root
from test.motion.strategies import random_motion


def _moved(motion: Motion, degrees: float) -> Motion:
    """The same motion elsewhere on the floor, and turned about the vertical."""
    turn = yaw_matrix(torch.tensor(math.radians(degrees)))
    place = torch.tensor((2.0, -1.0, 0.0))
    rotations = with_root(turn @ motion.rotations[:, :, 0], motion.rotations)
    return Motion(motion.root_positions @ turn.T + place, rotations)


@pytest.mark.parametrize("degrees", (0, 45, 170))
def test_an_ego_elsewhere_or_turned_away_is_not_lost(degrees: float) -> None:
    truth = random_motion(0, 3, (4,)).to(torch.float32)
    away = _moved(truth, degrees)
    kept = recovered(away, truth)
    assert torch.equal(kept.root_positions, away.root_positions)
    assert torch.equal(kept.rotations, away.rotations)


def test_an_ego_in_another_pose_is_lost() -> None:
    truth = random_motion(0, 3, (2,)).to(torch.float32)
    bent = truth.rotations.clone()
    bent[1, :, 1:] = bent[1, :, 1:] @ matrix_from_axis_angle(torch.tensor((1.5, 0.0, 0.0)))
    kept = recovered(Motion(truth.root_positions + 1, bent), truth)
    assert torch.equal(kept.root_positions[0], truth.root_positions[0] + 1)
    assert torch.equal(kept.root_positions[1], truth.root_positions[1])
    assert torch.equal(kept.rotations[1], truth.rotations[1])
