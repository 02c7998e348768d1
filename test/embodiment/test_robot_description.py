"""A robot is one YAML file, and a mistake in it is one sentence that names file and field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from remogen_ros.embodiment.robot_description import load_robot, parse_robot, shipped_robots
from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.errors import UserError

Change = Callable[[dict[str, Any]], Any]


def written(folder: Path, change: Change) -> Path:
    """A copy of the file of G1 with one change."""
    content = yaml.safe_load(load_robot("unitree_g1")[1].read_text())
    change(content)
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        RobotModel.load(str(path))
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith(".")
    assert str(path) in sentence
    return sentence


def test_robots_that_are_shipped():
    assert shipped_robots() == ["unitree_g1", "unitree_h1"]


def test_a_users_own_file_is_a_robot(tmp_path):
    path = written(tmp_path, lambda robot: robot.update(name="mine"))
    assert RobotModel.load(str(path)).description.name == "mine"


def test_what_is_told_is_no_faster_than_drives_are(tmp_path):
    path = written(tmp_path, lambda robot: robot.update(command_velocity={"*_knee_joint": 30.0}))
    robot = RobotModel.load(str(path))
    knee = robot.description.joints.index("left_knee_joint")
    assert robot.command_velocity[knee] == robot.velocity[knee] == 20.0
    path = written(tmp_path, lambda robot: robot.pop("command_velocity"))
    robot = RobotModel.load(str(path))
    assert (robot.command_velocity == robot.velocity).all()


def test_a_model_may_lie_beside_the_file(tmp_path):
    (tmp_path / "mine.xml").write_text(
        """<mujoco><worldbody><body name="trunk"><freejoint/><geom size="0.1"/>
        <body name="l"><joint name="lj"/><geom size="0.1"/></body>
        <body name="r"><joint name="rj"/><geom size="0.1"/></body></body></worldbody></mujoco>"""
    )
    sole = [[0.0, 0.0, -0.1]]
    robot = {
        "name": "mine",
        "model": {"file": "mine.xml"},
        "joints": ["lj", "rj"],
        "velocity": {"*": 1.0},
        "targets": {
            "pelvis": {"body": "trunk", "position": 1.0},
            "left_foot": {"body": "l", "position": 1.0, "sole": sole},
            "right_foot": {"body": "r", "position": 1.0, "sole": sole},
        },
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(robot))
    assert RobotModel.load(str(tmp_path / "mine.yaml")).t_pose[2] == pytest.approx(0.1)


def _set(*path: str, to: Any) -> Change:
    def change(content: dict[str, Any]) -> None:
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = to

    return change


def _drop(*path: str) -> Change:
    def change(content: dict[str, Any]) -> None:
        for key in path[:-1]:
            content = content[key]
        del content[path[-1]]

    return change


@pytest.mark.parametrize(
    "change, words",
    [
        (_set("joints", to=["left_knee"]), ("joints.0", "'left_knee'", "left_knee_joint")),
        (_set("stand", "left_nee", to=0.1), ("stand.left_nee", "'left_nee'")),
        (_set("t_pose", "arm", to=0.1), ("t_pose.arm",)),
        (_set("consumers", "mine", to=["tail"]), ("consumers.mine.0", "'tail'")),
        (_set("velocity", "*_tail", to=3.0), ("velocity.*_tail", "fits none")),
        (_set("command_velocity", "*_tail", to=3.0), ("command_velocity.*_tail", "fits none")),
        (_set("velocity", "*", to=-3.0), ("velocity.*", "greater than 0", "-3.0")),
        (_set("velocity", "*", to="fast"), ("velocity.*", "number", "fast")),
        (_set("targets", "left_wrist", "body", to="hand"), ("targets.left_wrist.body", "'hand'")),
        (_set("targets", "left_hand", to={"body": "pelvis"}), ("'left_hand'", "left_wrist")),
        (_set("targets", "left_wrist", "point", to=[0.0, 1.0]), ("left_wrist.point", "3 items")),
        (_set("targets", "left_wrist", "sole", to=[[0, 0, 0]]), ("left_wrist.sole", "left_foot")),
        (_drop("targets", "left_foot"), ("targets.left_foot is missing",)),
        (_drop("targets", "left_foot", "sole"), ("targets.left_foot.sole is missing",)),
        (_drop("model", "file"), ("model.file is missing",)),
        (_set("model", "file", to="g1.stl"), ("model.file", "g1.stl")),
        (_set("colour", to="red"), ("colour is not known",)),
        (_set("posture", to=float("nan")), ("posture", "nan")),
        (_set("self_collision", "pairs", to=[[["tail"], ["pelvis"]]]), ("pairs.0", "'tail'")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_mistake_is_one_sentence(tmp_path: Path, change: Change, words: tuple[str, ...]):
    sentence = refusal(written(tmp_path, change))
    for word in words:
        assert word in sentence


@pytest.mark.parametrize("text", ["[", "- 1", "name: [", ""])
def test_what_is_no_yaml_file_of_fields_is_said(text):
    with pytest.raises(UserError, match=r"Robot file mine.yaml .*\.$") as caught:
        parse_robot(text, "mine.yaml")
    assert "\n" not in str(caught.value)


def test_a_model_that_mujoco_cannot_read_is_named(tmp_path):
    (tmp_path / "broken.xml").write_text("<mujoco><worldbody></mujoco>")
    change = _set("model", to={"file": "broken.xml"})
    assert "model.file" in refusal(written(tmp_path, change))


def test_a_package_that_is_not_installed_is_named(tmp_path):
    path = written(tmp_path, _set("model", "package", to="no_such_robots"))
    with pytest.raises(UserError, match=r"no-such-robots, which is not installed: run"):
        RobotModel.load(str(path))


def test_an_unknown_robot_is_refused_with_those_there_are():
    with pytest.raises(UserError, match=r"'horse' is neither .* unitree_g1, unitree_h1\.$"):
        load_robot("horse")
