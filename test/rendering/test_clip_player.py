"""Clips of a corpus in the browser and on a sheet: what is asked for is what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from remogen_ros.cli.data import main
from remogen_ros.cli.view import played
from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.data.prepare import prepare_corpus
from remogen_ros.data.scenes import Goal
from remogen_ros.embodiment.colours import EGO
from remogen_ros.errors import UserError
from remogen_ros.rendering.clip_player import ClipPlayer, Person, PlayedClip
from test.data.bodies import entry, hanging, walking
from test.data.recordings import MadeRecording
from test.data.test_scenes import room
from test.rendering.figures import free_port, standing


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    partner = walking(20)
    entries = [entry(f"pair {i}", hanging(20), partner=partner) for i in range(2)]
    write_corpus(tmp_path / "c", "duet", entries)
    return open_corpus(tmp_path / "c")


def clip(offset: float) -> PlayedClip:
    """Someone who walks 1 m/s along x for a second, from an offset on."""
    joints = np.stack([standing(offset + 0.1 * frame) for frame in range(10)])
    return PlayedClip([Person("ego", EGO, joints)], f"from {offset}")


@pytest.fixture
def player() -> Iterator[ClipPlayer]:
    clips = {"a": clip(0.0), "b": clip(5.0)}
    player = ClipPlayer("127.0.0.1", free_port(), list(clips), clips.__getitem__, "a")
    yield player
    player.close()


def pelvis(player: ClipPlayer) -> float:
    """x of the pelvis of the body that the page shows."""
    (view,) = player._views
    assert view.joints is not None
    return float(view.joints[0, 0])


def test_it_plays_and_begins_again(player: ClipPlayer) -> None:
    player.refresh(0.0)
    start = pelvis(player)
    player.refresh(0.25)
    assert pelvis(player) - start == pytest.approx(0.25, abs=1e-6)
    player.refresh(0.8)
    assert pelvis(player) - start == pytest.approx(0.05, abs=1e-6)


def test_stopped_it_shows_the_frame_of_the_slider(player: ClipPlayer) -> None:
    player.refresh(0.0)
    start = pelvis(player)
    player._playing.value = False
    player._frame.value = 7
    player.refresh(10.0)
    assert pelvis(player) - start == pytest.approx(0.7, abs=1e-6)


def test_going_to_other_clips(player: ClipPlayer) -> None:
    player.refresh(0.0)
    start = pelvis(player)
    player._step(1)
    player.refresh(0.0)
    assert pelvis(player) - start == pytest.approx(5.0)
    assert player._caption.content == "from 5.0" and player._name.value == "b"
    player._step(1)
    player.refresh(0.0)
    assert pelvis(player) == pytest.approx(start), "after the last comes the first"
    player._ask_for("nothing")
    player.refresh(0.0)
    assert "no clip `nothing`" in player._caption.content and pelvis(player) == start


def test_a_clip_of_a_corpus(corpus: Corpus) -> None:
    shown = played(corpus, corpus.clips[1])
    assert [person.name for person in shown.people] == ["ego", "partner"]
    assert shown.frames == 20 and "pair 1" in shown.caption and "- walk left" in shown.caption
    assert shown.people[1].joints[-1, 0, 0] == pytest.approx(1.9, abs=1e-4)


def test_a_sheet(corpus: Corpus, tmp_path: Path) -> None:
    folder, sheet = str(tmp_path / "c"), tmp_path / "sheet.png"
    assert main(["view", folder, "--clip", "pair 1", "--sheet", str(sheet), "--every", "1"]) == 0
    with Image.open(sheet) as picture:
        assert picture.width > picture.height, "two moments side by side"
    for arguments, why in (
        (["--clip", "nobody"], "no clip 'nobody'"),
        (["--sheet", str(tmp_path / "no" / "a.png")], "no folder"),
        (["--sheet", str(sheet), "--every", "0"], "at least 0.1 s"),
    ):
        with pytest.raises(UserError, match=why):
            main(["view", folder, *arguments])


def test_the_room_is_shown_and_its_goals_are_told(tmp_path: Path) -> None:
    goal = Goal(joint="pelvis", position=(1.9, 0.0, 0.0))
    recordings = [MadeRecording("a", scene="k", goals=(goal,)), MadeRecording("b")]
    prepare_corpus(recordings, tmp_path / "r", 1, 1, scenes=[room("k", (1, 2, 0), (3, 5, 2))])
    corpus = open_corpus(tmp_path / "r")
    clips = {clip.name: played(corpus, clip) for clip in corpus.clips}
    assert "goal: pelvis at (1.90, 0.00, 0.00) m" in clips["a"].caption
    assert np.sort(clips["a"].voxels, axis=0) == pytest.approx(
        np.array([[-0.05, -0.05, 0.05], [0.15, 0.25, 0.25]])
    )
    player = ClipPlayer("127.0.0.1", free_port(), list(clips), clips.__getitem__, "a")
    try:
        player.refresh(0.0)
        assert len(player._room.centres) == 2
        player._ask_for("b")
        player.refresh(0.0)
        assert len(player._room.centres) == 0
    finally:
        player.close()
    sheet = tmp_path / "a.png"
    assert main(["view", str(tmp_path / "r"), "--clip", "a", "--sheet", str(sheet)]) == 0
    assert sheet.stat().st_size > 1000
