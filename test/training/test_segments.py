from __future__ import annotations

import pytest
import torch

from remogen_ros.motion import features as layout
from remogen_ros.motion.canonical import heading_of_orientation
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import geodesic_angle
from remogen_ros.motion.statistics import Statistics
from remogen_ros.training.batches import Window
from remogen_ros.training.losses import body_losses
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import (
    eased_future,
    frame_of_last,
    segment_at,
    window_frames,
)
from test.motion.strategies import random_motion, random_turn
from test.training.people import RandomPeople

IDENTITY = Statistics(torch.zeros(276), torch.ones(276))


def test_cues_of_a_window_end_at_the_tick() -> None:
    window = RandomPeople(partner=True).draw(2, 19, Randomness.of(0))
    assert window.partner is not None
    disturbed = Window(
        window.motion,
        window.text,
        window.text_known,
        partner=torch.cat((window.partner[:, :18], window.partner[:, 18:] + 1), dim=1),
    )
    frame = frame_of_last(window.motion.frames(0, 3))
    assert torch.equal(window.cues(2, frame).partners, disturbed.cues(2, frame).partners)
    assert not torch.equal(window.cues(3, frame).partners, disturbed.cues(3, frame).partners)


def test_words_are_said_of_those_who_do_something() -> None:
    """Of the first, words; the second stands yet; the third's text tells nothing, but it stands."""
    acts = torch.zeros(3, 11, dtype=torch.bool)
    acts[0, 9:] = True
    window = Window(
        random_motion(0, 11, (3,)),
        torch.ones(3, 384),
        torch.tensor([True, True, False]),
        acts,
        torch.zeros(384),
    )
    words, known = window.words(3, 11)
    assert words[:, 0].tolist() == [1.0, 0.0, 0.0] and known.all()
    words, known = window.words(3, 9)
    assert words[:, 0].tolist() == [0.0, 0.0, 0.0] and known.all()
    window = Window(window.motion, window.text, window.text_known)
    assert torch.equal(window.words(3, 9)[1], window.text_known), "no pair: the text always holds"


def test_segments_follow_each_other() -> None:
    motion = random_motion(0, window_frames(2), (2,)).to(torch.float32)
    second = segment_at(motion, 1, IDENTITY)
    decoded = layout.decode(second.future, second.frame)
    torch.testing.assert_close(
        decoded.root_positions, motion.root_positions[:, 11:19], atol=1e-5, rtol=0
    )


def test_a_drifted_roll_out_is_led_back_or_carried_along() -> None:
    motion = random_motion(0, 11, (1,)).to(torch.float32)
    true_context, future = motion.frames(0, 3), motion.frames(3)
    rotation, translation = (t.to(torch.float32) for t in random_turn(3))
    drifted = Motion(true_context.root_positions, true_context.rotations).moved(
        rotation, translation
    )
    back = eased_future(drifted, true_context, future, meet=True)
    torch.testing.assert_close(
        back.root_positions[:, -1], future.root_positions[:, -1], atol=1e-5, rtol=0
    )
    along = eased_future(drifted, true_context, future, meet=False)
    carried = future.moved(rotation, translation)
    torch.testing.assert_close(along.root_positions, carried.root_positions, atol=1e-4, rtol=0)
    torch.testing.assert_close(
        heading_of_orientation(along.rotations[:, :, 0]),
        heading_of_orientation(carried.rotations[:, :, 0]),
        atol=1e-4,
        rtol=0,
    )


def test_after_a_roll_out_the_target_starts_in_its_pose_and_ends_in_the_true_one() -> None:
    motion = random_motion(0, 11, (1,)).to(torch.float32)
    other = random_motion(1, 3, (1,)).to(torch.float32)
    future = motion.frames(3)
    target = eased_future(other, motion.frames(0, 3), future, meet=True)
    torch.testing.assert_close(target.rotations[:, -1], future.rotations[:, -1], atol=1e-4, rtol=0)
    torch.testing.assert_close(
        target.root_positions[:, -1], future.root_positions[:, -1], atol=1e-4, rtol=0
    )
    still = motion.frames(2, 3)
    held = Motion(still.root_positions.repeat(1, 8, 1), still.rotations.repeat(1, 8, 1, 1, 1))
    eased = eased_future(other, motion.frames(0, 3), held, meet=True)
    apart = geodesic_angle(other.rotations[:, -1:], eased.rotations)[0, :, 1:]
    whole = geodesic_angle(other.rotations[:, -1:], held.rotations)[0, :, 1:]
    torch.testing.assert_close(apart[0], whole[0] / 8, atol=1e-3, rtol=0)


def test_body_losses_of_the_truth_are_zero_and_of_a_shift_are_its_length() -> None:
    motion = random_motion(0, 11, (2,)).to(torch.float32)
    segment = segment_at(motion, 0, IDENTITY)
    exact = body_losses(segment.future, segment.future, segment.history[:, -1], IDENTITY)
    assert max(float(exact[n]) for n in ("joints", "velocity", "consistency", "deltas")) < 1e-9
    shifted = segment.future.clone()
    shifted[..., layout.TRANSLATION] += torch.tensor([0.3, 0.0, 0.0])
    moved = body_losses(shifted, segment.future, segment.history[:, -1], IDENTITY)
    assert float(moved["joints"]) == pytest.approx(0.3**2, abs=1e-4)
    assert float(moved["velocity"]) == pytest.approx(0.3**2 / 8, abs=1e-4)
