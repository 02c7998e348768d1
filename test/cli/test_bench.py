"""The benchmarks run, and say what they measured."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from remogen_ros.cli.bench import main
from remogen_ros.cli.bench_soak import SoakBench, what_broke
from remogen_ros.cli.resident import MemoryLog, growth_per_minute
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.data.prepare import prepare_corpus
from remogen_ros.errors import UserError
from remogen_ros.streaming.bundle import save_untrained
from test.data.bodies import entry, walking
from test.data.recordings import MadeRecording
from test.data.test_scenes import room
from test.nodes.conftest import domain, model

__all__ = ["domain", "model"]

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


def test_a_start(
    domain: int, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.json"
    assert main(["startup", "--runs", "1", "--model", str(model), "--json", str(path)]) == 0
    assert "seen by a subscriber" in capsys.readouterr().out
    numbers = json.loads(path.read_text())
    stages = [found["p50"] for found in numbers["stages_s"].values()]
    assert list(numbers["stages_s"])[-1] == "first_reaction"
    assert stages == sorted(stages) and len(stages) == 7
    assert numbers["first_reaction_s"]["max"] > 0 and numbers["budget_s"] == 6.0
    with pytest.raises(UserError, match="--runs must be at least 1"):
        main(["startup", "--runs", "0"])
    with pytest.raises(UserError, match="no_such_model"):
        main(["startup", "--model", "no_such_model"])


def test_memory(
    domain: int, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.json"
    assert main(["memory", "--seconds", "2", "--model", str(model), "--json", str(path)]) == 0
    assert "resident memory" in capsys.readouterr().out
    memory = json.loads(path.read_text())["memory_mb"]
    assert 50 < memory["start"] <= memory["max"]
    assert memory["course"][0] == [pytest.approx(0.0, abs=0.1), memory["start"]]
    with pytest.raises(UserError, match="--seconds must be above 0"):
        main(["memory", "--seconds", "0"])


def test_growth_is_the_slope_of_the_samples() -> None:
    assert growth_per_minute([]) == growth_per_minute([(0.0, 5.0)]) == 0.0
    assert growth_per_minute([(s, 300.0 + s / 30) for s in range(60)]) == pytest.approx(2.0)
    log = MemoryLog(os.getpid(), period_s=100.0)
    log.look()
    report = log.report()
    assert report is not None and len(report["course"]) == 1 and report["max"] >= report["end"]


def test_what_makes_no_sense(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "data" in capsys.readouterr().out
    with pytest.raises(UserError, match="There is no benchmark 'coffee'"):
        main(["coffee"])
    with pytest.raises(UserError, match="must be at least 1"):
        main(["data", str(tmp_path), "--batch", "0"])
    with pytest.raises(UserError, match="There is no corpus"):
        main(["data", str(tmp_path), *QUICK])


def test_a_soak_that_grows_or_breaks_fails_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = {"ticks": 100, "seconds": 600.0, "not_finite": 0, "limit_violations": 0}
    steady = {"start": 500.0, "end": 519.0, "growth_per_minute": 3.9}  # 19.5 MB in five minutes
    assert what_broke(numbers | {"memory_mb": steady}) == []
    assert what_broke(numbers | {"memory_mb": None}) == []
    growing = steady | {"growth_per_minute": 4.2}
    (sentence,) = what_broke(numbers | {"memory_mb": growing})
    assert sentence == (
        "Memory grew by 21 MB over the second half; 20 MB is the most that is allowed."
    )
    broken = numbers | {"memory_mb": growing, "not_finite": 2, "limit_violations": 1}
    assert [s.split()[:4] for s in what_broke(broken)[:2]] == [
        ["In", "2", "of", "100"],
        ["In", "1", "of", "100"],
    ]
    run = broken | {"speed": 1.0, "guard": {}}
    monkeypatch.setattr(SoakBench, "_soaked", lambda self, ticks: run)
    assert main(["soak", "--minutes", "1"]) == 1
    assert "Memory grew by 21 MB" in " ".join(capsys.readouterr().out.split())


def test_a_soak(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = tmp_path / "soak.json"
    assert main(["soak", "--minutes", "0.1", "--cloud-every", "20", "--json", str(found)]) == 0
    numbers = json.loads(found.read_text())
    assert numbers["ticks"] == 60 and numbers["speed"] > 0
    assert numbers["not_finite"] == numbers["limit_violations"] == 0
    assert numbers["memory_mb"]["start"] > 100
    assert "60 ticks" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(UserError, match="--minutes must be above 0"):
        main(["soak", "--minutes", "0"])
