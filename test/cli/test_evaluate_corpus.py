"""`./remogen evaluate model` on single people and in rooms, and what does not go together."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from remogen_ros.cli.evaluate import main
from remogen_ros.errors import UserError
from remogen_ros.evaluation.endurance import endurance
from remogen_ros.evaluation.evaluator import save_evaluator
from remogen_ros.evaluation.evaluator_retrieval import Retrieval
from test.cli.sentences import Sentences
from test.evaluation.evaluator_corpora import tiny_networks
from test.evaluation.streaming_corpora import people, residents
from test.streaming.tiny_models import save_opened


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("remogen_ros.cli.evaluate_model.text_encoder", lambda name: Sentences())
    save_opened(tmp_path / "model")
    people(tmp_path / "people")
    residents(tmp_path / "rooms")
    return tmp_path


def call(made: Path, *more: str) -> None:
    given = ("model", "--out", str(made / "out"), "--model", str(made / "model"), "-j", "1")
    main([*given, "--replications", "1", *more])


def table(made: Path) -> dict[str, set[str]]:
    """The metrics of each method."""
    rows = json.loads((made / "out" / "table.json").read_text())
    methods = {row["method"] for row in rows}
    return {name: {r["metric"] for r in rows if r["method"] == name} for name in methods}


def test_single_people_and_what_they_are_held_against(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = partial(endurance, frames=10)
    monkeypatch.setattr("remogen_ros.cli.evaluate_corpus.endurance", short)
    call(made, "--single", str(made / "people"), "--only", "prior, told", "VAE",
         "prior, told, for a minute")  # fmt: skip
    metrics = table(made)
    body = {"foot skate, m/s", "jerk, m/s^3"}
    pelvis = {"lowest pelvis, m", "highest pelvis, m", "fastest pelvis, m/s"}
    assert metrics["VAE"] == {"joint error, cm"} | body
    assert metrics["true segments of the VAE"] == body
    minute = metrics["prior, told, for a minute"]
    assert minute == body | pelvis | {"skating ratio", "frames out of the corpus' range, %"}
    assert metrics["whole corpus"] == pelvis
    assert body | {"skating ratio"} <= metrics["ground truth"] & metrics["prior, told"]
    assert "frames below floor, %" in metrics["ground truth"]
    assert not {"prior, told, feet as generated", "standing"} & metrics.keys()


def test_an_evaluator_adds_what_motions_mean(made: Path) -> None:
    found = Retrieval((0.5, 0.6, 0.7), (0.8, 0.9, 1.0))
    save_evaluator(tiny_networks(pairs=False), made / "single", "people@0", found)
    save_evaluator(tiny_networks(pairs=True), made / "pairs", "pairs@0", found)
    rooms = ("--single", str(made / "people"), "--only", "prior, told")
    call(made, *rooms, "--single-evaluator", str(made / "single"))
    assert {"FID", "MM-Dist", "Diversity"} <= table(made)["prior, told"]
    with pytest.raises(UserError, match="this needs one of kind 'single'"):
        call(made, *rooms, "--single-evaluator", str(made / "pairs"))
    with pytest.raises(UserError, match="of another evaluation"):
        call(made, *rooms)


def test_rooms(made: Path) -> None:
    call(made, "--rooms", str(made / "rooms"))
    metrics = table(made)
    methods = {"prior, told", "hsi, told", "0.5 hsi, told"}
    assert metrics.keys() == {"ground truth", "standing"} | methods
    # Who stands has no jumps that could be greater at boundaries than elsewhere.
    assert metrics["standing"] == {
        name for name in metrics["ground truth"] if "jump at boundaries" not in name
    }
    assert {"goal error, m", "depth in scene, cm", "frames outside the room, %"} <= metrics[
        "hsi, told"
    ]
    with pytest.raises(UserError, match="has no rooms"):
        call(made, "--rooms", str(made / "people"))
    with pytest.raises(UserError, match="There is no corpus"):
        call(made, "--rooms", str(made / "nowhere"))
