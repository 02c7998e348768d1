"""Which trackers a node listens to, and what it refuses before it starts."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest

from remogen_ros.embodiment.choosing import embodiment_named
from remogen_ros.embodiment.urdf import avatar_urdf
from remogen_ros.errors import UserError
from remogen_ros.nodes import trackers
from remogen_ros.nodes.frame_people import Roster
from remogen_ros.nodes.parameters import ReactionConfig
from remogen_ros.nodes.topics import AZURE_KINECT, NATIVE, ZED
from remogen_ros.nodes.trackers import (
    frames_naming,
    frames_of_nobody,
    ids_type,
    own_frames,
    require_tracker,
    skeleton_topics,
)
from remogen_ros.perception.frames import ONLY_BODY, FramesConfig, frame_naming
from remogen_ros.perception.joint_mapping import JointMap


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
    assert "l_wrist" not in own_frames(ReactionConfig(), ())
    assert "a/l_wrist" in own_frames(ReactionConfig(link_names="rep120", frame_prefix="a/"), ())


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
    assert Roster([], naming, frames, frames_of_nobody(config, ()))() == ["anna"]
    assert Roster(["leo"], naming, frames, frames_of_nobody(config, ()))() == ["leo"]


def sided(*names: str) -> list[str]:
    return [f"{side}_{name}_link" for side in ("left", "right") for name in names]


SHOULDER = ("shoulder_pitch", "shoulder_roll", "shoulder_yaw", "elbow")
LINKS = {
    "unitree_g1": [
        *("pelvis", "pelvis_contour_link", "torso_link", "head_link", "logo_link", "d435_link"),
        *("waist_yaw_link", "waist_roll_link", "mid360_link", "imu_in_torso", "imu_in_pelvis"),
        *("left_rubber_hand", "right_rubber_hand"),
        *sided("hip_pitch", "hip_roll", "hip_yaw", "knee", "ankle_pitch", "ankle_roll"),
        *sided(*SHOULDER, "wrist_roll", "wrist_pitch", "wrist_yaw"),
    ],
    "unitree_h1": [
        *("pelvis", "torso_link", "imu_link", "logo_link", "mid360_link"),
        *("d435_left_imager_link", "d435_rgb_module_link"),
        *sided("hip_yaw", "hip_roll", "hip_pitch", "knee", "ankle", *SHOULDER),
    ],
}
"""What robot_state_publisher broadcasts of the URDFs of Unitree."""


@pytest.mark.parametrize("prefix", ["", "robot/"])
@pytest.mark.parametrize("robot", LINKS)
def test_a_robot_does_not_take_its_own_links_for_people(robot: str, prefix: str) -> None:
    links = embodiment_named(robot).links
    assert set(links) <= set(LINKS[robot])
    config = ReactionConfig(tracker="tf", frame_prefix=prefix)
    # A tracker of few joints, with whom a few frames are a body.
    few = frame_naming("", JointMap(("left_knee", "right_knee", "left_elbow"), np.zeros((22, 3))))
    for naming in (frames_naming(config), few):
        for told in ("", prefix):  # with the node's prefix, or the robot's bring-up has none
            names = [told + link for link in LINKS[robot]]
            frames = SimpleNamespace(names=lambda n=names, of=naming: [*n, *of.frames("anna")])
            assert Roster([], naming, frames, frames_of_nobody(config, links))() == ["anna"]
    # Nobody can be told to be one of them, either.
    with pytest.raises(UserError, match="frame of the ego"):
        mistaken = config.model_copy(update={"tf": FramesConfig(bodies="link"), "frame_prefix": ""})
        require_tracker(mistaken, links)


def test_g1_would_be_two_people_to_who_knows_no_links_of_it() -> None:
    naming = frames_naming(ReactionConfig(tracker="tf"))
    assert naming.bodies_among(LINKS["unitree_g1"]) == ["pitch_link", "roll_link"]


def test_frames_of_one_person_may_be_named_like_those_of_a_robot_with_a_prefix() -> None:
    mirror = FramesConfig(pattern="{joint}")
    config = ReactionConfig(tracker="tf", tf=mirror, frame_prefix="robot/")
    naming, links = frames_naming(config), ("pelvis", "left_knee")
    require_tracker(config, links)
    frames = SimpleNamespace(names=lambda: [*naming.frames(ONLY_BODY), "robot/pelvis"])
    assert not frames_of_nobody(config, links) & set(naming.frames(ONLY_BODY))
    assert Roster([], naming, frames, frames_of_nobody(config, links))() == [ONLY_BODY]
    with pytest.raises(UserError, match="give the ego a frame_prefix"):
        require_tracker(config.model_copy(update={"frame_prefix": ""}), links)
