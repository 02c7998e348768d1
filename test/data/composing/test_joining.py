"""Seams: real poses are held, feet stay, and nothing jumps."""

from __future__ import annotations

import math

import pytest
import torch

from remogen_ros.data.composing.joining import (
    BLEND,
    Sway,
    crossfaded,
    deepened,
    eased,
    feet_together,
    held,
    placed,
    yaw_of,
)
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import FOOT_JOINTS, JOINT_INDEX
from test.data.bodies import hanging, standing, strolling, turn, walking, waving

STILL = Sway.of(hanging(20))


def test_placed_puts_pelvis_and_heading_there() -> None:
    motion = placed(walking(20), 5, (2.0, -1.0), math.pi / 2)
    assert motion.root_positions[5, :2].tolist() == pytest.approx([2.0, -1.0])
    assert yaw_of(motion, 5) == pytest.approx(math.pi / 2)
    assert motion.root_positions[15, :2].tolist() == pytest.approx([2.0, 0.0], abs=1e-6)
    assert torch.equal(motion.root_positions[:, 2], walking(20).root_positions[:, 2])


def test_whoever_is_held_sways_but_keeps_the_feet() -> None:
    motion = held(hanging(1), 40, STILL, 0, False, False)
    joints = motion.joints()
    feet = joints[:, list(FOOT_JOINTS)]
    assert torch.equal(feet, feet[:1].expand_as(feet))
    head = joints[:, JOINT_INDEX["head"]]
    assert 0.001 < float((head - head.mean(0)).norm(dim=-1).max()) < 0.1


def test_swaying_fades_where_an_action_joins() -> None:
    pose = hanging(1)
    free = held(pose, 30, STILL, 4, False, False).rotations - pose.rotations
    joined = held(pose, 30, STILL, 4, False, True).rotations - pose.rotations
    assert torch.equal(free[: 30 - BLEND], joined[: 30 - BLEND])
    assert float(joined[-1].norm()) < 0.25 * float(free[-1].norm()) + 1e-6


def test_sway_goes_to_and_fro_without_a_jump() -> None:
    turns = STILL.played(200, 7)
    largest = STILL.turns.diff(dim=0).norm(dim=-1).max()
    assert turns.diff(dim=0).norm(dim=-1).max() <= largest + 1e-6
    torch.testing.assert_close(
        STILL.turns.mean(0), torch.zeros_like(STILL.turns[0]), atol=1e-6, rtol=0
    )


@pytest.mark.parametrize(("off", "rest"), [(True, False), (False, True), (True, True)])
def test_easing_starts_and_ends_slowly_and_goes_the_whole_way(off: bool, rest: bool) -> None:
    motion = eased(walking(31, speed=2.0), off, rest)
    x = motion.root_positions[:, 0]
    steps = x.diff()
    assert x[0] == 0.0 and float(x[-1]) == pytest.approx(6.0, abs=1e-5)
    assert len(motion) == 31 + BLEND * (off + rest)
    assert float(steps.max()) < 0.2 + 1e-5 and float(steps.min()) > 0.0
    assert (float(steps[0]) < 0.03) == off
    assert (float(steps[-1]) < 0.03) == rest
    assert float(steps.diff().abs().max()) < 0.05


def test_a_crossfade_keeps_ends_and_length() -> None:
    first, second = hanging(20), waving(20)
    motion = crossfaded(first, second, BLEND)
    assert len(motion) == 40 - BLEND
    assert torch.equal(motion.rotations[: 20 - BLEND], first.rotations[: 20 - BLEND])
    assert torch.equal(motion.rotations[20:], second.rotations[BLEND:])


def test_a_crossfade_of_legs_keeps_a_foot_on_the_floor() -> None:
    motion = crossfaded(standing(20), strolling(30, speed=0.0), BLEND)
    lowest = motion.joints()[:, list(FOOT_JOINTS), 2].amin(-1)
    apart = strolling(30).joints()[:, list(FOOT_JOINTS), 2].amin(-1).max()
    assert float(lowest[15:20].min()) > 0.0
    assert float(lowest[15:20].max()) <= float(apart) + 1e-5


def test_feet_together_finds_where_the_legs_pass() -> None:
    frame = feet_together(strolling(40), 4, 12)  # hips swing as sin(frame / 2): zero near 2 pi
    assert frame == 6


def test_a_deeper_bow_bends_the_spine_so_much_further_and_nothing_else() -> None:
    motion = hanging(3)
    rotations = motion.rotations.clone()
    for frame, degrees in enumerate((5, 15, 25)):
        rotations[frame, JOINT_INDEX["spine2"]] = torch.tensor(turn("y", degrees)).float()
    bow = Motion(motion.root_positions, rotations)
    deep = deepened(bow, 1.5)
    spine = deep.rotations[:, JOINT_INDEX["spine2"]]
    wanted = torch.stack([torch.tensor(turn("y", degrees)).float() for degrees in (5, 20, 35)])
    torch.testing.assert_close(spine, wanted, atol=1e-5, rtol=0)
    knees = JOINT_INDEX["left_knee"]
    assert torch.equal(deep.rotations[:, knees], bow.rotations[:, knees])
