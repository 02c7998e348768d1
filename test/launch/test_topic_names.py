"""Topics of another name: the arguments, and which nodes of a bring-up they reach."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rclpy.exceptions import InvalidTopicNameException
from rclpy.validate_full_topic_name import validate_full_topic_name

from remogen_ros.bringup.bringups import BRINGUPS, DEMO, MUJOCO, REACTION, RECORD
from remogen_ros.bringup.description import Bringup
from remogen_ros.bringup.gazebo import GAZEBO
from remogen_ros.bringup.topics import RENAMED
from remogen_ros.cli.__main__ import main
from remogen_ros.errors import UserError
from remogen_ros.nodes.topics import LONGEST_NAME, topic_problem

OTHERS = {
    "points_topic": "/camera/camera/depth/color/points",
    "map_topic": "/map",
    "goal_topic": "/goal_pose",
    "intent_topic": "wish",
    "trajectory_topic": "arms/joint_trajectory",
}
WANTED = {
    ("points", "/camera/camera/depth/color/points"),
    ("map", "/map"),
    ("goal", "/goal_pose"),
    ("intent", "wish"),
    ("joint_trajectory", "arms/joint_trajectory"),
}


def renamed(bringup: Bringup, **given: str) -> dict[str, list[tuple[str, str]]]:
    """What is remapped, by executable."""
    values = bringup.values(given)
    return {p.executable: p.remappings(values) for p in bringup.running(values)}


@pytest.mark.parametrize(
    "bringup, given, names",
    [
        (REACTION, {"rviz": "true"}, {"reaction", "rviz2"}),
        (MUJOCO, {}, {"reaction", "simulator"}),
        (DEMO, {"record": "bag"}, {"reaction", "viewer", "recorder"}),
        (GAZEBO, {}, {"reaction"}),
        (RECORD, {"out": "bag"}, {"recorder"}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_other_names_reach_everyone_who_says_or_hears_them(
    bringup: Bringup, given: dict[str, str], names: set[str]
) -> None:
    found = renamed(bringup, **given, **OTHERS)
    for name in names:
        assert set(found[name]) >= WANTED, name
        assert len(dict(found[name])) == len(found[name])  # nothing has two other names
    # A bag is played under the names with which it was recorded.
    assert found.get("player", []) == []


@pytest.mark.parametrize("bringup", BRINGUPS.values(), ids=BRINGUPS)
def test_without_them_names_are_the_usual_ones(bringup: Bringup) -> None:
    topics = set(RENAMED.values()) - ({"joint_trajectory"} if bringup is GAZEBO else set())
    for remappings in renamed(bringup).values():
        assert not topics & {source for source, _ in remappings}


def test_gazebos_controller_is_the_usual_one_there() -> None:
    controller = "joint_trajectory_controller/joint_trajectory"
    assert dict(renamed(GAZEBO)["reaction"])["joint_trajectory"] == controller
    other = renamed(GAZEBO, trajectory_topic="/arms/joint_trajectory")["reaction"]
    assert [to for topic, to in other if topic == "joint_trajectory"] == ["/arms/joint_trajectory"]


@pytest.mark.parametrize("name", [*RENAMED, "tracker_topic", "start_topic"])
@pytest.mark.parametrize("value", ["/camera/", "2d_map", "goal pose", "a//b", "~/goal", "{node}"])
def test_what_is_no_name_is_one_sentence(name: str, value: str) -> None:
    with pytest.raises(UserError) as caught:
        REACTION.values({name: value})
    said = str(caught.value)
    assert f"'{name}' is '{value}'" in said and "name of a topic" in said and "\n" not in said


def test_a_name_does_not_end_at_a_nul() -> None:
    assert topic_problem("goal\0")


def test_the_command_refuses_them_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "--out", "bag", "--map-topic", "2d_map"]) == 2
    assert "'map_topic' is '2d_map'" in capsys.readouterr().err


LONG = st.integers(LONGEST_NAME - 2, LONGEST_NAME + 1).map(lambda length: length * "a")
PARTS = st.text("ab_Z09 -é~{}/\n", max_size=6)
# rcl ends a name at a NUL, and would take what is before it.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(st.lists(PARTS, max_size=4).map("/".join) | LONG | TEXT)
def test_a_name_is_one_exactly_where_ros_takes_it(name: str) -> None:
    full = name if name.startswith("/") else f"/{name}"
    try:
        validate_full_topic_name(full)
    except (InvalidTopicNameException, UnicodeEncodeError):
        assert topic_problem(name)
    else:
        assert not topic_problem(name)
