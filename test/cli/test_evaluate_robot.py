"""`./remogen evaluate robot` has a robot follow reactions, and says how truly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from remogen_ros.cli.evaluate import main
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.errors import UserError
from remogen_ros.streaming.bundle import save_untrained
from test.data.bodies import entry, hanging, waving

FRAMES = 50


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model that learned nothing and tiny corpora."""
    folder = tmp_path_factory.mktemp("made")
    save_untrained(folder / "model")
    partner = waving(FRAMES).moved(torch.eye(3), torch.tensor([0.0, 1.5, 0.0]))
    entries = [
        entry(f"test/{name}", hanging(FRAMES), name, "test", (name,), partner)
        for name in ("wave", "stand")
    ]
    write_corpus(folder / "duet", "duet", entries)
    alone = entry("test/alone", hanging(FRAMES), "alone", "test", ("alone",))
    write_corpus(folder / "single", "single", [alone])
    return folder


def evaluate(made: Path, out: Path, *rest: str) -> list[dict]:
    main(["robot", "--model", str(made / "model"), "--out", str(out), *rest])
    return json.loads((out / "robot.json").read_text())


def test_a_row_for_each_reaction_and_a_picture_of_the_first(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    duet = ("--duet", str(made / "duet"))
    rows = evaluate(made, tmp_path, *duet, "--clips", "test/wave", "test/stand", "--pictures", "1")
    assert [row["clip"] for row in rows] == ["test/wave", "test/stand"]
    for row in rows:
        error = row["tracking_error_rad"]
        assert 0 < error["p50"] <= error["p95"] < 0.3
        assert row["limit_violations"] == row["velocity_violations"] == 0
        assert 0 <= row["foot_skate_m_s"] < 1
        assert 0 < row["ik_ms"]["processor"]["p50"] <= row["ik_ms"]["processor"]["p99"]
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["test_wave.png"]
    assert Image.open(tmp_path / "test_wave.png").width > 500
    assert "unitree_g1 follows model" in capsys.readouterr().out
    # The same seed, the same numbers, but for what the clock says.
    again = evaluate(made, tmp_path, *duet, "--clips", "test/wave", "--pictures", "0")
    assert again[0] | {"ik_ms": 0} == rows[0] | {"ik_ms": 0}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--duet", "duet", "--count", "0"), "--count and --threads must be at least 1"),
        (("--duet", "duet", "--embodiment", "avatar"), "--embodiment must be a robot"),
        (("--duet", "duet", "--embodiment", "horse"), "'horse' is neither"),
        (("--duet", "single"), "There is nobody to react to in the corpus"),
        (("--duet", "duet", "--clips", "test/fly"), "No test clip 'test/fly' is long enough"),
    ],
)
def test_what_cannot_be_followed(
    made: Path, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    given = [str(made / word) if word in ("duet", "single") else word for word in arguments]
    with pytest.raises(UserError, match=sentence):
        evaluate(made, tmp_path / "out", *given)
    assert not (tmp_path / "out").exists()
