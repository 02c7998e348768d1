"""What a bring-up is: its processes, and the arguments that they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from remogen_ros.bringup.arguments import Argument, Values
from remogen_ros.errors import UserError
from remogen_ros.nodes.resources import PACKAGE, share_folder

ParameterValue = bool | int | float | str | list[str]
Parameters = dict[str, ParameterValue]


@dataclass(frozen=True)
class Process:
    """One node of a bring-up.

    Attributes:
        executable: its name in the package; in this package also the name of its module in `nodes`.
        package: that installs it.
        parameters: ROS parameters from the values of the arguments.
        arguments: further command-line arguments from the same.
        config: shipped parameter file that is read first, below `config/`.
        takes_params_file: whether the user's parameter file is read next.
        when: whether it is started at all.
        required: when it ends, everything ends.
        otherwise: what is started instead where `package` is not installed.
        renamed: further topics that this node has under another name.
    """

    executable: str
    package: str = PACKAGE
    parameters: Callable[[Values], Parameters] = lambda values: {}
    arguments: Callable[[Values], list[str]] = lambda values: []
    config: str = ""
    takes_params_file: bool = False
    when: Callable[[Values], bool] = lambda values: True
    required: bool = False
    otherwise: Process | None = None
    renamed: Callable[[Values], list[tuple[str, str]]] = lambda values: []

    def remappings(self, values: Values) -> list[tuple[str, str]]:
        """Topics of the node, and what they are called."""
        return remappings(values) + self.renamed(values)

    def params_files(self, values: Values) -> list[str]:
        """Parameter files in the order in which they are read; `parameters` come after them."""
        files = [str(share_folder() / "config" / self.config)] if self.config else []
        if self.takes_params_file and values["params_file"]:
            files.append(values["params_file"])
        return files


@dataclass(frozen=True)
class LaunchFile:
    """A launch file of another package, which only `ros2 launch` can start.

    Attributes:
        package: that installs it, in the folder `launch` of its share.
        name: of the file.
        arguments: of it, from the values of the bring-up's arguments.
    """

    package: str
    name: str
    arguments: Callable[[Values], dict[str, str]] = lambda values: {}


@dataclass(frozen=True)
class Bringup:
    """A named set of processes, and the arguments they share.

    Attributes:
        name: as it is typed.
        description: for --help.
        arguments: of it.
        processes: of which `running` tells those that are started.
        included: launch files of others that are started before them.
        packages: further packages that must be installed.
    """

    name: str
    description: str
    arguments: tuple[Argument, ...]
    processes: tuple[Process, ...] = field(default=())
    included: tuple[LaunchFile, ...] = ()
    packages: tuple[str, ...] = ()

    @property
    def needed_packages(self) -> tuple[str, ...]:
        """Packages of others without which it cannot start, each once."""
        others = (process.package for process in self.processes if process.required)
        named = (*self.packages, *(file.package for file in self.included), *others)
        return tuple(dict.fromkeys(name for name in named if name != PACKAGE))

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """Every argument with its value.

        Raises:
            UserError: an argument is unknown or has a value that is not allowed; lists the choices.
        """
        known = {argument.name: argument for argument in self.arguments}
        for name, value in given.items():
            if name not in known:
                raise UserError(
                    f"'{name}' is no argument of {self.name}; those are: {', '.join(known)}."
                )
            if refusal := known[name].refusal(value):
                raise UserError(refusal)
        return {name: given.get(name, argument.default) for name, argument in known.items()}

    def running(self, values: Values) -> list[Process]:
        """The processes that these values ask for."""
        return [process for process in self.processes if process.when(values)]


def remappings(values: Values) -> list[tuple[str, str]]:
    """In a namespace, every node has its TF there, too (the convention of Nav2), unless shared."""
    apart = values["namespace"] and values["shared_tf"] != "true"
    return [("/tf", "tf"), ("/tf_static", "tf_static")] if apart else []
