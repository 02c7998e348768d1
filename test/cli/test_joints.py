"""./remogen joints: every tracker and every joint map as a table; one sentence for the rest."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from remogen_ros.bringup.bringups import REACTION
from remogen_ros.cli.joints import main
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_NAMES
from remogen_ros.perception.joint_mapping import shipped_joint_map, shipped_joint_maps
from remogen_ros.perception.trackers import TRACKER_NAMES, TRACKERS, TrackerName


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "250")


def test_trackers_and_joint_maps_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    said = capsys.readouterr().out
    for name in [*TRACKERS, *shipped_joint_maps()]:
        assert name in said


def test_every_list_of_trackers_is_the_same() -> None:
    assert TRACKER_NAMES == get_args(TrackerName) == ("any", *TRACKERS)
    (argument,) = (a for a in REACTION.arguments if a.name == "tracker")
    assert argument.choices == TRACKER_NAMES
    mentioned = {name for tracker in TRACKERS.values() for name in tracker.joint_maps}
    assert mentioned == set(shipped_joint_maps())


@pytest.mark.parametrize("name", [*TRACKERS, *shipped_joint_maps()])
def test_every_joint_is_told(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 0
    lines = capsys.readouterr().out.splitlines()
    for joint in JOINT_NAMES:
        assert any(joint in line for line in lines)
    joint_maps = TRACKERS[name].joint_maps if name in TRACKERS else (name,)
    for joint in shipped_joint_map(joint_maps[0]).joints:
        assert any(joint in line for line in lines)


def test_what_is_filled_in_says_from_what(capsys: pytest.CaptureFixture[str]) -> None:
    main(["coco_17"])
    lines = {line.split()[1]: line for line in capsys.readouterr().out.splitlines() if "│" in line}
    assert "left_wrist (9)" in lines["left_wrist"]
    assert "left_hip" in lines["pelvis"] and "shoulder" in lines["pelvis"]
    assert "nose" in lines["(not"]


def test_a_file_is_told_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("joints: [Kopf]\nmap: {head: Kopf}\n")
    assert main([str(path)]) == 0
    assert "Kopf (0)" in capsys.readouterr().out


def test_what_there_is_not_is_refused_with_what_there_is() -> None:
    with pytest.raises(UserError, match=r"'kinect'.*azure_kinect.*Trackers: .*zed"):
        main(["kinect"])
    with pytest.raises(UserError, match="one tracker"):
        main(["zed", "tf"])
