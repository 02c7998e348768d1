"""The bring-ups that there are."""

from __future__ import annotations

from remogen_ros.bringup.arguments import (
    ARGUMENTS,
    BASE,
    MUJOCO_SIM,
    TRUE_FALSE,
    Argument,
    port_problem,
    seed_problem,
    with_defaults,
)
from remogen_ros.bringup.description import Bringup, Process
from remogen_ros.bringup.parameters import (
    body_parameters,
    is_avatar,
    is_given,
    is_true,
    player_parameters,
    reaction_parameters,
    recorder_parameters,
    renamed_by_simulation,
    simulates,
    simulator_parameters,
    time_parameters,
    viewer_parameters,
)
from remogen_ros.nodes.resources import share_folder

_BODY = Process(
    "robot_state_publisher",
    package="robot_state_publisher",
    parameters=body_parameters,
    # What it describes is the avatar; a robot's own bring-up knows the robot's links.
    when=is_avatar,
    # Stamps are those of the joint states: it has no use for a clock.
    otherwise=Process("avatar_state"),
)
_PLAYER = Process("player", parameters=player_parameters, when=is_given("bag"))
_SIMULATOR = Process("simulator", parameters=simulator_parameters, when=simulates, required=True)
_RECORDER = Process("recorder", parameters=recorder_parameters, when=is_given("record"))
_VIEWER = Process("viewer", parameters=viewer_parameters, when=is_true("viewer"))


def _reaction(config: str = "") -> Process:
    return Process(
        "reaction",
        parameters=reaction_parameters,
        config=config,
        takes_params_file=True,
        required=True,
        renamed=renamed_by_simulation,
    )


def _rviz(*arguments: str) -> Process:
    return Process(
        "rviz2",
        package="rviz2",
        parameters=time_parameters,
        arguments=lambda values: [
            "-d",
            str(share_folder() / "rviz" / "remogen.rviz"),
            *arguments,
        ],
        when=is_true("rviz"),
    )


REACTION = Bringup(
    "reaction",
    "The reaction node on your own tracker and camera, or on a recording.",
    ARGUMENTS,
    (_reaction(), _BODY, _PLAYER, _rviz()),
)

DEMO = Bringup(
    "demo",
    "The shipped recording, the reaction node, and a browser viewer.",
    (
        *with_defaults(bag="demo", loop="true"),
        Argument("viewer", "true", "Start the browser viewer", TRUE_FALSE),
        Argument("port", "8080", "Port of the browser viewer", problem=port_problem),
        Argument("seed", "", "Seed of the generator", problem=seed_problem),
        Argument("record", "", "Folder of a new bag for what is published"),
        Argument("sim", "", "Simulator of the embodiment, a robot", (MUJOCO_SIM,)),
        BASE,
    ),
    # Its fixed frame (config/demo.yaml) is not the one with which rviz/remogen.rviz opens.
    (_reaction("demo.yaml"), _BODY, _SIMULATOR, _PLAYER, _VIEWER, _RECORDER, _rviz("-f", "map")),
)

MUJOCO = Bringup(
    "mujoco",
    "The reaction node, and a robot in MuJoCo that does what it says.",
    (
        *with_defaults(embodiment="unitree_g1"),
        BASE,
        Argument("clock", "false", "The simulator makes the time, and publishes it", TRUE_FALSE),
    ),
    (_reaction(), _SIMULATOR, _PLAYER, _rviz()),
)

BRINGUPS = {bringup.name: bringup for bringup in (REACTION, DEMO, MUJOCO)}
