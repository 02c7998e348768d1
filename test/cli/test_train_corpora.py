"""Corpora as sources of training windows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from remogen_ros.cli.train_corpora import Corpora
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.data.scenes import Goal
from remogen_ros.errors import UserError
from remogen_ros.training.config import CONFIGURATIONS
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import frame_of_last
from remogen_ros.training.sources import FurnishedSource, MixedSource
from test.cli.sentences import Sentences
from test.data.bodies import entry, strolling, waving
from test.data.test_scenes import room

CPU = torch.device("cpu")
SMOKE = CONFIGURATIONS["smoke"]


@pytest.fixture
def corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpora:
    monkeypatch.setattr("remogen_ros.cli.train_corpora.text_encoder", lambda name: Sentences())
    single, duet, rooms = (tmp_path / name for name in ("single", "duet", "rooms"))
    write_corpus(single, "single", [entry("alone", waving(60))])
    pairs = [
        entry(name, waving(60), "wave", "train", ("wave back",), strolling(60), style)
        for name, style in (("pair", ""), ("slow", "elderly"))
    ]
    write_corpus(duet, "duet", pairs)
    goal = Goal(joint="pelvis", position=(2.0, 0.0, 0.0))
    resident = entry("resident", strolling(60))
    record = resident.record.model_copy(update={"scene": "hall", "goals": (goal,)})
    write_corpus(rooms, "single", [replace(resident, record=record)], [room("hall", (0, 0, 0))])
    return Corpora(single, duet, rooms, ("hhi", "hsi"))


def test_the_prior_learns_an_equal_share_of_each_corpus(corpora: Corpora) -> None:
    people = corpora.opened(SMOKE, CPU).sources("train").single
    assert isinstance(people, MixedSource)
    window = people.draw(12, 30, Randomness.of(0))
    alone, pairs, residents = window.clips[:4], window.clips[4:8], window.clips[8:]
    assert set(alone) == {"alone"} and set(residents) == {"resident"}
    assert set(pairs) == {"pair", "slow"}
    assert len(window.text) == len(window.acts) == 12


def test_adapters_learn_where_their_cues_are(corpora: Corpora) -> None:
    sources = corpora.opened(SMOKE, CPU).sources("train").by_adapter
    draw = Randomness.of(0)
    in_rooms = sources["hsi"].draw(8, 30, draw)
    assert in_rooms.room is not None and in_rooms.goal is not None
    assert set(in_rooms.clips[:6]) == {"resident"}
    assert set(in_rooms.clips[6:]) <= {"pair", "slow"}, "who only stands, among scattered boxes"
    occupancy = in_rooms.room.ego_occupancy(frame_of_last(in_rooms.motion))
    assert occupancy.shape == (8, 32, 32, 20)
    alone = replace(corpora, duet=None).opened(SMOKE, CPU).sources("train").by_adapter["hsi"]
    assert isinstance(alone, FurnishedSource)
    one = Randomness.of(1)
    furnished = alone.draw(2, 30, Randomness.of(1))
    mixed = sources["hsi"].draw(8, 30, one)
    frame = frame_of_last(furnished.motion)
    assert torch.equal(
        furnished.cues(29, frame).occupancy,
        mixed.cues(29, frame_of_last(mixed.motion)).occupancy[:2],
    )
    pairs = sources["hhi"].draw(2, 30, draw)
    assert set(pairs.clips) <= {"pair", "slow"} and pairs.partner is not None


def test_styles_are_left_out(corpora: Corpora) -> None:
    source = replace(
        corpora, single=None, rooms=None, adapters=("hhi",), without_styles=("elderly",)
    )
    drawn = source.opened(SMOKE, CPU).sources("train").by_adapter["hhi"]
    random = Randomness.of(0)
    assert drawn.draw(8, 30, random).clips == ("pair",) * 8
    with pytest.raises(UserError, match="No clip is in the style 'sulky': choose from elderly"):
        replace(source, without_styles=("sulky",)).opened(SMOKE, CPU)


def test_no_clip_of_a_split_is_no_source(corpora: Corpora) -> None:
    held_out = corpora.opened(SMOKE, CPU).sources("val")
    assert held_out.single is None and not held_out.by_adapter
