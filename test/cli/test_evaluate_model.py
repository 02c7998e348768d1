"""`./remogen evaluate model` makes one table of tiny corpora, and goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from remogen_ros.cli.evaluate import main
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.errors import UserError
from remogen_ros.evaluation.protocol import Protocol
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import CONFIGURATIONS
from remogen_ros.streaming.bundle import save_bundle, save_untrained
from test.cli.sentences import Sentences
from test.data.bodies import entry, hanging, waving

FRAMES = 66


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("remogen_ros.cli.evaluate_model.text_encoder", lambda name: Sentences())
    save_untrained(tmp_path / "model")
    partner = waving(FRAMES).moved(torch.eye(3), torch.tensor([1.5, 0.0, 0.0]))
    clips = [
        entry(f"test/{n}", hanging(FRAMES), "stand", "test", ("stand",), partner, style)
        for n, style in enumerate(("", "old"))
    ]
    write_corpus(tmp_path / "pairs", "duet", clips)
    return tmp_path


def call(made: Path, *more: str) -> int:
    given = ("model", "--out", str(made / "out"), "--model", str(made / "model"), "-j", "1")
    return main([*given, "--replications", "2", *more])


def test_a_table_and_going_on(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("--duet", str(made / "pairs"), "--only", "prior", "hhi")
    assert call(made, *arguments) == 0
    table = (made / "out" / "table.json").read_text()
    rows = {(row["method"], row["metric"]): row for row in json.loads(table)}
    assert {method for method, _ in rows} == {"ground truth", "prior", "hhi"}
    assert rows["ground truth", "joint error, root aligned, cm"]["mean"] == 0.0
    assert rows["prior", "root error at 4 s, m"]["n"] == 2
    assert rows["hhi", "leaks, %"]["mean"] == 0.0

    def nothing_is_left_to_do(*_: object) -> None:
        raise AssertionError("generated again")

    monkeypatch.setattr(Protocol, "measure", nothing_is_left_to_do)
    assert call(made, *arguments) == 0
    assert (made / "out" / "table.json").read_text() == table


def test_who_replans_answers_one_at_a_time(made: Path) -> None:
    name = "hhi, replanned beyond 0.25 m"
    assert call(made, "--duet", str(made / "pairs"), "--replications", "1", "--only", name) == 0
    rows = json.loads((made / "out" / "table.json").read_text())
    (egos,) = (row["n"] for row in rows if row["metric"] == "response time, frames")
    assert egos == 2


def test_styles_that_were_held_out_have_rows_of_their_own(made: Path) -> None:
    pairs = ("--duet", str(made / "pairs"), "--only", "hhi", "hhi, without", "--others", "without")
    call(made, *pairs, str(made / "model"), "--held-out-styles", "old")
    rows = json.loads((made / "out" / "table.json").read_text())
    measured = {(row["corpus"], row["method"]) for row in rows}
    assert ("duet, held-out styles", "hhi, without") in measured
    assert {corpus for corpus, _ in measured} == {"duet", "duet, held-out styles"}
    assert "held-out styles: old" in (made / "out" / "table.md").read_text()


def test_what_makes_no_sense(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "strips" in capsys.readouterr().out
    with pytest.raises(UserError, match="There is no evaluation 'coffee'"):
        main(["coffee"])
    with pytest.raises(UserError, match="Give at least one corpus"):
        call(made)
    with pytest.raises(UserError, match="There is no method 'magic'"):
        call(made, "--duet", str(made / "pairs"), "--only", "magic")
    with pytest.raises(UserError, match="is a corpus of kind 'duet'"):
        call(made, "--single", str(made / "pairs"))
    save_bundle(Networks(CONFIGURATIONS["tiny"].with_text(512)), made / "clip", "none", "clip")
    with pytest.raises(UserError, match="clip has another text encoder than 'minilm'"):
        call(made, "--duet", str(made / "pairs"), "--others", "clip", str(made / "clip"))
    with pytest.raises(UserError, match="must be at least 1"):
        call(made, "--duet", str(made / "pairs"), "--clips", "-1")
