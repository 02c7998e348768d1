"""Corpora joined hold every clip as it was; what cannot be told apart is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from remogen_ros.cli.data import main
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.data.prepare import prepare_corpus
from remogen_ros.data.union import join_corpora
from remogen_ros.errors import UserError
from test.data.bodies import entry, standing, walking
from test.data.recordings import MadeRecording
from test.data.test_scenes import room


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    """One of two clips, and one of a clip in a room."""
    write_corpus(tmp_path / "a", "single", [entry("one", walking(12)), entry("two", standing(15))])
    recording = MadeRecording("three", scene="kitchen")
    prepare_corpus([recording], tmp_path / "b", 1, 1, scenes=[room("kitchen")])
    return [tmp_path / "a", tmp_path / "b"]


def test_joined(sources: list[Path], tmp_path: Path) -> None:
    assert main(["join", *map(str, sources), "--out", str(tmp_path / "c")]) == 0
    corpus = open_corpus(tmp_path / "c")
    one, two, three = corpus.clips
    assert [clip.name for clip in corpus.clips] == ["one", "two", "three"]
    assert (three.start, three.count) == (27, 20)
    assert torch.equal(corpus.motion_of(one).root_positions, walking(12).root_positions)
    before = open_corpus(sources[1])
    assert torch.equal(
        corpus.motion_of(three).rotations, before.motion_of(before.clips[0]).rotations
    )
    assert [corpus.texts[i] for i in three.texts] == ["walk"]
    assert [corpus.texts[i] for i in two.texts] == ["walk left"]
    assert corpus.scene_of(three) is not None


def test_in_its_own_place(sources: list[Path]) -> None:
    assert join_corpora(sources, sources[0]) == 3
    assert len(open_corpus(sources[0]).clips) == 3


def test_what_cannot_be_joined(sources: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="both have a clip 'one'"):
        write_corpus(tmp_path / "again", "single", [entry("one", standing(12))])
        join_corpora([sources[0], tmp_path / "again"], tmp_path / "c")
    with pytest.raises(UserError, match="is of kind 'duet'"):
        write_corpus(tmp_path / "d", "duet", [entry("p", standing(12), partner=walking(12))])
        join_corpora([sources[0], tmp_path / "d"], tmp_path / "c")
    with pytest.raises(UserError, match="has a scene 'kitchen', as another one has"):
        other = MadeRecording("four", scene="kitchen")
        prepare_corpus([other], tmp_path / "e", 1, 1, scenes=[room("kitchen")])
        join_corpora([sources[1], tmp_path / "e"], tmp_path / "c")
    assert not (tmp_path / "c").exists()
