"""What networks take of partners: differences, not what all of them have in common."""

from __future__ import annotations

import torch

from remogen_ros.cues.partners import (
    PARTNER_FRAMES,
    PartnerWindow,
    known_features,
    partner_features,
    typical_partner,
)
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.motion.standing import standing_joints

HERE = CanonicalFrame(torch.eye(3), torch.zeros(3))


def features_of(joints: torch.Tensor, valid: torch.Tensor | None = None) -> torch.Tensor:
    """(1, 16, 159) of one who does not move."""
    positions = joints.expand(1, PARTNER_FRAMES, -1, -1)
    seen = torch.ones(positions.shape[:-1], dtype=torch.bool) if valid is None else valid
    return partner_features(PartnerWindow(positions, seen), HERE)


def test_somebody_who_stands_opposite_is_typical() -> None:
    facing = standing_joints() * torch.tensor((-1.0, -1.0, 1.0)) + torch.tensor((1.5, 0.0, 0.0))
    mean, spread = typical_partner()
    off = (features_of(facing) - mean) / spread
    heading = off[..., 135:137]
    assert torch.allclose(heading, torch.tensor((-2.0, 0.0)), atol=1e-5)
    # Hands and feet are a little out of the middle; nothing else is out of the common.
    assert float(off[..., :135].abs().max()) < 1.7
    assert float(off[..., 137:].abs().max()) == 0.0


def test_a_step_aside_counts_as_much_as_a_raised_hand() -> None:
    _, spread = typical_partner()
    there = features_of(standing_joints())
    aside = features_of(standing_joints() + torch.tensor((0.0, 0.8, 0.0)))
    raised = standing_joints()
    raised[JOINT_INDEX["right_wrist"], 2] += 0.2
    moves = [((features_of(raised) - there) / spread).norm(), ((aside - there) / spread).norm()]
    assert abs(float(moves[0] - moves[1])) < 1e-4


def test_features_of_unseen_joints_are_marked() -> None:
    valid = torch.ones(1, PARTNER_FRAMES, 22, dtype=torch.bool)
    wrist = JOINT_INDEX["left_wrist"]
    valid[..., wrist] = False
    known = known_features(features_of(standing_joints(), valid))
    unseen = [*range(3 * wrist, 3 * wrist + 3), *range(66 + 3 * wrist, 66 + 3 * wrist + 3)]
    assert (~known[0, 0]).nonzero()[:, 0].tolist() == unseen
    assert bool(known[..., 132:].all())
