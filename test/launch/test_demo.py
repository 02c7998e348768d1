"""./remogen demo, as a process: the recording over DDS, the node, and what is left of the run."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from remogen_ros.cli.__main__ import main
from remogen_ros.cli.run_report import rate_hz
from remogen_ros.recording.bags import open_bag
from remogen_ros.recording.inputs import noted_inputs

RUN_PATIENCE_S = 280.0
SECONDS = 6.0
USAGE_ERROR = 2


@pytest.fixture(scope="module")
def outcome(domain: int, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that one run of the demo has written into."""
    folder = tmp_path_factory.mktemp("demo")
    run = subprocess.run(
        [
            *(sys.executable, "-m", "remogen_ros.cli", "demo", "--headless"),
            *("--duration", str(SECONDS), "--mix", "hsi", "--model", str(model)),
            *("--report", str(folder / "report.json"), "--snapshot", str(folder / "snap.png")),
            *("--record", str(folder / "bag")),
        ],
        capture_output=True,
        text=True,
        timeout=RUN_PATIENCE_S,
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="module")
def report(outcome: Path) -> dict[str, Any]:
    return json.loads((outcome / "report.json").read_text())


def test_the_report_says_how_it_went(report: dict[str, Any]) -> None:
    # How fast it went is not asked here: the machine may be busy elsewhere.
    assert report["frames"] > 5
    assert 0 < report["rate_hz"] <= 10.01
    assert 0 < report["tick_ms"]["p50"] <= report["tick_ms"]["p95"]
    assert report["tick_ms"]["p95"] <= report["tick_ms"]["p99"] <= report["tick_ms"]["max"]
    assert 0 < report["tick_processor_ms"]["p50"] <= report["tick_processor_ms"]["max"]
    assert report["missed_ticks"] == report["missed_by_stalls"] + report["missed_by_engine"] >= 0
    assert report["stalls"] >= 0 and report["longest_stall_ms"] >= 0.0
    assert 50 < report["memory_mb"]["start"] <= report["memory_mb"]["max"]
    assert report["partner_messages"] > 0
    assert report["cloud_messages"] > 0
    assert report["mix"] == "hsi"
    assert report["weights"] == {"hhi": 0.0, "hsi": 1.0}
    assert report["clip_ratio"] == 0.0
    assert 0 < report["input_age_ms"]["p50"] <= report["input_age_ms"]["p95"]
    # Seen by a subscriber: later than the tick whose inputs are meant above.
    assert report["reaction_age_ms"]["p50"] > report["input_age_ms"]["p50"]
    assert len(report["model"]["sha256"]) == 64


def test_the_picture_shows_the_avatar_and_the_partner(outcome: Path) -> None:
    picture = np.asarray(Image.open(outcome / "snap.png").convert("RGB")).astype(int)
    red, blue = picture[..., 0], picture[..., 2]
    for seen in (red - blue > 80, blue - red > 60):
        assert seen.sum() > 500


def test_the_bag_holds_what_was_published(outcome: Path, report: dict[str, Any]) -> None:
    stamps: dict[str, list[int]] = {}
    with open_bag(outcome / "bag") as bag:
        for connection, _, raw in bag.messages():
            message = bag.deserialize(raw, connection.msgtype)
            if connection.topic in ("/reaction", "/joint_states", "/joint_trajectory"):
                stamp = message.header.stamp
                stamps.setdefault(connection.topic, []).append(stamp.sec * 10**9 + stamp.nanosec)
        topics = {connection.topic for connection in bag.connections}
    assert {"/tf", "/tf_static", "/root_pose", "/diagnostics"} <= topics
    # With what went in, so that it can be replayed.
    assert {"/body_tracking_data", "/points"} <= topics
    assert "/body_tracking_data" in noted_inputs(outcome / "bag")
    assert set(stamps) == {"/reaction", "/joint_states", "/joint_trajectory"}
    for topic, times in stamps.items():
        assert (np.diff(times) > 0).all(), topic
    assert len(stamps["/reaction"]) > 3


def test_a_simulated_robot_is_reported(domain: int, model: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [
            *(sys.executable, "-m", "remogen_ros.cli", "demo", "--headless", "--duration", "5"),
            *("--sim", "mujoco", "--embodiment", "unitree_g1", "--model", str(model)),
            *("--report", str(tmp_path / "report.json"), "--snapshot", str(tmp_path / "snap.png")),
        ],
        capture_output=True,
        text=True,
        timeout=RUN_PATIENCE_S,
    )
    assert run.returncode == 0, run.stderr
    numbers = json.loads((tmp_path / "report.json").read_text())
    error = numbers["tracking_error_rad"]
    assert 0 < error["p50"] <= error["p95"] < 0.5
    assert numbers["limit_violations"] == numbers["velocity_violations"] == 0
    assert numbers["guard"]["soft_start"] > 0
    # While the machine stands still, simulated time may leave the clouds behind.
    held = numbers["guard"]["held"]
    assert numbers["guard_interventions"] == held
    assert held == 0 or numbers["longest_stall_ms"] > 300
    assert 0 <= numbers["foot_skate_m_s"] < 1
    assert (tmp_path / "snap.png").is_file()


def test_a_port_that_is_taken_is_said(capsys: pytest.CaptureFixture[str], model: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["demo", "--port", port, "--model", str(model)]) == USAGE_ERROR
    said = capsys.readouterr().err.strip()
    assert f"Port {port}" in said and "--port" in said and "\n" not in said


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--model", "no_such_model"), ("model", "no_such_model")),
        (("--bag", "no_such_bag"), ("bag", "no_such_bag")),
        (("--duration", "-1"), ("--duration", "-1")),
        (("--sim", "mujoco"), ("--sim", "--embodiment", "unitree_g1")),
        (("--embodiment", "horse"), ("horse", "unitree_g1")),
        (("--report", "no/such/folder/r.json"), ("--report", "folder")),
    ],
    ids=str,
)
def test_what_is_in_the_way_is_one_sentence(
    capsys: pytest.CaptureFixture[str],
    model: Path,
    arguments: tuple[str, ...],
    words: tuple[str, ...],
) -> None:
    assert main(["demo", "--headless", "--model", str(model), *arguments]) == USAGE_ERROR
    said = capsys.readouterr().err.strip()
    assert "\n" not in said
    for word in words:
        assert word in said


def test_rate_over_stamps() -> None:
    assert rate_hz([]) == rate_hz([5]) == 0.0
    assert rate_hz([0, 100_000_000, 200_000_000]) == pytest.approx(10.0)
    # A missed tick shows; a jump back in time does not.
    assert rate_hz([0, 200_000_000]) == pytest.approx(5.0)
    assert rate_hz([0, 100_000_000, 0, 100_000_000]) == pytest.approx(10.0)
