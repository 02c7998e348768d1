"""A `Bringup` as launch actions: all that the files in `launch/` need."""

from __future__ import annotations

from functools import partial

from ament_index_python.packages import PackageNotFoundError, get_package_prefix
from launch.actions import DeclareLaunchArgument, OpaqueFunction, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from remogen_ros.bringup.arguments import Argument, Values
from remogen_ros.bringup.description import Bringup, Process


def launch_description(bringup: Bringup) -> LaunchDescription:
    """Declares every argument of a bring-up, and starts the nodes that their values ask for."""
    return LaunchDescription(
        [
            *(_declaration(argument) for argument in bringup.arguments),
            OpaqueFunction(function=partial(_nodes, bringup=bringup)),
        ]
    )


def _declaration(argument: Argument) -> DeclareLaunchArgument:
    choices = None
    if argument.choices:
        given_or_not = (argument.default, *argument.choices)
        choices = list(dict.fromkeys(given_or_not))
    return DeclareLaunchArgument(
        argument.name,
        default_value=argument.default,
        description=argument.description,
        choices=choices,
    )


def _nodes(context: LaunchContext, bringup: Bringup) -> list[LaunchDescriptionEntity]:
    given = {a.name: LaunchConfiguration(a.name).perform(context) for a in bringup.arguments}
    values = bringup.values(given)
    running = bringup.running(values)
    return [_node(_installed(process), process.required, values) for process in running]


def _node(process: Process, required: bool, values: Values) -> Node:
    # Without its type, launch_ros would read a text as YAML, and make numbers of some.
    parameters = {
        name: ParameterValue(value, value_type=type(value))
        for name, value in process.parameters(values).items()
    }
    return Node(
        package=process.package,
        executable=process.executable,
        name=process.executable,
        namespace=values["namespace"],
        parameters=[*process.params_files(values), parameters],
        arguments=[*process.arguments(values), "--ros-args", "--log-level", values["log_level"]],
        remappings=process.remappings(values),
        output="screen",
        on_exit=[Shutdown(reason=f"{process.executable} has ended")] if required else None,
    )


def _installed(process: Process) -> Process:
    """The process, or its stand-in where its package is not installed."""
    if process.otherwise is None:
        return process
    try:
        get_package_prefix(process.package)
    except PackageNotFoundError:
        return _installed(process.otherwise)
    return process
