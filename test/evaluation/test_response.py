"""How soon an ego answers, and that nothing leaks from what is to come."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import pytest
import torch

from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.evaluation.methods import Method
from remogen_ros.evaluation.response import (
    FRAMES as LONGEST,
)
from remogen_ros.evaluation.response import (
    PATIENCE,
    leaks,
    perturbed,
    response_frames,
    responses,
)
from remogen_ros.evaluation.takes import Take, Takes, TakeSenses
from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import CONFIGURATIONS
from remogen_ros.streaming.plan import Plan
from test.data.bodies import entry, hanging, waving

FRAMES = 70


@pytest.fixture(scope="module")
def networks() -> Networks:
    """Untrained ones whose adapters and refinement do something."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        built = Networks(CONFIGURATIONS["tiny"]).eval().requires_grad_(False)
        for module in (built.adapters, built.refinement):
            for parameter in module.parameters():
                parameter.add_(0.3 * torch.randn(parameter.shape))
    return built


@pytest.fixture
def take(tmp_path: Path) -> Take:
    partner = waving(FRAMES).moved(torch.eye(3), torch.tensor([1.5, 0.0, 0.0]))
    write_corpus(
        tmp_path / "pairs", "duet",
        [entry("test/wave", hanging(FRAMES), "wave", "test", ("wave",), partner)],
    )  # fmt: skip
    return next(Takes(open_corpus(tmp_path / "pairs")).batches())


def test_the_first_frame_that_differs_is_counted_from_the_perturbed_one() -> None:
    before = torch.zeros(3, 10, 22, 3)
    after = before.clone()
    after[0, 4:] = 1.0
    after[1, 6:, 5, 2] = 0.01
    assert response_frames(before, after, 4).tolist() == [1, 3, torch.inf]
    assert response_frames(before, after, 4, different=0.1).tolist() == [1, torch.inf, torch.inf]


def test_the_least_difference_before_is_a_leak() -> None:
    before = torch.zeros(2, 10, 22, 3)
    after = before.clone()
    after[0, 3, 0, 0] = 1e-7
    after[1, 4:] = 1.0
    assert leaks(before, after, 4).tolist() == [True, False]


def test_a_hand_is_raised_from_a_frame_on() -> None:
    partner = torch.zeros(1, 5, 22, 3)
    raised = perturbed(partner, 3)
    assert torch.equal(raised[:, :3], partner[:, :3])
    assert raised[0, 3, JOINT_INDEX["right_wrist"], 2] == pytest.approx(0.7)
    assert float(partner.abs().max()) == 0.0, "the true one is left alone"


def test_refinement_answers_at_once_and_segments_when_they_are_due(
    networks: Networks, take: Take
) -> None:
    hhi = {"hhi": 1.0}
    refined, _, leaked = responses(Method("a", networks, hhi), take, 384, seed=0)
    assert refined.mean() == 1.0 and not leaked.any()
    at_once = Plan(ahead_from=None, refine=False)
    segments, _, leaked = responses(Method("b", networks, hhi, plan=at_once), take, 384, seed=0)
    # Perturbed in frame 0 of a segment: 1 frame; in frame 1: 8 frames, in frame 7: 2 frames.
    assert segments[:, 0].tolist() == [1, 8, 7, 6, 5, 4, 3, 2] and not leaked.any()
    prior, _, leaked = responses(Method("c", networks), take, 384, seed=0)
    assert bool((prior == PATIENCE).all()) and not leaked.any()


def test_what_is_denoised_ahead_answers_a_segment_later(networks: Networks, take: Take) -> None:
    ahead = Method("a", networks, {"hhi": 1.0}, plan=Plan(refine=False))
    answers, _, leaked = responses(ahead, take, 384, seed=0)
    # What is new in frame 2 is in the segment that begins six frames later.
    assert answers[:, 0].tolist() == [9, 8, 7, 14, 13, 12, 11, 10] and not leaked.any()


def test_clips_that_end_before_are_held(networks: Networks, tmp_path: Path) -> None:
    short = entry("s", hanging(45), "wave", "test", ("wave",), waving(45))
    write_corpus(tmp_path / "pairs", "duet", [short])
    takes = Takes(open_corpus(tmp_path / "pairs"))
    method = Method("a", networks, {"hhi": 1.0})
    answers, _, _ = responses(method, takes.take(takes.records, LONGEST), 384, seed=0)
    assert answers.mean() == 1.0


@dataclass(frozen=True)
class Prophetic(Take):
    """Its egos see what the partner will do."""

    def senses(self, frame: int) -> TakeSenses:
        return super().senses(min(frame + 1, LONGEST - 1))


def test_whoever_sees_what_is_to_come_is_found_out(networks: Networks, take: Take) -> None:
    prophetic = Prophetic(*(getattr(take, field.name) for field in fields(take)))
    _, _, leaked = responses(Method("a", networks, {"hhi": 1.0}), prophetic, 384, seed=0)
    assert leaked.all()
