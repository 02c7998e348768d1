"""./remogen up: start the nodes, as `ros2 launch` would, where there is no launch."""

from __future__ import annotations

import signal
import time
from types import FrameType

from remogen_ros.bringup.bringups import BRINGUPS, REACTION
from remogen_ros.bringup.description import Bringup
from remogen_ros.cli.processes import ProcessGroup
from remogen_ros.errors import UserError

_LOOK_EVERY_S = 0.2


def main(argv: list[str]) -> int:
    """Start a bring-up and stay until it ends or is interrupted.

    Args:
        argv: `[reaction|demo|mujoco|isaac|record] name:=value ...`.

    Returns:
        0 after an interruption, else the exit code of the node that ended.

    Raises:
        UserError: the command line asks for something that there is not.
    """
    if {"-h", "--help"} & set(argv):
        print(_usage())
        return 0
    bringup, given = _parsed(argv)
    values = bringup.values(given)
    interrupted: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        interrupted.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    with ProcessGroup(bringup, values, lambda name, line: print(f"[{name}] {line}")) as group:
        while not interrupted:
            ended = group.ended()
            if ended is not None:
                name, code = ended
                print(f"[{name}] ended with exit code {code}; ending the others")
                return code
            time.sleep(_LOOK_EVERY_S)
    return 0


def _parsed(argv: list[str]) -> tuple[Bringup, dict[str, str]]:
    name, arguments = REACTION.name, argv
    if argv and ":=" not in argv[0]:
        name, *arguments = argv
    if name not in BRINGUPS:
        raise UserError(f"There is no bring-up '{name}'; there are: {', '.join(BRINGUPS)}.")
    given = {}
    for argument in arguments:
        key, assigned, value = argument.partition(":=")
        if not assigned:
            raise UserError(f"'{argument}' is not understood; write arguments as name:=value.")
        given[key] = value
    return BRINGUPS[name], given


def _usage() -> str:
    lines = [f"usage: ./remogen up [{'|'.join(BRINGUPS)}] [name:=value ...]"]
    for bringup in BRINGUPS.values():
        lines += ["", f"{bringup.name}: {bringup.description}"]
        for argument in bringup.arguments:
            choices = f" ({'|'.join(argument.choices)})" if argument.choices else ""
            default = f" [{argument.default}]" if argument.default else ""
            lines.append(f"  {argument.name + ':=':<16}{argument.description}{choices}{default}")
    return "\n".join(lines)
