"""`./remogen evaluate trackers` prints a table, keeps the bags, and says what it cannot do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remogen_ros.cli.evaluate import main
from remogen_ros.errors import UserError
from remogen_ros.recording.bags import summarise
from remogen_ros.recording.tracker_forms import TRACKER_FORMS
from remogen_ros.streaming.bundle import save_untrained

DEMO = str(Path(__file__).parents[2] / "bags/demo")


def test_a_table_and_a_bag_of_every_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_untrained(tmp_path / "model")
    options = ["--model", str(tmp_path / "model"), "--bag", DEMO, "--duration", "2"]
    main(["trackers", *options, "--blurred", "1", "--out", str(tmp_path / "out")])
    rows = json.loads((tmp_path / "out/trackers.json").read_text())
    assert [row["form"] for row in rows[:-1]] == [form.name for form in TRACKER_FORMS]
    assert rows[0]["partner_mm"] == 0 < rows[-1]["partner_mm"]
    assert "ROS4HRI" in capsys.readouterr().out
    topics = {topic.name for topic in summarise(tmp_path / "out/ros4hri").topics}
    assert topics == {"/humans/bodies/tracked", "/tf", "/tf_static"}
    with pytest.raises(UserError, match="not empty"):
        main(["trackers", *options, "--out", str(tmp_path / "out")])


def test_what_cannot_be_replayed_is_said(tmp_path: Path) -> None:
    for options in (["--duration", "0.5"], ["--start", "-1"], ["--duration", "nan"]):
        with pytest.raises(UserError, match="must be at least"):
            main(["trackers", *options])
    with pytest.raises(UserError, match="There is no bag"):
        main(["trackers", "--bag", str(tmp_path / "absent")])
