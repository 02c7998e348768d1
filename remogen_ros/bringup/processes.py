"""The processes that bring-ups are made of."""

from __future__ import annotations

from collections.abc import Callable

from remogen_ros.bringup.arguments import Values
from remogen_ros.bringup.description import Parameters, Process
from remogen_ros.bringup.parameters import (
    avatar_state_parameters,
    body_parameters,
    demo_recorder_parameters,
    is_avatar,
    is_given,
    is_true,
    player_parameters,
    reaction_parameters,
    recorder_parameters,
    simulates,
    simulator_parameters,
    time_parameters,
    viewer_parameters,
)
from remogen_ros.bringup.topics import renamed_topics
from remogen_ros.nodes.resources import share_folder

BODY = Process(
    "robot_state_publisher",
    package="robot_state_publisher",
    parameters=body_parameters,
    takes_params_file=True,
    # What it describes is the avatar; a robot's own bring-up knows the robot's links.
    when=is_avatar,
    # Stamps are those of the joint states: it has no use for a clock.
    otherwise=Process("avatar_state", parameters=avatar_state_parameters, takes_params_file=True),
)
# Topics of a bag are played under the names with which they were recorded.
PLAYER = Process("player", parameters=player_parameters, when=is_given("bag"))
SIMULATOR = Process(
    "simulator",
    parameters=simulator_parameters,
    when=simulates,
    required=True,
    renamed=renamed_topics,
)
DEMO_RECORDER = Process(
    "recorder",
    parameters=demo_recorder_parameters,
    when=is_given("record"),
    renamed=renamed_topics,
)
RECORDER = Process(
    "recorder", parameters=recorder_parameters, required=True, renamed=renamed_topics
)
VIEWER = Process(
    "viewer", parameters=viewer_parameters, when=is_true("viewer"), renamed=renamed_topics
)


def reaction(
    config: str = "",
    parameters: Callable[[Values], Parameters] = reaction_parameters,
    renamed: Callable[[Values], list[tuple[str, str]]] = lambda values: [],
) -> Process:
    """The node that reacts, without which everything ends.

    Args:
        config: as of `Process`.
        parameters: as of `Process`.
        renamed: further topics that it has under another name, besides those of the arguments.
    """
    return Process(
        "reaction",
        parameters=parameters,
        config=config,
        takes_params_file=True,
        required=True,
        renamed=lambda values: [*renamed_topics(values), *renamed(values)],
    )


def rviz(fixed_frame: str = "") -> Process:
    """RViz with the shipped view, in the fixed frame that is asked for, or else in this one."""

    def arguments(values: Values) -> list[str]:
        frame = values["fixed_frame"] or fixed_frame
        view = ["-d", str(share_folder() / "rviz" / "remogen.rviz")]
        return [*view, "-f", frame] if frame else view

    return Process(
        "rviz2",
        package="rviz2",
        parameters=time_parameters,
        arguments=arguments,
        when=is_true("rviz"),
        renamed=renamed_topics,
    )
