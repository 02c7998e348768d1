"""The benchmarks run, and say what they measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remogen_ros.cli.bench import main
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.data.prepare import prepare_corpus
from remogen_ros.errors import UserError
from remogen_ros.streaming.bundle import save_untrained
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


def test_voxels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_untrained(tmp_path / "tiny")
    quick = ("--clouds", "2", "--ticks", "2", "--rate", "50", "--model", str(tmp_path / "tiny"))
    assert main(["voxels", *quick, "--json", str(tmp_path / "v.json")]) == 0
    assert "synthetic" in capsys.readouterr().out
    numbers = json.loads((tmp_path / "v.json").read_text())
    assert numbers["points"]["all"] == 307_200
    assert numbers["points"]["finite"] > 200_000
    assert set(numbers["budgeted"]) < set(numbers["stages_ms"])
    assert 0 < numbers["budgeted_ms"]["p50"] < numbers["total_ms"]["p50"]
    assert numbers["tick_ms_alone"]["p50"] > 0 and numbers["tick_ms_beside"]["p50"] > 0
    with pytest.raises(UserError, match="--clouds must be at least 1"):
        main(["voxels", "--clouds", "0"])
    with pytest.raises(UserError, match=r"--json is .*there is no folder"):
        main(["voxels", "--json", str(tmp_path / "none" / "v.json")])


def test_what_makes_no_sense(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "data" in capsys.readouterr().out
    with pytest.raises(UserError, match="There is no benchmark 'coffee'"):
        main(["coffee"])
    with pytest.raises(UserError, match="must be at least 1"):
        main(["data", str(tmp_path), "--batch", "0"])
    with pytest.raises(UserError, match="There is no corpus"):
        main(["data", str(tmp_path), *QUICK])
