"""Feet that slid stand still once they are planted, and the rest stays as it was."""

from __future__ import annotations

import pytest
import torch

from remogen_ros.data.composing.planting import planted, planted_feet
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import yaw_matrix
from remogen_ros.motion.skeleton import JOINT_INDEX
from test.data.bodies import hanging, walking
from test.data.walks import slide, stepping


def sliding(frames: int, drift: float) -> Motion:
    """The stepping walk with everything, feet too, carried along at so many m/s besides."""
    walk = stepping(frames)
    roots = walk.root_positions.clone()
    roots[:, 0] += torch.arange(frames) * drift / 10
    return Motion(roots, walk.rotations)


@pytest.mark.parametrize("drift", [-0.2, 0.1, 0.3])
def test_sliding_feet_are_held(drift: float) -> None:
    walk = sliding(41, drift)
    held = planted(walk)
    assert slide(walk) > abs(drift) / 2
    assert slide(held) < 0.25 * slide(walk)
    assert torch.equal(held.root_positions, walk.root_positions)
    upper = [JOINT_INDEX[name] for name in ("head", "left_wrist", "spine3")]
    assert float((held.joints() - walk.joints())[:, upper].abs().max()) < 1e-5
    knees = held.joints()[:, JOINT_INDEX["left_knee"], 0] - held.joints()[:, 0, 0]
    assert float(knees.max()) < 0.6, "no leg is torn forward"


def test_who_stands_or_does_not_bear_stays() -> None:
    bent = standing_on(
        Motion(hanging(20).root_positions - torch.tensor([0.0, 0.0, 0.05]), hanging(20).rotations),
        Feet.of(hanging(20)),
    )
    assert float((planted(bent).joints() - bent.joints()).abs().max()) < 2e-3
    flying = walking(20, speed=3.0).moved(torch.eye(3), torch.tensor([0.0, 0.0, 0.5]))
    feet = Feet.of(flying)
    same = planted_feet(flying, torch.eye(3).expand(20, 3, 3), torch.zeros(20, 3))
    assert float((same.turns - feet.turns).abs().max()) < 1e-5


def test_steps_are_moved_as_the_body_is_in_the_middle_of_them() -> None:
    walk = stepping(41)
    turns = yaw_matrix(torch.arange(41) * 0.02)
    feet = planted_feet(walk, turns, torch.zeros(41, 3))
    left = feet.ankles[:, 0]
    # The left foot bears in frames 0 to 4.
    original = Feet.of(walk).ankles[:, 0]
    assert torch.allclose(left[2], turns[2] @ original[2], atol=1e-5)
    assert float((left[:5] - left[2])[:, :2].norm(dim=-1).max()) < 1e-5
