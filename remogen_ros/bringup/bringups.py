"""The bring-ups that there are."""

from __future__ import annotations

from remogen_ros.bringup.arguments import (
    ARGUMENTS,
    BASE,
    MUJOCO_SIM,
    TOPIC_ARGUMENTS,
    TRUE_FALSE,
    Argument,
    port_problem,
    seconds_problem,
    seed_problem,
    taken,
    topics_problem,
    with_defaults,
)
from remogen_ros.bringup.description import Bringup
from remogen_ros.bringup.gazebo import GAZEBO
from remogen_ros.bringup.isaac import ISAAC
from remogen_ros.bringup.parameters import renamed_by_simulation, simulated_reaction_parameters
from remogen_ros.bringup.processes import (
    BODY,
    DEMO_RECORDER,
    PLAYER,
    RECORDER,
    SIMULATOR,
    VIEWER,
    reaction,
    rviz,
)
from remogen_ros.nodes.topics import topic_problem

REACTION = Bringup(
    "reaction",
    "The reaction node on your own tracker and camera, or on a recording.",
    ARGUMENTS,
    (reaction(), BODY, PLAYER, rviz()),
)

DEMO = Bringup(
    "demo",
    "The shipped recording, the reaction node, and a browser viewer.",
    (
        *with_defaults(bag="demo", loop="true"),
        Argument("viewer", "true", "Start the browser viewer", TRUE_FALSE),
        Argument("port", "8080", "Port of the browser viewer", problem=port_problem),
        Argument("seed", "", "Seed of the generator", problem=seed_problem),
        Argument("record", "", "Folder of a new bag for what goes in and comes out"),
        Argument("sim", "", "Simulator of the embodiment, a robot", (MUJOCO_SIM,)),
        BASE,
    ),
    # Its fixed frame (config/demo.yaml) is not the one with which rviz/remogen.rviz opens.
    (
        reaction("demo.yaml", simulated_reaction_parameters, renamed_by_simulation),
        BODY,
        SIMULATOR,
        PLAYER,
        VIEWER,
        DEMO_RECORDER,
        rviz("map"),
    ),
)

MUJOCO = Bringup(
    "mujoco",
    "The reaction node, and a robot in MuJoCo that does what it says.",
    (
        *with_defaults(embodiment="unitree_g1"),
        BASE,
        Argument("clock", "false", "The simulator makes the time, and publishes it", TRUE_FALSE),
    ),
    (
        reaction(parameters=simulated_reaction_parameters, renamed=renamed_by_simulation),
        SIMULATOR,
        PLAYER,
        rviz(),
    ),
)

RECORD = Bringup(
    "record",
    "The inputs and outputs of what runs, into a new bag that './remogen play' replays.",
    (
        Argument("out", "", "Folder of the new bag; must be given"),
        *taken("tracker", "tracker_topic"),
        *TOPIC_ARGUMENTS,
        Argument(
            "start_topic",
            "",
            "Topic of the robot's measured joints, where no node reaction runs that hears them",
            problem=topic_problem,
        ),
        Argument("also", "", "Further topics, separated by commas", problem=topics_problem),
        Argument("points", "true", "Record the point clouds, which are most of a bag", TRUE_FALSE),
        Argument("outputs", "true", "Record what the nodes publish, too", TRUE_FALSE),
        Argument(
            "duration",
            "0",
            "Seconds after the first message; 0: until Ctrl-C",
            problem=seconds_problem,
        ),
        Argument(
            "patience",
            "30",
            "Give up if nothing came for so many seconds; 0: never",
            problem=seconds_problem,
        ),
        Argument(
            "use_sim_time", "", "Messages are stamped by /clock, which is recorded, too", TRUE_FALSE
        ),
        *taken("namespace", "shared_tf", "log_level"),
    ),
    (RECORDER,),
)

BRINGUPS = {bringup.name: bringup for bringup in (REACTION, DEMO, MUJOCO, GAZEBO, ISAAC, RECORD)}
