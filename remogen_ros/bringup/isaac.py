"""A robot in Isaac Sim, which is started by itself: joints by the names that it expects."""

from __future__ import annotations

from remogen_ros.bringup.arguments import Argument, Values, with_defaults
from remogen_ros.bringup.description import Bringup, Parameters
from remogen_ros.bringup.parameters import is_avatar, reaction_parameters
from remogen_ros.bringup.processes import PLAYER, reaction, rviz
from remogen_ros.errors import UserError
from remogen_ros.nodes.topics import JOINT_STATES, JOINT_TARGETS, MEASURED_JOINTS


def _reaction_parameters(values: Values) -> Parameters:
    if is_avatar(values):
        raise UserError("Isaac Sim needs a robot: set 'embodiment' to one, such as unitree_g1.")
    return reaction_parameters(values) | {"command_rate": float(values["command_rate"])}


def _rate_problem(value: str) -> str:
    is_rate = value.isdecimal() and 50 <= int(value) <= 200
    return "" if is_rate else "it must be a whole number from 50 to 200"


ISAAC = Bringup(
    "isaac",
    "The reaction node for a robot in a running Isaac Sim.",
    (
        *with_defaults(embodiment="unitree_g1", start_topic=MEASURED_JOINTS),
        Argument("command_rate", "100", "Joint commands a second", problem=_rate_problem),
    ),
    (
        reaction(
            parameters=_reaction_parameters,
            # Isaac Sim publishes joint_states, and listens to joint_command.
            renamed=lambda values: [
                (JOINT_STATES, JOINT_TARGETS),
                (MEASURED_JOINTS, JOINT_STATES),
            ],
        ),
        PLAYER,
        rviz(),
    ),
)
