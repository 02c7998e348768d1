"""Replications are kept and found again; the table says what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from remogen_ros.errors import UserError
from remogen_ros.evaluation.protocol import Cell
from remogen_ros.evaluation.results import Results, Row, markdown, rows_of, write_table

CELL = Cell({"FID": 0.5, "jerk": 10.0}, torch.arange(6.0).view(3, 2))


def test_a_replication_is_found_again(tmp_path: Path) -> None:
    results = Results(tmp_path, "this")
    assert results.found("duet", "hhi, told", 3) is None
    results.keep("duet", "hhi, told", 3, CELL)
    found = results.found("duet", "hhi, told", 3)
    assert found is not None and found.values == CELL.values
    assert torch.equal(found.embeddings, CELL.embeddings)
    with pytest.raises(UserError, match="of another evaluation"):
        Results(tmp_path, "that").found("duet", "hhi, told", 3)


def test_a_damaged_replication_is_named(tmp_path: Path) -> None:
    results = Results(tmp_path, "this")
    results.keep("duet", "hhi", 0, CELL)
    (path,) = tmp_path.rglob("*.safetensors")
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(UserError, match="is damaged"):
        results.found("duet", "hhi", 0)


def test_rows_are_means_with_intervals() -> None:
    rows = {
        row.metric: row
        for row in rows_of("duet", "hhi", [CELL, Cell({"FID": 1.5}, CELL.embeddings)])
    }
    assert rows["FID"].mean == 1.0 and rows["FID"].n == 2
    assert rows["FID"].ci95 == pytest.approx(1.96 * 0.5**0.5 / 2**0.5)
    assert rows["jerk"].n == 1 and rows["jerk"].ci95 is None
    assert "MultiModality" not in rows, "both replications are the same"


def test_the_table_is_a_list_of_rows(tmp_path: Path) -> None:
    row = Row(corpus="duet", method="hhi", metric="FID", mean=0.5, ci95=0.1, n=20)
    other = Row(corpus="duet", method="prior", metric="jerk", mean=123.4, ci95=None, n=1)
    write_table([row, other], tmp_path, "# demo")
    first = json.loads((tmp_path / "table.json").read_text())[0]
    assert first == {
        "corpus": "duet", "method": "hhi", "metric": "FID", "mean": 0.5, "ci95": 0.1, "n": 20,
    }  # fmt: skip
    text = (tmp_path / "table.md").read_text()
    assert "# demo" in text and "## duet" in text
    lines = markdown([row, other]).splitlines()
    assert lines[0] == "| | hhi | prior |"
    assert lines[2].startswith("| FID | 0.500 ± 0.100 |") and lines[3].startswith("| jerk |  | 123")


def test_names_that_look_alike_are_told_apart(tmp_path: Path) -> None:
    results = Results(tmp_path, "this")
    results.keep("duet", "hhi, a-b", 0, CELL)
    results.keep("duet", "hhi, a/b", 0, Cell({"FID": 2.0}, CELL.embeddings))
    assert results.found("duet", "hhi, a_b", 0) is None
    kept = results.found("duet", "hhi, a-b", 0)
    assert kept is not None and kept.values["FID"] == 0.5


def test_what_is_measured_once_is_kept(tmp_path: Path) -> None:
    results, calls = Results(tmp_path, "this"), []

    def measure() -> list[Row]:
        calls.append(1)
        return [Row(corpus="single", method="VAE", metric="x", mean=1.0, ci95=None, n=1)]

    assert results.rows("single", "VAE", measure) == results.rows("single", "VAE", measure)
    assert len(calls) == 1
    with pytest.raises(UserError, match="of another evaluation"):
        Results(tmp_path, "that").rows("single", "VAE", measure)
    (path,) = tmp_path.rglob("*.json")
    path.write_text("{")
    with pytest.raises(UserError, match="is damaged"):
        results.rows("single", "VAE", measure)


def test_spread_over_replications() -> None:
    random = torch.Generator().manual_seed(0)
    cells = [Cell({"FID": 1.0}, torch.randn(150, 4, generator=random)) for _ in range(3)]
    _, spread = rows_of("duet", "hhi", cells)
    assert (spread.metric, spread.n, spread.ci95) == ("MultiModality", 3, None)
    # Two points of a normal distribution in four dimensions are 2 x gamma(2.5) apart.
    assert spread.mean == pytest.approx(2.66, abs=0.3)
