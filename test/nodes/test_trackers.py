"""Which trackers a node listens to, and what it refuses before it starts."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace
from xml.etree.ElementTree import fromstring

import pytest

from remogen_ros.embodiment.urdf import avatar_urdf
from remogen_ros.errors import UserError
from remogen_ros.nodes import trackers
from remogen_ros.nodes.frame_people import Roster
from remogen_ros.nodes.parameters import ReactionConfig
from remogen_ros.nodes.topics import AZURE_KINECT, NATIVE, ZED
from remogen_ros.nodes.trackers import (
    frames_naming,
    ids_type,
    own_frames,
    require_tracker,
    skeleton_topics,
)
from remogen_ros.perception.frames import FramesConfig


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if zed_msgs and hri_msgs were there; they stand for their packages by name alone."""

    def found(name: str) -> ModuleType:
        module = ModuleType(name)
        vars(module).update(dict.fromkeys(("ObjectsStamped", "IdsList"), type(name, (), {})))
        return module

    monkeypatch.setattr(trackers, "import_module", found)


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if they were not, on whatever machine this runs."""

    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(trackers, "import_module", missing)


def topics(**values: object) -> list[str]:
    return [topic.topic for topic in skeleton_topics(ReactionConfig(**values))]


def test_any_takes_what_is_installed(installed: None) -> None:
    assert topics(tracker="any") == [AZURE_KINECT, NATIVE, ZED]
    assert ids_type(ReactionConfig()) is not None
    for tracker in ("zed", "ros4hri", "any"):
        require_tracker(ReactionConfig(tracker=tracker))


def test_any_does_without_what_is_not(absent: None) -> None:
    assert topics(tracker="any") == [AZURE_KINECT, NATIVE]
    assert ids_type(ReactionConfig()) is None
    require_tracker(ReactionConfig())


@pytest.mark.parametrize(
    "tracker, expected",
    [("azure_kinect", [AZURE_KINECT]), ("native", [NATIVE]), ("zed", [ZED]), ("tf", [])],
)
def test_one_tracker_alone(installed: None, tracker: str, expected: list[str]) -> None:
    assert topics(tracker=tracker) == expected
    assert ids_type(ReactionConfig(tracker=tracker)) is None


def test_one_tracker_may_have_its_own_topic(installed: None) -> None:
    skeletons = "/zed/zed_node/body_trk/skeletons"
    require_tracker(ReactionConfig(tracker="zed", tracker_topic=skeletons))
    assert topics(tracker="zed", tracker_topic=skeletons) == [skeletons]
    for tracker in ("any", "tf", "ros4hri"):
        with pytest.raises(UserError, match="azure_kinect, native, zed"):
            require_tracker(ReactionConfig(tracker=tracker, tracker_topic=skeletons))


@pytest.mark.parametrize("tracker, package", [("zed", "zed_msgs"), ("ros4hri", "hri_msgs")])
def test_messages_that_are_not_installed_are_named(
    absent: None, tracker: str, package: str
) -> None:
    with pytest.raises(UserError) as caught:
        require_tracker(ReactionConfig(tracker=tracker))
    for words in (f"'{tracker}'", package, "apt install", package.replace("_", "-")):
        assert words in str(caught.value)


def test_a_joint_map_that_is_none_is_refused(tmp_path: Path) -> None:
    for name in ("coco_16", str(tmp_path / "absent.yaml")):
        with pytest.raises(UserError, match="joint map"):
            require_tracker(ReactionConfig(joint_map=name))
    require_tracker(ReactionConfig(joint_map="coco_17"))


def test_with_the_links_of_rep_120_those_are_the_egos_too() -> None:
    assert "l_wrist" not in own_frames(ReactionConfig())
    assert "a/l_wrist" in own_frames(ReactionConfig(link_names="rep120", frame_prefix="a/"))


def test_the_ego_does_not_react_to_its_own_frames() -> None:
    mirror = FramesConfig(pattern="{joint}")
    with pytest.raises(UserError, match=r"frame of the ego.*frame_prefix"):
        require_tracker(ReactionConfig(tracker="tf", tf=mirror))
    require_tracker(ReactionConfig(tracker="tf", tf=mirror, frame_prefix="avatar/"))
    require_tracker(ReactionConfig(tracker="tf"))


@pytest.mark.parametrize("prefix", ["", "avatar/"])
def test_the_ego_is_not_found_among_the_people(prefix: str) -> None:
    """Not even its hinges, whose links are named as if they were joints of others."""
    config = ReactionConfig(tracker="tf", frame_prefix=prefix)
    naming = frames_naming(config)
    ego = {prefix + link.get("name", "") for link in fromstring(avatar_urdf()).iter("link")}
    assert f"{prefix}left_knee_y_link" in ego
    frames = SimpleNamespace(names=lambda: [*ego, "odom", *naming.frames("anna")])
    assert Roster([], naming, frames, own_frames(config))() == ["anna"]
    assert Roster(["leo"], naming, frames, own_frames(config))() == ["leo"]
