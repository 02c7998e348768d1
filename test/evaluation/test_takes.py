"""Clips as an engine goes on from them: what is seen when, what is compared with what."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.errors import UserError
from remogen_ros.evaluation.takes import LONGEST, Takes
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.poses import Motion
from remogen_ros.training.segments import CONTEXT_FRAMES
from test.data.bodies import entry, standing
from test.evaluation.streaming_corpora import residents

LEAD = 15
ROOT_X = 132
"""The column of a partner's root in its features, behind 22 positions and 22 velocities."""


def numbered(frames: int) -> Motion:
    """Somebody whose x is the number of the frame."""
    motion = standing(frames)
    roots = motion.root_positions.clone()
    roots[:, 0] = torch.arange(float(frames))
    return Motion(roots, motion.rotations)


@pytest.fixture
def pairs(tmp_path: Path) -> Corpus:
    entries = [
        entry(f"test/{n}", numbered(n), "x", "test", ("walk",), numbered(n)) for n in (50, 45, 20)
    ]
    write_corpus(tmp_path / "pairs", "duet", entries)
    return open_corpus(tmp_path / "pairs")


def test_what_is_compared_begins_after_the_beginning(pairs: Corpus) -> None:
    takes = Takes(pairs)
    assert [clip.count for clip in takes.records] == [45, 50], "short ones first, 20 is too short"
    take = next(takes.batches())
    first = LEAD + CONTEXT_FRAMES
    assert take.context.root_positions[1, :, 0].tolist() == [LEAD, LEAD + 1, LEAD + 2]
    assert take.truth.root_positions[1, 0, 0] == first
    assert take.partner_motion is not None
    assert torch.equal(take.truth.root_positions, take.partner_motion.root_positions)
    assert take.valid.sum(-1).tolist() == [45 - first, 50 - first]
    assert take.truth.root_positions[0, -1, 0] == 44, "padded with the last frame"


def test_bystanders_are_the_partners_of_others_and_come_after_the_partner(pairs: Corpus) -> None:
    take = next(Takes(pairs).batches())
    assert take.among(0, seed=1) is take
    beset = take.among(1, seed=1)
    assert torch.equal(beset.truth.root_positions, take.truth.root_positions)
    assert beset.window.bystanders is not None
    assert beset.window.bystanders.shape == take.window.partner[:, None].shape
    world = CanonicalFrame(torch.eye(3).expand(2, 3, 3), torch.zeros(2, 3))
    alone, _ = take.senses(7).partners(world)
    people, present = beset.senses(7).partners(world)
    assert people.shape[1] == 2 and torch.equal(people[:, :1], alone)
    assert present[:, 0].all()
    again = take.among(1, seed=1).window.bystanders
    assert torch.equal(again, beset.window.bystanders)
    assert not torch.equal(again, take.among(1, seed=2).window.bystanders)


def test_the_newest_seen_of_a_partner_is_of_the_frame_to_be_generated(pairs: Corpus) -> None:
    take = next(Takes(pairs).batches())
    world = CanonicalFrame(torch.eye(3).expand(2, 3, 3), torch.zeros(2, 3))
    for frame in (0, 7, 20):
        features, present = take.senses(frame).partners(world)
        true = take.truth.root_positions[1, frame, 0]
        assert bool(present.all()) and features.shape == (2, 1, 16, 159)
        assert features[1, 0, -1, ROOT_X] == pytest.approx(float(true), abs=1e-3)
        torch.testing.assert_close(take.senses(frame).cues(world).partners, features)


def test_clips_are_drawn_the_same_every_time_and_cut_at_the_longest_horizon(tmp_path: Path) -> None:
    entries = [entry(f"c{n}", numbered(140), "x", "test", (f"text {n}",)) for n in range(6)]
    write_corpus(tmp_path / "c", "single", entries)
    corpus = open_corpus(tmp_path / "c")
    takes = Takes(corpus, most=3)
    assert takes.records == Takes(corpus, most=3).records
    assert takes.records != Takes(corpus, most=3, seed=1).records
    take = next(takes.batches())
    assert take.valid.shape == (3, LONGEST) and bool(take.valid.all())
    assert take.truth.root_positions[0, 0, 0] == CONTEXT_FRAMES, "nobody is there to be seen before"


def test_a_split_without_fitting_clips_is_refused(tmp_path: Path) -> None:
    write_corpus(tmp_path / "c", "single", [entry("c", numbered(22), "x", "test")])
    with pytest.raises(UserError, match="No clip of the test split is long enough"):
        Takes(open_corpus(tmp_path / "c"))


def test_as_many_frames_as_are_asked_for(pairs: Corpus) -> None:
    takes = Takes(pairs)
    take = takes.take(takes.records[:1], least=40)
    assert take.valid.shape == (1, 40) and int(take.valid.sum()) == 45 - LEAD - CONTEXT_FRAMES
    assert take.truth.root_positions[0, -1, 0] == 44
    world = CanonicalFrame(torch.eye(3)[None], torch.zeros(1, 3))
    features, _ = take.senses(39).partners(world)
    assert features[0, 0, -1, ROOT_X] == pytest.approx(44, abs=1e-3)


def test_in_rooms_each_sees_its_own_and_only_whole_clips_reach_their_goal(tmp_path: Path) -> None:
    takes = Takes(residents(tmp_path / "c"))
    take = takes.take(takes.records)
    assert take.valid.sum(1).tolist() == [37, LONGEST]
    assert take.whole.tolist() == [True, False]
    assert take.window.goal_given is not None and bool(take.window.goal_given.all())
    cues = take.senses(0).cues(CanonicalFrame(torch.eye(3).expand(2, 3, 3), torch.zeros(2, 3)))
    assert not torch.equal(cues.occupancy[0], cues.occupancy[1])
