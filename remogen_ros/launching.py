"""A `Bringup` as launch actions: all that the files in `launch/` need."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ament_index_python.packages import (
    PackageNotFoundError,
    get_package_prefix,
    get_package_share_directory,
)
from launch.actions import (
    DeclareLaunchArgument,
    IncludeLaunchDescription,
    OpaqueFunction,
    Shutdown,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from remogen_ros.bringup.arguments import Argument, Values
from remogen_ros.bringup.description import Bringup, LaunchFile, Process
from remogen_ros.errors import UserError


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
    _check_packages(bringup)
    return [
        *(_included(file, values) for file in bringup.included),
        *(_node(_installed(p), p.required, values) for p in bringup.running(values)),
    ]


def _check_packages(bringup: Bringup) -> None:
    missing = [name for name in bringup.needed_packages if not _is_installed(name)]
    if missing:
        names = " ".join(f"ros-$ROS_DISTRO-{name.replace('_', '-')}" for name in missing)
        raise UserError(
            f"{bringup.name} needs what is not installed ({', '.join(missing)}): "
            f"apt install {names}."
        )


def _included(file: LaunchFile, values: Values) -> IncludeLaunchDescription:
    path = Path(get_package_share_directory(file.package)) / "launch" / file.name
    return IncludeLaunchDescription(
        PythonLaunchDescriptionSource(str(path)), launch_arguments=file.arguments(values).items()
    )


def _node(process: Process, required: bool, values: Values) -> Node:
    # Without its type, launch_ros would read a text as YAML, and make numbers of some.
    parameters = {
        name: value if isinstance(value, list) else ParameterValue(value, value_type=type(value))
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
    if process.otherwise is None or _is_installed(process.package):
        return process
    return _installed(process.otherwise)


def _is_installed(package: str) -> bool:
    try:
        get_package_prefix(package)
    except PackageNotFoundError:
        return False
    return True
