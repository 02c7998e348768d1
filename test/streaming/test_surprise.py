"""What is expected of partners, and what happens when they do something else."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow, partner_features
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.networks.assembly import Networks
from remogen_ros.streaming.engine import Engine
from remogen_ros.streaming.plan import Plan
from remogen_ros.streaming.stream import Stream
from remogen_ros.streaming.surprise import Expectation, correction
from test.streaming.test_engine import HHI, PartnerSenses, contexts, silence, streamed
from test.streaming.tiny_models import opened

TURNED = CanonicalFrame(
    torch.tensor([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]]),
    torch.tensor([[2.0, -1.0, 0.0]]),
)


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Networks:
    return opened(tmp_path_factory.mktemp("models") / "opened")


def walking(metres_a_frame: float, frames: int = PARTNER_FRAMES) -> torch.Tensor:
    """(1, frames, 22, 3) of joints that all go along x."""
    random = torch.Generator().manual_seed(0)
    body = torch.rand(1, 1, 22, 3, generator=random)
    way = metres_a_frame * torch.arange(frames, dtype=torch.float32)[None, :, None, None]
    return body + way * torch.tensor([1.0, 0.0, 0.0])


def seen(track: torch.Tensor) -> torch.Tensor:
    window = track[:, None]
    return partner_features(PartnerWindow(window, torch.ones(window.shape[:-1]) > 0), TURNED)


def test_who_walks_is_expected_to_go_on() -> None:
    track = walking(0.1)
    expected = Expectation.of(seen(track), TURNED)
    now, known = track[:, None, -1], torch.ones(1, 1, 22, dtype=torch.bool)
    torch.testing.assert_close(expected.deviation(now, known), torch.zeros(1), atol=1e-5, rtol=0)
    further = now + torch.tensor([0.2, 0.05, 0.0])
    off = expected.later().later().deviation(further, known)
    torch.testing.assert_close(off, torch.tensor([0.05]), atol=1e-4, rtol=0)


def test_only_joints_that_are_known_count_and_others_than_before_do_not() -> None:
    track = walking(0.0)
    expected = Expectation.of(seen(track), TURNED)
    now, known = track[:, None, -1].clone(), torch.ones(1, 1, 22, dtype=torch.bool)
    now[..., :11, :] += 9.0
    known[..., :11] = False
    assert float(expected.deviation(now, known)) < 1e-5
    two = now.expand(1, 2, 22, 3)
    assert float(expected.deviation(two, known.expand(1, 2, 22))) == 0.0


def test_a_correction_is_relative() -> None:
    latent = torch.tensor([[3.0, 4.0], [0.0, 2.0]])
    refined = torch.tensor([[3.0, 4.0], [0.0, 3.0]])
    torch.testing.assert_close(correction(latent, refined), torch.tensor([0.0, 0.5]))


def setting_off(at: int, frames: int = 60) -> torch.Tensor:
    """A partner who stands, and walks with 2 m/s from frame `at` on."""
    track = walking(0.0, frames + PARTNER_FRAMES) + torch.tensor([1.5, 0.0, 0.0])
    begins = at + PARTNER_FRAMES - 1
    way = 0.2 * torch.arange(1, track.shape[1] - begins + 1)
    track[:, begins:, :, 1] += way[None, :, None]
    return track


def places(streams: list[Stream]) -> list[int]:
    return [stream.place for stream in streams[:-1]]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        # In good time the running segment is cut short, so that the answer comes as soon as it can.
        (8, [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6]),
        # Later, the one that is coming is made anew, with fewer steps.
        (13, [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5]),
    ],
)
def test_who_sets_off_is_answered_early(networks: Networks, at: int, expected: list[int]) -> None:
    plan = Plan(replan_deviation=0.3)
    engine = Engine(networks, plan)
    start = Stream.continuing(contexts(1), seed=1)
    shown, streams = streamed(engine, start, setting_off(at), frames=22)
    assert places(streams) == expected
    # Two steps of 0.2 m are beyond 0.3 m, seen in the frame after the first.
    assert [stream.replans for stream in streams] == [0] * (at + 2) + [1] * (21 - at)
    assert shown.joints().isfinite().all()
    # Each tick does its share and no more: denoising is never behind when it is due.
    for before, after in pairwise(streams):
        if after.place == 0 and after.coming is not None:
            assert after.coming.denoising.remaining == 0
        if before.coming is not None and after.coming is not None:
            done = before.coming.denoising.remaining - after.coming.denoising.remaining
            assert done <= 3


def test_just_before_its_end_a_segment_is_left_alone(networks: Networks) -> None:
    engine = Engine(networks, Plan(replan_deviation=0.3))
    start = Stream.continuing(contexts(1), seed=1)
    _, streams = streamed(engine, start, setting_off(14), frames=17)
    # The surprise is answered in the next one, whose frames are the first to have time for it.
    assert streams[16].replans == 0 and streams[17].replans == 1


def test_who_goes_on_as_before_surprises_nobody(networks: Networks) -> None:
    track = walking(0.0, 90) + torch.tensor([1.5, 0.0, 0.0])
    start = Stream.continuing(contexts(1), seed=1)
    usual, _ = streamed(Engine(networks), start, track, frames=30)
    wary, streams = streamed(Engine(networks, Plan(replan_deviation=0.3)), start, track, frames=30)
    assert streams[-1].replans == 0
    assert torch.equal(usual.joints(), wary.joints())


def test_what_refinement_has_to_correct_surprises_too(networks: Networks) -> None:
    start = Stream.continuing(contexts(1), seed=1)
    engine = Engine(networks, Plan(replan_correction=1e-6))
    _, streams = streamed(engine, start, setting_off(9), frames=12)
    assert streams[-1].replans > 0


def test_a_plan_that_replans_takes_one_ego(networks: Networks) -> None:
    engine, track = (
        Engine(networks, Plan(replan_deviation=0.3)),
        setting_off(9).expand(2, -1, -1, -1),
    )
    stream = Stream.continuing(contexts(2), seed=1)
    with pytest.raises(ValueError, match="one ego at a time"):
        engine.step(stream, PartnerSenses(track, 0), silence(2), HHI)


def test_replanning_needs_a_plan_ahead() -> None:
    with pytest.raises(ValidationError, match="ahead_from must be given"):
        Plan(ahead_from=None, replan_deviation=0.3)


def test_a_stream_can_be_saved_to_a_file(networks: Networks, tmp_path: Path) -> None:
    engine, track = Engine(networks, Plan(replan_deviation=0.3)), setting_off(9)
    start = Stream.continuing(contexts(1), seed=1)
    _, streams = streamed(engine, start, track, frames=14)
    torch.save(streams[12], tmp_path / "stream.pt")
    restored = torch.load(tmp_path / "stream.pt", weights_only=False)
    one, _ = engine.step(streams[12], PartnerSenses(track, 12), silence(1), HHI)
    other, _ = engine.step(restored, PartnerSenses(track, 12), silence(1), HHI)
    assert torch.equal(one.rotations, other.rotations)
