"""Standing feet are kept, stepping feet are let go, and who stands is in balance."""

from __future__ import annotations

import pytest
import torch

from remogen_ros.motion.balance import centre_of_mass
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX
from remogen_ros.motion.standing import standing_rotations
from remogen_ros.streaming.footing import Footing

BALL = JOINT_INDEX["left_foot"]
FEET = [JOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("ankle", "foot")]


def posed(x: torch.Tensor, hip: float, knee: float, ankle: float) -> Motion:
    """(T,) somebody with legs bent by degrees, the pelvis, and with it all else, at x."""
    rotations = standing_rotations().repeat(len(x), 1, 1, 1)
    for side in ("left", "right"):
        for part, degrees in (("hip", hip), ("knee", knee), ("ankle", ankle)):
            angle = torch.tensor(degrees).deg2rad()
            turn = torch.eye(3)
            turn[0, 0] = turn[2, 2] = angle.cos()
            turn[0, 2], turn[2, 0] = angle.sin(), -angle.sin()
            rotations[:, JOINT_INDEX[f"{side}_{part}"]] = turn
    roots = torch.zeros(len(x), 3)
    roots[:, 0] = x
    roots[:, 2] = ADULT.pelvis_height
    lowest = Motion(roots, rotations).joints()[0, BALL, 2]
    roots[:, 2] -= lowest - 0.016
    return Motion(roots, rotations)


def crouching(x: torch.Tensor) -> Motion:
    """(T,) with bent knees."""
    return posed(x, -25.0, 50.0, -25.0)


def leaning(x: torch.Tensor) -> Motion:
    """(T,) on straight legs, behind the feet, as nobody can stand."""
    return posed(x, -20.0, 0.0, 20.0)


def off_balance(joints: torch.Tensor) -> torch.Tensor:
    """(T,) metres over the floor from the middle of the feet to the mass of (T, 22, 3)."""
    feet = joints[:, FEET, :2].mean(dim=1)
    return (centre_of_mass(joints)[:, :2] - feet).norm(dim=-1)


def shown(motion: Motion) -> torch.Tensor:
    """(T, 22, 3) joints of what is shown, frame after frame, as the engine goes on."""
    batch = Motion(motion.root_positions[None], motion.rotations[None])
    footing = Footing.of(batch.frames(0, 1))
    frames, elsewhere = [batch.frames(0, 1)], torch.zeros(1, 3)
    for i in range(1, len(motion)):
        frame, drawn, footing = footing.shown(batch.frames(i, i + 1).shifted(elsewhere[:, None]))
        elsewhere = elsewhere + drawn
        frames.append(frame)
    return torch.cat([frame.joints()[0] for frame in frames])


def test_a_forecast_is_what_would_be_shown() -> None:
    """Creeping at first, then dragged along, and leaning all the while."""
    motion = leaning(torch.cumsum(torch.tensor([0.0, 0.01, 0.01, 0.02, 0.03, 0.03, 0.03]), 0))
    batch = Motion(motion.root_positions[None], motion.rotations[None])
    first = Footing.of(batch)
    poses, drawn, after = first.shown(batch.frames(1))
    torch.testing.assert_close(poses.joints()[0], shown(motion)[1:])
    _, drawn_alone, alone = first.shown(batch.frames(1, 2))
    torch.testing.assert_close(drawn, drawn_alone)
    torch.testing.assert_close(after.off, alone.off)
    torch.testing.assert_close(after.balls, alone.balls)
    torch.testing.assert_close(after.righted, alone.righted)


def test_a_creeping_foot_stands_still() -> None:
    """However long it creeps at 0.1 m/s; the pelvis is at most 0.01 / 0.3 m ahead of it."""
    motion = crouching(0.01 * torch.arange(60))
    joints = shown(motion)
    assert float((joints[:, BALL] - joints[0, BALL]).norm(dim=-1).max()) < 1e-3
    ahead = joints[:, 0, 0] - joints[0, 0, 0]
    assert float(ahead[1]) > 0.009
    torch.testing.assert_close(ahead[-1], torch.tensor(0.01 / 0.3), atol=1e-3, rtol=0)
    # The body above the feet is as it was generated.
    upper = [JOINT_INDEX[name] for name in ("left_hip", "head", "right_wrist")]
    generated = motion.joints()
    torch.testing.assert_close(
        joints[:, upper] - joints[:, :1], generated[:, upper] - generated[:, :1]
    )


