"""`./remogen record OUT`: the inputs and outputs of what runs, into a bag that is replayed."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import tyro
from rich.console import Console

from remogen_ros.bringup.arguments import TOPIC_ARGUMENTS
from remogen_ros.bringup.description import remappings
from remogen_ros.bringup.topics import DESCRIPTIONS, RENAMED, renamed_topics
from remogen_ros.errors import UserError
from remogen_ros.nodes.recorded import RecordingConfig

if TYPE_CHECKING:
    from remogen_ros.nodes.recorder import Recorder


@dataclass(frozen=True)
class RecordArguments:
    """Records what goes into the nodes and what they publish; Ctrl-C finishes the bag."""

    recording: Annotated[RecordingConfig, tyro.conf.arg(name="")]
    namespace: str = ""
    """Namespace of the nodes, with their TF in it."""
    shared_tf: bool = False
    """Their TF is that of everybody, as with shared_tf of the launch files."""
    use_sim_time: bool = False
    """The messages are stamped by /clock, which is recorded, too."""
    points_topic: Annotated[str, tyro.conf.arg(help=DESCRIPTIONS["points_topic"])] = ""
    map_topic: Annotated[str, tyro.conf.arg(help=DESCRIPTIONS["map_topic"])] = ""
    goal_topic: Annotated[str, tyro.conf.arg(help=DESCRIPTIONS["goal_topic"])] = ""
    intent_topic: Annotated[str, tyro.conf.arg(help=DESCRIPTIONS["intent_topic"])] = ""
    trajectory_topic: Annotated[str, tyro.conf.arg(help=DESCRIPTIONS["trajectory_topic"])] = ""

    def __post_init__(self) -> None:
        for argument in TOPIC_ARGUMENTS:
            if refusal := argument.refusal(getattr(self, argument.name)):
                raise UserError(refusal)


def _ros_arguments(arguments: RecordArguments) -> list[str]:
    chosen: list[str] = []
    values = {name: getattr(arguments, name) for name in ("namespace", *RENAMED)}
    values["shared_tf"] = "true" if arguments.shared_tf else "false"
    if name := arguments.namespace.strip("/"):
        chosen += ["-r", f"__ns:=/{name}"]
    for source, target in (*remappings(values), *renamed_topics(values)):
        chosen += ["-r", f"{source}:={target}"]
    if arguments.use_sim_time:
        chosen += ["-p", "use_sim_time:=true"]
    return ["--ros-args", *chosen] if chosen else []


def main(argv: list[str]) -> int:
    """Record until an interruption or the end of the duration; return the exit code.

    Raises:
        UserError: an argument that is not allowed.
    """
    arguments = tyro.cli(RecordArguments, prog="remogen record", args=argv)
    # Not before the arguments are known to be right: importing ROS takes a second.
    from remogen_ros.nodes.recorder import Recorder
    from remogen_ros.nodes.spinning import run_node

    made: list[Recorder] = []
    console = Console(stderr=True, highlight=False)
    with console.status("looking for topics") as status:

        def recorder() -> Recorder:
            made.append(Recorder(arguments.recording, status.update))
            return made[0]

        code = run_node(recorder, arguments=_ros_arguments(arguments))
    if not made or (code and not made[0].count):
        return code
    if not made[0].count:
        sys.stderr.write(f"{made[0].nothing()}\n")
        return 1
    out = made[0].config.out
    console.print(f"{out}: {made[0].progress()}; ./remogen play {out} replays it", markup=False)
    return code
