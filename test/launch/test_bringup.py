"""The description that launch files and ./remogen up share."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from remogen_ros.bringup.arguments import mix_weights
from remogen_ros.bringup.bringups import BRINGUPS, DEMO, MUJOCO, REACTION, RECORD
from remogen_ros.bringup.description import Bringup, Process, remappings
from remogen_ros.bringup.gazebo import GAZEBO, controllers_file
from remogen_ros.bringup.isaac import ISAAC
from remogen_ros.embodiment.robot_description import load_robot
from remogen_ros.errors import UserError
from remogen_ros.nodes.parameters import ReactionConfig, validated
from remogen_ros.nodes.resources import share_folder

EVERY = pytest.mark.parametrize("bringup", BRINGUPS.values(), ids=BRINGUPS)


def executables(bringup: Bringup, **given: str) -> list[str]:
    values = bringup.values(given)
    return [process.executable for process in bringup.running(values)]


def reaction_parameters(**given: str) -> dict[str, object]:
    values = REACTION.values(given)
    (reaction,) = (p for p in REACTION.running(values) if p.executable == "reaction")
    return reaction.parameters(values)


@pytest.mark.parametrize(
    "bringup", [b for b in BRINGUPS.values() if b is not RECORD], ids=lambda b: b.name
)
def test_every_argument_of_the_design_is_there(bringup: Bringup) -> None:
    wanted = """mix hhi_weight hsi_weight tracker embodiment model device params_file use_sim_time
        rviz bag namespace autostart log_level"""
    assert set(wanted.split()) <= {argument.name for argument in bringup.arguments}
    assert all(argument.description for argument in bringup.arguments)


@EVERY
def test_defaults_are_allowed_and_shipped_files_exist(bringup: Bringup) -> None:
    values = bringup.values({"out": "bag"} if bringup is RECORD else {})
    for process in bringup.running(values):
        for path in process.params_files(values):
            assert path.startswith(str(share_folder()))
            assert Path(path).is_file()
        process.parameters(values)


def test_what_holds_if_nothing_is_given_is_the_nodes_default() -> None:
    told = {
        argument.name: match[1]
        for argument in REACTION.arguments
        if (match := re.search(r"; (\w+),[^;]* if (not given|no parameter)", argument.description))
    }
    assert told == {
        "tracker": ReactionConfig().tracker,
        "partner": ReactionConfig().partner.policy,
        "fixed_frame": ReactionConfig().fixed_frame,
        "link_names": ReactionConfig().link_names,
        "model": ReactionConfig().model,
        "device": ReactionConfig().device,
        "backend": ReactionConfig().backend,
    }


def test_the_fixed_frame_is_that_of_rviz_too() -> None:
    assert reaction_parameters(fixed_frame="world")["fixed_frame"] == "world"
    assert "fixed_frame" not in reaction_parameters()
    for bringup, given, wanted in (
        (REACTION, {}, []),
        (REACTION, {"fixed_frame": "world"}, ["-f", "world"]),
        (DEMO, {}, ["-f", "map"]),
        (DEMO, {"fixed_frame": "odom"}, ["-f", "odom"]),
    ):
        process, values = process_named(bringup, "rviz2", rviz="true", **given)
        assert process.arguments(values)[2:] == wanted


def test_what_runs_follows_the_arguments() -> None:
    assert executables(REACTION) == ["reaction", "robot_state_publisher"]
    assert executables(REACTION, embodiment="unitree_g1") == ["reaction"]
    assert "player" in executables(REACTION, bag="demo")
    assert "rviz2" in executables(REACTION, rviz="true")
    assert executables(DEMO) == ["reaction", "robot_state_publisher", "player", "viewer"]
    assert "viewer" not in executables(DEMO, viewer="false")
    assert "recorder" in executables(DEMO, record="somewhere")


def test_what_is_recorded_reaches_the_recorder() -> None:
    recorder, values = process_named(
        RECORD, "recorder", out="bag", tracker="zed", points="false", duration="8"
    )
    told = recorder.parameters(values)
    assert (told["out"], told["tracker"], told["points"], told["outputs"]) == (
        *("bag", "zed", False, True),
    )
    assert (told["duration"], told["patience_s"], told["use_sim_time"]) == (8.0, 30.0, False)
    assert told["start_topic"] == "" and "also" not in told
    recorder, values = process_named(RECORD, "recorder", out="bag", also="/a, b/c,")
    assert recorder.parameters(values)["also"] == ["/a", "b/c"]
    with pytest.raises(UserError, match=r"'also' is '/a,b c'.*name of a topic"):
        RECORD.values({"also": "/a,b c"})
    assert recorder.required  # at the end of its duration everything ends
    recorder, values = process_named(RECORD, "recorder", out="bag", namespace="left")
    assert ("/tf_static", "tf_static") in recorder.remappings(values)
    with pytest.raises(UserError, match="'out' is missing"):
        recorder.parameters(RECORD.values({}))
    with pytest.raises(UserError, match="'duration' is 'long'"):
        RECORD.values({"duration": "long"})
    # The demo's is the same node: it hears everybody, and waits for a model that loads.
    recorder, values = process_named(DEMO, "recorder", record="bag")
    assert recorder.parameters(values) == {"use_sim_time": True, "out": "bag", "patience_s": 0.0}
    recorder, values = process_named(DEMO, "recorder", record="bag", start_topic="robot/joints")
    assert recorder.parameters(values)["start_topic"] == "robot/joints"


def test_a_simulator_has_the_joints_to_itself() -> None:
    assert executables(MUJOCO) == ["reaction", "simulator"]
    assert "simulator" in executables(DEMO, sim="mujoco", embodiment="unitree_g1")
    for bringup, given in ((MUJOCO, {}), (DEMO, {"sim": "mujoco"}), (DEMO, {}), (REACTION, {})):
        values = bringup.values(given)
        (reaction,) = (p for p in bringup.running(values) if p.executable == "reaction")
        renamed = ("joint_states", "joint_command") in reaction.remappings(values)
        assert renamed == (bringup is MUJOCO or bool(given))


def test_a_simulator_follows_the_time_or_makes_it() -> None:
    def parameters(**given: str) -> dict[str, object]:
        values = MUJOCO.values(given)
        (simulator,) = (p for p in MUJOCO.running(values) if p.executable == "simulator")
        return simulator.parameters(values)

    assert parameters()["use_sim_time"] is False
    assert parameters(bag="demo")["use_sim_time"] is True
    assert parameters(clock="true")["clock"] is True
    assert parameters(clock="true")["use_sim_time"] is False
    with pytest.raises(UserError, match="'clock' is true"):
        parameters(clock="true", bag="demo")
    with pytest.raises(UserError, match="needs a robot"):
        parameters(embodiment="avatar")


def process_named(bringup: Bringup, name: str, **given: str) -> tuple[Process, dict[str, str]]:
    values = bringup.values(given)
    (process,) = (p for p in bringup.running(values) if p.executable == name)
    return process, values


@pytest.mark.parametrize(
    "bringup, given",
    [
        (GAZEBO, {}),
        (ISAAC, {}),
        (MUJOCO, {}),
        (DEMO, {"sim": "mujoco", "embodiment": "unitree_g1"}),
    ],
)
def test_a_simulated_robot_begins_where_its_joints_are(bringup: Bringup, given: dict) -> None:
    reaction, values = process_named(bringup, "reaction", **given)
    told, renamed = reaction.parameters(values), dict(reaction.remappings(values))
    assert told["guard.start_topic"] == "measured_joint_states"
    # What is measured is the simulator's own, which is not the reaction's.
    assert renamed["measured_joint_states"] == "joint_states" != renamed["joint_states"]
    reaction, values = process_named(bringup, "reaction", **given, start_topic="elsewhere")
    assert reaction.parameters(values)["guard.start_topic"] == "elsewhere"


def test_elsewhere_it_begins_where_it_is_told_to() -> None:
    for bringup in (REACTION, DEMO):
        reaction, values = process_named(bringup, "reaction")
        assert "guard.start_topic" not in reaction.parameters(values)
    reaction, values = process_named(REACTION, "reaction", start_topic="robot/joint_states")
    assert reaction.parameters(values)["guard.start_topic"] == "robot/joint_states"


def test_gazebo_has_the_joints_to_itself() -> None:
    reaction, values = process_named(GAZEBO, "reaction")
    assert dict(reaction.remappings(values)) == {
        "joint_states": "joint_command",
        "measured_joint_states": "joint_states",
        "joint_trajectory": "joint_trajectory_controller/joint_trajectory",
    }
    told = reaction.parameters(values)
    assert told["guard.start_topic"] == "measured_joint_states"
    # Its clock is not ours: trajectories start when they come.
    assert (told["use_sim_time"], told["trajectory_start"]) == (False, "at_once")
    reaction, values = process_named(GAZEBO, "reaction", use_sim_time="true")
    told = reaction.parameters(values)
    assert (told["use_sim_time"], told["trajectory_start"]) == (True, "stamped")
    spawner, values = process_named(GAZEBO, "spawner")
    config = yaml.safe_load(controllers_file(values).read_text())
    manager = config["/**/controller_manager"]["ros__parameters"]
    assert set(spawner.arguments(values)) == {name for name in manager if name != "update_rate"}


def test_gazebo_is_given_the_robot() -> None:
    body, values = process_named(GAZEBO, "robot_state_publisher", embodiment="unitree_h1")
    text = str(body.parameters(values)["robot_description"])
    assert "unitree_h1.yaml" in text and 'name="left_elbow"' in text
    created, values = process_named(GAZEBO, "create")
    assert created.parameters(values)["topic"] == "robot_description"
    (world,) = GAZEBO.included
    assert world.arguments(GAZEBO.values({"gui": "false"}))["gz_args"] == "-r -s empty.sdf"
    assert {"ros_gz_sim", "ros_gz_bridge", "gz_ros2_control"} <= set(GAZEBO.needed_packages)


def test_a_recording_is_played_by_the_systems_time_beside_gazebo() -> None:
    player, values = process_named(GAZEBO, "player", bag="demo")
    told = player.parameters(values)
    assert (told["clock"], told["restamp"]) == (0.0, True)
    reaction, values = process_named(GAZEBO, "reaction", bag="demo")
    assert reaction.parameters(values)["use_sim_time"] is False


def test_isaac_sim_gets_a_stream_under_the_names_that_it_expects() -> None:
    reaction, values = process_named(ISAAC, "reaction")
    assert dict(reaction.remappings(values)) == {
        "joint_states": "joint_targets",
        "measured_joint_states": "joint_states",
    }
    told = reaction.parameters(values)
    assert told["command_rate"] == 100.0
    assert told["embodiment"] == "unitree_g1"
    assert validated({"command_rate": told["command_rate"]}).command_rate == 100.0


@pytest.mark.parametrize(
    "bringup, name, given, words",
    [
        (GAZEBO, "robot_state_publisher", {"embodiment": "avatar"}, "Gazebo needs a robot"),
        (GAZEBO, "robot_state_publisher", {"controllers": "/no/file"}, "there is no such file"),
        (
            GAZEBO,
            "reaction",
            {"use_sim_time": "true", "bag": "demo"},
            "played by the system's time",
        ),
        (ISAAC, "reaction", {"embodiment": "avatar"}, "Isaac Sim needs a robot"),
    ],
    ids=lambda value: value.name if isinstance(value, Bringup) else str(value),
)
def test_what_a_simulator_cannot_do_is_one_sentence(
    bringup: Bringup, name: str, given: dict[str, str], words: str
) -> None:
    process, values = process_named(bringup, name, **given)
    with pytest.raises(UserError, match=words):
        process.parameters(values)


def test_a_robot_of_ones_own_needs_controllers_of_its_own(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(load_robot("unitree_g1")[1].read_text())
    body, values = process_named(GAZEBO, "robot_state_publisher", embodiment=str(mine))
    with pytest.raises(UserError, match="only for unitree_g1, unitree_h1"):
        body.parameters(values)
    shipped = share_folder() / "config" / "controllers" / "unitree_g1.yaml"
    given = {"embodiment": str(mine), "controllers": str(shipped)}
    body, values = process_named(GAZEBO, "robot_state_publisher", **given)
    assert str(shipped) in str(body.parameters(values)["robot_description"])


@pytest.mark.parametrize("rate", ["10", "201", "fast"])
def test_isaac_sims_rate_is_checked(rate: str) -> None:
    with pytest.raises(UserError, match="from 50 to 200"):
        ISAAC.values({"command_rate": rate})


@pytest.mark.parametrize(
    "given, weights",
    [
        ({}, {}),
        ({"mix": "hhi"}, {"hhi": 1.0, "hsi": 0.0}),
        ({"mix": "hsi"}, {"hhi": 0.0, "hsi": 1.0}),
        ({"mix": "hybrid"}, {"hhi": 1.0, "hsi": 1.0}),
        ({"mix": "prior"}, {"hhi": 0.0, "hsi": 0.0}),
        ({"mix": "hhi", "hsi_weight": "0.3"}, {"hhi": 1.0, "hsi": 0.3}),
        ({"hhi_weight": "2"}, {"hhi": 2.0}),
        ({"mix": "auto"}, {}),
        ({"mix": "auto", "hsi_weight": "0"}, {"hsi": 0.0}),
    ],
)
def test_mix_and_weights(given: dict[str, str], weights: dict[str, float]) -> None:
    assert mix_weights(REACTION.values(given)) == weights
    chosen = reaction_parameters(**given)
    assert {n: v for n, v in chosen.items() if n.startswith("adapter_weights.")} == {
        f"adapter_weights.{name}": weight for name, weight in weights.items()
    }


def test_who_names_a_mix_says_whether_it_is_fixed() -> None:
    assert reaction_parameters(mix="auto")["mix"] == "auto"
    assert reaction_parameters(mix="hybrid")["mix"] == "fixed"
    assert "mix" not in reaction_parameters(hsi_weight="0.5")


def test_link_names_reach_the_urdf_and_the_node() -> None:
    body, values = process_named(REACTION, "robot_state_publisher", link_names="rep120")
    assert 'name="l_sole"' in str(body.parameters(values)["robot_description"])
    assert body.otherwise is not None
    assert body.otherwise.parameters(values) == {"link_names": "rep120"}
    assert reaction_parameters(link_names="rep120")["link_names"] == "rep120"
    body, values = process_named(REACTION, "robot_state_publisher")
    assert 'name="l_sole"' not in str(body.parameters(values)["robot_description"])
    with pytest.raises(UserError, match="smpl, rep120"):
        REACTION.values({"link_names": "latin"})


def test_only_what_was_given_goes_before_the_parameter_file() -> None:
    assert reaction_parameters() == {"use_sim_time": False, "autostart": True}
    assert reaction_parameters(model="x", autostart="false")["model"] == "x"


def test_what_is_said_of_the_tracker_reaches_the_node() -> None:
    chosen = reaction_parameters(
        tracker="tf", joint_map="xsens", tf_pattern="{body}_{joint}", tf_bodies="anna,leo"
    )
    assert chosen["tracker"] == "tf"
    assert chosen["joint_map"] == "xsens"
    assert chosen["tf.pattern"] == "{body}_{joint}"
    assert chosen["tf.bodies"] == "anna,leo"
    assert reaction_parameters(tracker="zed", tracker_topic="/a")["tracker_topic"] == "/a"
    assert reaction_parameters(partner="id:7")["partner.policy"] == "id:7"
    with pytest.raises(UserError, match=r"'partner' is 'id:', but it must be nearest, .*id:<x>\."):
        reaction_parameters(partner="id:")
    assert reaction_parameters(tracker_axes="y_up")["tracker_axes"] == "y_up"
    with pytest.raises(UserError, match=r"'tracker_axes' is 'x_up'.*z_up, y_up"):
        reaction_parameters(tracker_axes="x_up")


def test_a_room_known_beforehand_is_a_file_that_is_there(tmp_path: Path) -> None:
    room = tmp_path / "room.ply"
    with pytest.raises(UserError, match=r"scene_file.*room\.ply.*no such file"):
        reaction_parameters(scene_file=str(room))
    room.touch()
    assert reaction_parameters(scene_file=str(room))["scene_file"] == str(room)


def test_a_bag_brings_its_own_time_unless_told_otherwise() -> None:
    assert reaction_parameters(bag="demo")["use_sim_time"] is True
    assert reaction_parameters(bag="demo", use_sim_time="false")["use_sim_time"] is False
    assert reaction_parameters(use_sim_time="true")["use_sim_time"] is True


def test_a_namespace_takes_tf_along() -> None:
    assert remappings(REACTION.values({})) == []
    assert ("/tf", "tf") in remappings(REACTION.values({"namespace": "left"}))
    assert remappings(REACTION.values({"namespace": "left", "shared_tf": "true"})) == []
    recorder, values = process_named(
        RECORD, "recorder", out="bag", namespace="left", shared_tf="true"
    )
    assert recorder.remappings(values) == []


def test_a_prefix_is_that_of_every_frame_of_the_ego(tmp_path: Path) -> None:
    params = tmp_path / "mine.yaml"
    params.touch()
    given = {"frame_prefix": "left/", "params_file": str(params)}
    body, values = process_named(REACTION, "robot_state_publisher", **given)
    assert body.otherwise is not None
    for process in (process_named(REACTION, "reaction", **given)[0], body, body.otherwise):
        assert process.parameters(values)["frame_prefix"] == "left/"
        assert process.params_files(values) == [str(params)]
        assert "frame_prefix" not in process.parameters(REACTION.values({}))
    # Beside Gazebo the robot's own frames have none.
    for bringup, asked, wanted in (
        (GAZEBO, {}, "reaction/"),
        (GAZEBO, {"frame_prefix": "a/"}, "a/"),
        (ISAAC, {"frame_prefix": "a/"}, "a/"),
        (MUJOCO, {"frame_prefix": "a/"}, "a/"),
    ):
        reaction, values = process_named(bringup, "reaction", **asked)
        assert reaction.parameters(values)["frame_prefix"] == wanted
    body, values = process_named(GAZEBO, "robot_state_publisher", frame_prefix="a/")
    assert "frame_prefix" not in body.parameters(values)
    with pytest.raises(UserError, match="'frame_prefix' is '/left', but frames do not begin"):
        REACTION.values({"frame_prefix": "/left"})


@pytest.mark.parametrize(
    "given, words",
    [
        ({"mix": "cocktail"}, ("mix", "cocktail", "hhi, hsi, hybrid, prior, auto")),
        ({"hhi_weight": "-1"}, ("hhi_weight", "-1", "0 to 2")),
        ({"hsi_weight": "nan"}, ("hsi_weight", "nan", "0 to 2")),
        ({"hsi_weight": "some"}, ("hsi_weight", "some")),
        ({"rviz": "yes"}, ("rviz", "yes", "true, false")),
        ({"log_level": "loud"}, ("log_level", "loud", "debug")),
        ({"port": "8080"}, ("port", "no argument of reaction", "mix")),
    ],
    ids=str,
)
def test_what_is_not_allowed_is_refused_with_the_choices(
    given: dict[str, str], words: tuple[str, ...]
) -> None:
    with pytest.raises(UserError) as caught:
        REACTION.values(given)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("given", [{"port": "0"}, {"port": "many"}, {"seed": "-3"}], ids=str)
def test_the_demo_checks_its_numbers(given: dict[str, str]) -> None:
    with pytest.raises(UserError):
        DEMO.values(given)


def test_a_bag_that_is_nowhere_is_named() -> None:
    values = REACTION.values({"bag": "no_such_bag"})
    (player,) = (p for p in REACTION.running(values) if p.executable == "player")
    with pytest.raises(UserError, match="no_such_bag"):
        player.parameters(values)