def test_who_turns_on_the_spot_is_not_drawn_anywhere() -> None:
    """The feet creep, but each its own way."""
    still = crouching(torch.zeros(12))
    angle = 0.05 * torch.arange(12)
    turn = torch.eye(3).repeat(12, 1, 1)
    turn[:, 0, 0] = turn[:, 1, 1] = angle.cos()
    turn[:, 1, 0], turn[:, 0, 1] = angle.sin(), -angle.sin()
    rotations = still.rotations.clone()
    rotations[:, 0] = turn @ rotations[:, 0]
    middle = still.joints()[:1, [BALL, JOINT_INDEX["right_foot"]]].mean(1)
    roots = (turn @ (still.root_positions - middle)[..., None])[..., 0] + middle
    joints = shown(Motion(roots, rotations))
    assert float((joints[:, BALL] - joints[0, BALL]).norm(dim=-1).max()) < 0.02
    torch.testing.assert_close(joints[:, 0], roots, atol=1e-3, rtol=0)


def test_a_foot_is_kept_within_a_decimetre() -> None:
    """Further behind it is dragged along, without a jump."""
    motion = crouching(0.035 * torch.arange(40))
    joints = shown(motion)
    behind = joints[:, 0, 0] - joints[:, BALL, 0]
    assert 0.095 < float((behind - behind[0]).max()) < 0.105
    steps = joints[:, BALL].diff(dim=0).norm(dim=-1)
    assert 0.0 < float(steps[-1]) < float(steps.max()) + 1e-6 < 0.02


def test_a_stepping_foot_goes_where_it_is_generated() -> None:
    """At 1 m/s nothing is kept."""
    motion = crouching(0.1 * torch.arange(10))
    torch.testing.assert_close(shown(motion), motion.joints(), atol=1e-4, rtol=0)


def test_what_was_gathered_fades_within_a_few_frames() -> None:
    still, fast = 0.02 * torch.arange(5), 0.08 + 0.1 * torch.arange(1, 7)
    motion = crouching(torch.cat((still, fast)))
    joints, generated = shown(motion), motion.joints()
    apart = (joints - generated)[:, BALL, 0] - (joints - generated)[:, 0, 0]
    assert float(apart[4].abs()) > 0.03 and float(apart[8].abs()) < 0.01
    assert float(apart.diff().abs().max()) < 0.05, "without a jump"


def test_who_leans_like_a_board_comes_over_their_feet() -> None:
    motion = leaning(torch.zeros(60))
    joints, generated = shown(motion), motion.joints()
    assert float(off_balance(generated)[0]) > 0.2
    assert float(off_balance(joints)[-1]) < 0.09
    torch.testing.assert_close(joints[:, FEET], generated[:, FEET], atol=2e-3, rtol=0)
    # The trunk goes there as it is, and up as the legs raise it; and nothing jumps.
    above = [JOINT_INDEX[name] for name in ("spine3", "head", "right_wrist")]
    torch.testing.assert_close(
        joints[:, above] - joints[:, :1], generated[:, above] - generated[:, :1]
    )
    assert float(joints[-1, 0, 2] - joints[0, 0, 2]) > 0.03
    assert float(joints.diff(dim=0).norm(dim=-1).max()) < 0.05


@pytest.mark.parametrize("legs", [(-90.0, 90.0, 0.0), (-25.0, 50.0, -25.0), (-5.0, 10.0, -5.0)])
def test_who_sits_crouches_or_stands_well_is_left_there(legs: tuple[float, float, float]) -> None:
    motion = posed(torch.zeros(30), *legs)
    torch.testing.assert_close(shown(motion), motion.joints(), atol=1e-3, rtol=0)


def test_who_lies_with_raised_feet_is_left_there() -> None:
    lying = posed(torch.zeros(10), -120.0, 5.0, 0.0)
    back = torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    rotations = lying.rotations.clone()
    rotations[:, 0] = back.T @ rotations[:, 0]
    motion = Motion(torch.tensor([[0.0, 0.0, 0.1]]).repeat(10, 1), rotations)
    ankles = motion.joints()[:, FEET[0], 2]
    assert float(ankles.min()) > 0.2
    torch.testing.assert_close(shown(motion), motion.joints(), atol=1e-3, rtol=0)


def test_who_walks_off_is_let_go() -> None:
    still = torch.zeros(40)
    motion = leaning(torch.cat((still, 0.1 * torch.arange(1, 31))))
    apart = (shown(motion) - motion.joints())[:, 0].norm(dim=-1)
    assert float(apart[39]) > 0.1 and float(apart[-1]) < 0.01
    assert float(apart.diff().abs().max()) < 0.05
