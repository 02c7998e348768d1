"""The benchmark of the data runs on any corpus, and says what it measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from remogen_ros.cli.bench import main
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.data.prepare import prepare_corpus
from remogen_ros.errors import UserError
from test.data.bodies import entry, walking
from test.data.recordings import MadeRecording
from test.data.test_scenes import room

QUICK = ("--batch", "8", "--seconds", "0.01")


def test_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_corpus(tmp_path / "c", "duet", [entry("p", walking(60), partner=walking(60))])
    assert main(["data", str(tmp_path / "c"), *QUICK]) == 0
    printed = capsys.readouterr().out
    assert "pairs, cues" in printed and "one person in a room" in printed
    assert "furnished" not in printed


def test_rooms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recordings = [MadeRecording("a", frames=60, scene="k")]
    prepare_corpus(recordings, tmp_path / "c", 1, 1, scenes=[room("k", (0, 0, 0))])
    assert main(["data", str(tmp_path / "c"), *QUICK]) == 0
    printed = capsys.readouterr().out
    assert "furnished" in printed and "pairs" not in printed


def test_a_robot(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["robot", "--ticks", "3"]) == 0
    assert "unitree_g1, 3 ticks" in capsys.readouterr().out
    with pytest.raises(UserError, match="'horse' is neither"):
        main(["robot", "horse"])
    with pytest.raises(UserError, match="--ticks must be at least 2"):
        main(["robot", "--ticks", "1"])


def test_what_makes_no_sense(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "data" in capsys.readouterr().out
    with pytest.raises(UserError, match="There is no benchmark 'coffee'"):
        main(["coffee"])
    with pytest.raises(UserError, match="must be at least 1"):
        main(["data", str(tmp_path), "--batch", "0"])
    with pytest.raises(UserError, match="There is no corpus"):
        main(["data", str(tmp_path), *QUICK])
