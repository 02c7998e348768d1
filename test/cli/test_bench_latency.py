"""`./remogen bench latency` on a tiny model: what it writes, not how long anything took."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remogen_ros.cli.bench import main
from remogen_ros.cli.latency_inputs import staged
from remogen_ros.cli.latency_run import REST, STAGES, Ticks
from remogen_ros.cues.occupancy import OCCUPIED
from remogen_ros.errors import UserError
from test.streaming.tiny_models import opened

PERCENTILES = {"p50", "p95", "p99", "max"}


def test_all_numbers_and_a_picture_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, picture = tmp_path / "latency.json", tmp_path / "latency.png"
    arguments = ["latency", "--config", "tiny", "--ticks", "32", "--partners", "2"]
    assert main([*arguments, "--json", str(found), "--plot", str(picture)]) == 0
    report = json.loads(found.read_text())
    assert set(report["tick_ms"]) == set(report["boundary_tick_ms"]) == PERCENTILES
    assert report["config"] == "tiny" and report["backend"] in ("eager", "onnx")
    assert report["ticks"] == 32 and report["threads"] == 2 and report["missed"] >= 0
    assert set(report["stages"]) == {*STAGES.values(), REST}
    assert report["stages"]["denoising"]["p50"] > 0
    assert set(report["others"]) == {"eager, denoised at once"}
    assert picture.read_bytes().startswith(b"\x89PNG")
    said = capsys.readouterr().out
    assert "denoised ahead" in said and "missed" in said


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--ticks", "3"], "--ticks must be at least 16"),
        (["--config", "enormous"], "enormous"),
        (["--plot", "ticks.doc"], "ticks.doc"),
        (["--device", "abacus"], "abacus"),
        (["--json", "nowhere/l.json"], "--json is nowhere/l.json, but there is no folder"),
    ],
)
def test_mistakes_are_named(wrong: list[str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        main(["latency", "--config", "tiny", "--ticks", "16", "--no-plain", *wrong])


def test_a_summary_by_hand() -> None:
    ticks = Ticks("by hand")
    for ms in (10.0, 20.0, 30.0, 140.0):
        ticks.add(ms, ms == 20.0, {**dict.fromkeys(STAGES, 0.0), "predict": ms - 4.0})
    summary = ticks.summary()
    assert summary["missed"] == 1
    assert ticks.tick_ms["p50"] == 25.0 and ticks.tick_ms["max"] == 140.0
    assert summary["boundary_tick_ms"] == dict.fromkeys(PERCENTILES, 20.0)
    stages = summary["stages"]
    assert isinstance(stages, dict)
    assert stages[REST] == dict.fromkeys(PERCENTILES, 4.0)
    assert stages[STAGES["encode"]]["max"] == 0.0


def test_people_stand_in_front_and_move_and_the_room_has_boxes(tmp_path: Path) -> None:
    stage = staged(opened(tmp_path / "model"), people=3, seed=0)
    assert stage.people.shape[0] == 3
    first = stage.people[:, 0, 0, :2]
    assert (first.norm(dim=-1) - 1.0).abs().max() < 0.2
    assert (stage.people[:, 20] - stage.people[:, 0]).abs().max() > 0.01
    assert (stage.room.cells == OCCUPIED).any()
    observations = list(stage.observations(400, {"hhi": 1.0}))
    assert len(observations) == 400 and observations[399].partners.positions.shape[0] == 3
