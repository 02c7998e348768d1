"""Hands that would meet do; those that hang, are far away or unseen are left alone."""

from __future__ import annotations

import math

import pytest
import torch

from remogen_ros.motion.arms import palms_of_joints
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import matrix_from_axis_angle
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX
from remogen_ros.motion.standing import standing_rotations
from remogen_ros.streaming.hands import Hands

RIGHT = 1


def person(x: float, facing: float = 0.0, arm: float = math.pi / 2) -> Motion:
    """(1, 1) somebody at x, turned about z, whose right arm is raised forward by an angle from
    hanging; 0 hangs as the other does."""
    rotations = standing_rotations().clone()
    if arm:
        down = torch.tensor([math.pi / 2, 0.0, 0.0])
        forward = torch.tensor([0.0, -arm, 0.0])
        rotations[JOINT_INDEX["right_shoulder"]] = matrix_from_axis_angle(
            forward
        ) @ matrix_from_axis_angle(down)
    rotations[0] = matrix_from_axis_angle(torch.tensor([0.0, 0.0, facing])) @ rotations[0]
    root = torch.tensor([x, 0.0, ADULT.pelvis_height])
    return Motion(root[None, None], rotations[None, None])


def palm(motion: Motion) -> torch.Tensor:
    """(3,) the right one."""
    return palms_of_joints(motion.joints())[0, 0, RIGHT]


def offered(ego: Motion, away: tuple[float, float, float]) -> torch.Tensor:
    """(1, 1, 22, 3) a partner face to face, with the right palm so far from the ego's."""
    partner = person(0.0, facing=math.pi)
    shift = palm(ego) + torch.tensor(away) - palm(partner)
    return (partner.joints() + shift)[:, :1]


def seen() -> torch.Tensor:
    return torch.ones(1, 1, 22, dtype=torch.bool)


def held(ego: Motion, partner: torch.Tensor, ticks: int = 5) -> list[Motion]:
    """What is shown, tick after tick, of an ego who keeps a pose."""
    hands, frames = Hands.apart(1), []
    for _ in range(ticks):
        frame, hands = hands.shown(ego, partner, seen())
        frames.append(frame)
    return frames


def test_the_arms_of_the_test_reach_forward() -> None:
    ego = person(0.0)
    reach = palm(ego) - ego.joints()[0, 0, JOINT_INDEX["right_shoulder"]]
    assert float(reach[0]) > 0.5 and float(reach[2].abs()) < 0.05


def test_a_near_miss_meets_within_three_frames_and_without_a_jump() -> None:
    ego = person(0.0)
    partner = offered(ego, (-0.04, 0.0, -0.08))
    frames = held(ego, partner)
    theirs = palms_of_joints(partner)[0, 0, RIGHT]
    gaps = [float((palm(frame) - theirs).norm()) for frame in frames]
    assert gaps[2] < 0.02 and gaps == sorted(gaps, reverse=True)
    steps = [
        float((palm(b) - palm(a)).norm()) for a, b in zip([ego, *frames], frames, strict=False)
    ]
    assert max(steps) < 0.04, "a third of the way a frame"
    others = [i for i in range(22) if i not in (17, 19, 21)]
    torch.testing.assert_close(frames[-1].joints()[..., others, :], ego.joints()[..., others, :])


def test_a_hand_that_is_withdrawn_is_let_go_gradually() -> None:
    ego = person(0.0)
    hands = Hands.apart(1)
    for _ in range(4):
        frame, hands = hands.shown(ego, offered(ego, (-0.04, 0.0, -0.08)), seen())
    gone, last = offered(ego, (0.5, 0.0, -0.09)), palm(frame)
    for _ in range(4):
        frame, hands = hands.shown(ego, gone, seen())
        assert float((palm(frame) - last).norm()) < 0.2
        last = palm(frame)
    torch.testing.assert_close(frame.joints(), ego.joints())
    assert float(hands.share.max()) == 0.0


@pytest.mark.parametrize(
    "ego, away, arm",
    [
        (person(0.0), (0.0, 0.0, -0.3), math.pi / 2),
        (person(0.0, arm=0.0), (0.0, 0.0, 0.05), math.pi / 2),
        (person(0.0), (0.0, 0.05, 0.0), 0.0),
    ],
    ids=["far", "the ego's hangs", "the partner's hangs"],
)
def test_other_hands_are_left_alone(
    ego: Motion, away: tuple[float, float, float], arm: float
) -> None:
    partner = person(0.0, facing=math.pi, arm=arm)
    joints = partner.joints() + palm(ego) + torch.tensor(away) - palm(partner)
    frame = held(ego, joints[:, :1])[-1]
    torch.testing.assert_close(frame.joints(), ego.joints(), atol=1e-5, rtol=0)


def test_nobody_and_an_arm_that_is_not_seen_change_nothing() -> None:
    ego = person(0.0)
    nobody = torch.zeros(1, 0, 22, 3)
    frame, _ = Hands.apart(1).shown(ego, nobody, torch.zeros(1, 0, 22, dtype=torch.bool))
    assert frame is ego
    hidden = seen()
    hidden[..., JOINT_INDEX["right_elbow"]] = False
    partner = offered(ego, (0.0, 0.0, -0.05))
    assert Hands.apart(1).shown(ego, partner, hidden)[0] is ego


def test_egos_of_a_batch_do_not_mix() -> None:
    ego = person(0.0)
    both = Motion(ego.root_positions.repeat(2, 1, 1), ego.rotations.repeat(2, 1, 1, 1, 1))
    partner = torch.cat((offered(ego, (-0.04, 0.0, -0.08)), offered(ego, (2.0, 0.0, 0.0))))
    hands = Hands.apart(2)
    for _ in range(3):
        frame, hands = hands.shown(both, partner, seen().repeat(2, 1, 1))
    alone = held(ego, partner[:1], ticks=3)[-1]
    torch.testing.assert_close(frame.joints()[:1], alone.joints())
    torch.testing.assert_close(frame.joints()[1:], ego.joints())
