"""A robot in Gazebo: its own processes, and what the node `reaction` is told for it.

Gazebo has a clock of its own. The reaction need not follow it: trackers live in the system's time,
and so does the reaction, whose trajectories then start when they arrive. With `use_sim_time` all
of it, the tracker too, is in Gazebo's time, and trajectories have stamps.
"""

from __future__ import annotations

from pathlib import Path

from remogen_ros.bringup.arguments import TRUE_FALSE, Argument, Values, with_defaults
from remogen_ros.bringup.description import Bringup, LaunchFile, Parameters, Process
from remogen_ros.bringup.parameters import (
    is_avatar,
    is_given,
    player_parameters,
    reaction_parameters,
)
from remogen_ros.bringup.processes import reaction, rviz
from remogen_ros.errors import UserError
from remogen_ros.nodes.resources import share_folder
from remogen_ros.nodes.topics import (
    CONTROLLER_TRAJECTORY,
    JOINT_COMMAND,
    JOINT_STATES,
    MEASURED_JOINTS,
)

_CLOCK = "/clock@rosgraph_msgs/msg/Clock[gz.msgs.Clock"
_TRAJECTORY_CONTROLLER, _STATE_BROADCASTER = (
    "joint_trajectory_controller",
    "joint_state_broadcaster",
)

_FRAME_PREFIX = "reaction/"
"""Of where the reaction has the root: the robot's own link hangs elsewhere."""


def controllers_file(values: Values) -> Path:
    """Parameters of the robot's controllers: those that are given, or the shipped ones.

    Raises:
        UserError: the robot is not one for which there are any, or there is no such file.
    """
    given = values["controllers"]
    folder = share_folder() / "config" / "controllers"
    path = Path(given).expanduser() if given else folder / f"{values['embodiment']}.yaml"
    if path.is_file():
        return path
    if given:
        raise UserError(f"'controllers' is '{given}', but there is no such file.")
    shipped = ", ".join(sorted(file.stem for file in folder.glob("*.yaml")))
    raise UserError(
        f"There are no controllers for '{values['embodiment']}', only for {shipped}: copy one of "
        f"{folder}, and give it as 'controllers'."
    )


def _reaction_parameters(values: Values) -> Parameters:
    follows = values["use_sim_time"] == "true"
    if follows and values["bag"]:
        raise UserError(
            "'use_sim_time' is true, but a bag is played by the system's time beside Gazebo."
        )
    return reaction_parameters(values) | {
        "frame_prefix": values["frame_prefix"] or _FRAME_PREFIX,
        "trajectory_start": "stamped" if follows else "at_once",
    }


def _body_parameters(values: Values) -> Parameters:
    if is_avatar(values):
        raise UserError("Gazebo needs a robot: set 'embodiment' to one, such as unitree_g1.")
    # Only here, so that who has no robot needs none of what it needs.
    from remogen_ros.simulation.gazebo import gazebo_urdf

    controllers = controllers_file(values)
    described = gazebo_urdf(values["embodiment"], controllers, values["namespace"])
    return {"robot_description": described, "use_sim_time": True}


def _player_parameters(values: Values) -> Parameters:
    return player_parameters(values) | {"restamp": True, "clock": 0.0}


def _spawned_parameters(values: Values) -> Parameters:
    return {"name": "robot", "topic": "robot_description"}


def _world_arguments(values: Values) -> dict[str, str]:
    server = "" if values["gui"] == "true" else "-s "
    return {"gz_args": f"-r {server}{values['world']}", "on_exit_shutdown": "true"}


GAZEBO = Bringup(
    "gazebo",
    "The reaction node, and a robot in Gazebo that hangs and does what it says (ros2 launch only).",
    (
        *with_defaults(
            embodiment="unitree_g1",
            use_sim_time="false",
            start_topic=MEASURED_JOINTS,
            trajectory_topic=CONTROLLER_TRAJECTORY,
            frame_prefix=_FRAME_PREFIX,
        ),
        Argument("world", "empty.sdf", "World of Gazebo: name of one of its own, or an SDF file"),
        Argument("gui", "true", "Show Gazebo's window", TRUE_FALSE),
        Argument("controllers", "", "Parameter file of the controllers of a robot of your own"),
    ),
    (
        reaction(
            parameters=_reaction_parameters,
            renamed=lambda values: [
                (JOINT_STATES, JOINT_COMMAND),
                (MEASURED_JOINTS, JOINT_STATES),
            ],
        ),
        Process(
            "robot_state_publisher",
            package="robot_state_publisher",
            parameters=_body_parameters,
            required=True,
        ),
        Process(
            "parameter_bridge",
            package="ros_gz_bridge",
            arguments=lambda values: [_CLOCK],
            required=True,
        ),
        Process("create", package="ros_gz_sim", parameters=_spawned_parameters),
        # Waits for the controller manager, which comes with the robot.
        Process(
            "spawner",
            package="controller_manager",
            arguments=lambda values: [_STATE_BROADCASTER, _TRAJECTORY_CONTROLLER],
        ),
        Process("player", parameters=_player_parameters, when=is_given("bag")),
        rviz(),
    ),
    (LaunchFile("ros_gz_sim", "gz_sim.launch.py", _world_arguments),),
    (
        "gz_ros2_control",
        "controller_manager",
        "joint_state_broadcaster",
        "joint_trajectory_controller",
    ),
)
