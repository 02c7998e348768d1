"""One segment goes over into the next without a jolt."""

from __future__ import annotations

import torch
from hypothesis import given

from remogen_ros.motion.poses import Motion, concatenate
from remogen_ros.motion.rotations import matrix_from_axis_angle
from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.streaming.seam import Seam
from test.data.bodies import hanging
from test.motion.strategies import random_motion, seeds


def moving(steps: list[float], turns: list[float]) -> Motion:
    """(1, T) of a body that goes by so many metres along x and turns all joints about z."""
    still = hanging(1)
    roots, rotations = [], []
    for step, turn in zip(steps, turns, strict=True):
        roots.append(still.root_positions + torch.tensor([step, 0.0, 0.0]))
        spin = matrix_from_axis_angle(torch.tensor([0.0, 0.0, turn]))
        rotations.append(still.rotations @ spin)
    return Motion(torch.cat(roots)[None], torch.cat(rotations)[None])


def test_who_goes_on_as_before_is_shown_as_generated() -> None:
    motion = moving([0.0, 0.1, 0.2], [0.0, 0.05, 0.1])
    seam = Seam.between(motion.frames(0, 2), motion.frames(2))
    assert seam.root.abs().max() < 1e-6 and seam.turns.abs().max() < 1e-5


def test_most_of_a_jolt_is_taken_out_and_given_back() -> None:
    """By hand: 0.1 m and 0.05 rad a frame, but 0.3 m and 0.15 rad into the first of a segment."""
    recent = moving([0.0, 0.1], [0.0, 0.05])
    segment = moving([0.4, 0.5, 0.6, 0.7, 0.8, 0.9], [0.2, 0.25, 0.3, 0.35, 0.4, 0.45])
    seam = Seam.between(recent, segment.frames(0, 1))
    shown = seam.shown(segment, 0)
    # 0.2 m was expected: 0.12 m are missing at first, then as the fading has it.
    expected = torch.tensor([0.28, 0.38, 0.516, 0.652, 0.788, 0.9])
    torch.testing.assert_close(shown.root_positions[0, :, 0], expected, atol=1e-6, rtol=0)
    spine = JOINT_INDEX["spine1"]
    turned = hanging(1).rotations.transpose(-1, -2) @ shown.rotations[0]
    angle = torch.atan2(turned[:, spine, 1, 0], turned[:, spine, 0, 0])
    expected = torch.tensor([0.14, 0.19, 0.258, 0.326, 0.394, 0.45])
    torch.testing.assert_close(angle, expected, atol=1e-5, rtol=0)


def test_feet_stay_where_they_were_generated() -> None:
    recent, segment = moving([0.0, 0.0], [0.0, 0.0]), moving([0.03] * 6, [0.02] * 6)
    shown = Seam.between(recent, segment.frames(0, 1)).shown(segment, 0)
    assert (shown.root_positions - segment.root_positions).norm(dim=-1).max() > 0.01
    ankles = slice(JOINT_INDEX["left_ankle"], JOINT_INDEX["right_ankle"] + 1)
    moved = (shown.joints() - segment.joints())[..., ankles, :].norm(dim=-1)
    assert moved.max() < 2e-3


@given(seeds)
def test_what_is_still_to_come_is_what_will_be_shown(seed: int) -> None:
    motion = random_motion(seed, 10, (2,)).to(torch.float32)
    recent, segment = motion.frames(0, 2), motion.frames(2)
    seam = Seam.between(recent, segment.frames(0, 1))
    at_once = seam.shown(segment, 0)
    bit_by_bit = concatenate(
        [seam.shown(segment.frames(place), place).frames(0, 1) for place in range(8)]
    )
    torch.testing.assert_close(at_once.root_positions, bit_by_bit.root_positions)
    torch.testing.assert_close(at_once.rotations, bit_by_bit.rotations)
    # Nothing is left of it in the end.
    assert torch.equal(at_once.rotations[:, 5:], segment.rotations[:, 5:])
    identity = at_once.rotations @ at_once.rotations.transpose(-1, -2)
    torch.testing.assert_close(identity, torch.eye(3).expand_as(identity), atol=1e-5, rtol=0)
