"""The RViz configuration is about the topics and frames that the nodes have."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def displays() -> dict[str, dict]:
    config = yaml.safe_load((ROOT / "rviz" / "remogen.rviz").read_text())["Visualization Manager"]
    return {display["Name"]: display for display in config["Displays"]}


def test_its_fixed_frame_is_that_of_the_shipped_parameters():
    config = yaml.safe_load((ROOT / "rviz" / "remogen.rviz").read_text())
    parameters = yaml.safe_load((ROOT / "config" / "reaction.yaml").read_text())
    (node,) = parameters.values()
    fixed_frame = config["Visualization Manager"]["Global Options"]["Fixed Frame"]
    assert fixed_frame == node["ros__parameters"]["fixed_frame"]


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("Partner and horizon", "markers"),
        ("Occupied cells", "occupancy"),
        ("Depth camera", "points"),
    ],
)
def test_it_hears_publishers_of_either_reliability(name, topic):
    heard = displays()[name]["Topic"]
    assert heard["Value"] == topic
    assert heard["Reliability Policy"] == "Best Effort"


def test_it_gets_a_description_that_was_published_before_it_started():
    description = displays()["Avatar"]["Description Topic"]
    assert description["Value"] == "robot_description"
    assert description["Durability Policy"] == "Transient Local"


def test_frames_are_not_shown_unless_asked_for():
    assert displays()["Frames"]["Enabled"] is False
