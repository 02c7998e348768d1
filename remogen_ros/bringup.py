"""What is started, with which arguments: one description for `launch/` and for `./remogen up`.

Pure data, without rclpy and without launch. `launch/*.launch.py` turns a `Bringup` into launch
actions; `cli/processes.py` runs the same one as processes where there is no launch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from remogen_ros.embodiment.choosing import AVATAR, embodiments
from remogen_ros.embodiment.urdf import avatar_urdf
from remogen_ros.errors import UserError
from remogen_ros.nodes.resources import PACKAGE, share_folder, shipped_folder
from remogen_ros.nodes.topics import JOINT_COMMAND, JOINT_STATES
from remogen_ros.perception.trackers import TRACKER_NAMES

_PASSED_ON = {
    **{name: name for name in ("model", "device", "embodiment", "tracker", "tracker_topic")},
    "joint_map": "joint_map",
    "tf_pattern": "tf.pattern",
    "tf_bodies": "tf.bodies",
}
"""Arguments that become parameters of the node `reaction` as they are."""

Values = Mapping[str, str]
"""Every argument of a bring-up with its value; empty means: not given."""

ParameterValue = bool | int | float | str
Parameters = dict[str, ParameterValue]

TRUE_FALSE = ("true", "false")
LOG_LEVELS = ("debug", "info", "warn", "error", "fatal")

SUBSCRIBER_PATIENCE_S = 120.0
"""A recording is not played before the nodes that were started with it listen to all of it."""

MUJOCO_SIM = "mujoco"
BASES = ("carried", "fixed")

MIXES: dict[str, dict[str, float]] = {
    "hhi": {"hhi": 1.0, "hsi": 0.0},
    "hsi": {"hhi": 0.0, "hsi": 1.0},
    "hybrid": {"hhi": 1.0, "hsi": 1.0},
    "prior": {"hhi": 0.0, "hsi": 0.0},
}
"""Adapter weights of each `mix` that is fixed."""

AUTO = "auto"
"""The `mix` whose weights the node finds from what the ego perceives."""


@dataclass(frozen=True)
class Argument:
    """One `name:=value` of a bring-up.

    Attributes:
        name: as it is typed.
        default: the value if none is given; empty leaves the matter to the parameter file and to
            the node's own default.
        description: for --show-args and --help.
        choices: what is allowed; empty allows anything.
        problem: says what is wrong with a given value; empty if nothing is.
    """

    name: str
    default: str
    description: str
    choices: tuple[str, ...] = ()
    problem: Callable[[str], str] = lambda value: ""

    def refusal(self, value: str) -> str:
        """Why this argument cannot have this value, as one sentence; empty if it can."""
        if value == self.default:
            return ""
        if self.choices and value not in self.choices:
            return f"'{self.name}' is '{value}', but it must be one of: {', '.join(self.choices)}."
        problem = self.problem(value)
        return f"'{self.name}' is '{value}', but {problem}." if problem else ""


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
class Bringup:
    """A named set of processes, and the arguments they share."""

    name: str
    description: str
    arguments: tuple[Argument, ...]
    processes: tuple[Process, ...] = field(default=())

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
    """In a namespace, every node has its TF there, too (the convention of Nav2)."""
    return [("/tf", "tf"), ("/tf_static", "tf_static")] if values["namespace"] else []


def mix_weights(values: Values) -> dict[str, float]:
    """Weights by adapter from the arguments `mix`, `hhi_weight` and `hsi_weight`.

    The two weights go before the mix; a weight that neither says is left out.
    """
    weights = dict(MIXES.get(values["mix"], {}))
    for adapter in ("hhi", "hsi"):
        if given := values[f"{adapter}_weight"]:
            weights[adapter] = float(given)
    return weights


def _weight_problem(value: str) -> str:
    try:
        weight = float(value)
    except ValueError:
        weight = math.nan
    return "" if 0.0 <= weight <= 2.0 else "it must be a number from 0 to 2"


def _port_problem(value: str) -> str:
    is_port = value.isdecimal() and 0 < int(value) < 65536
    return "" if is_port else "it must be a port, from 1 to 65535"


def _seed_problem(value: str) -> str:
    return "" if value.isdecimal() else "it must be a whole number, 0 or more"


def _embodiment_problem(value: str) -> str:
    known = value in embodiments() or Path(value).expanduser().is_file()
    return "" if known else f"it must be one of {', '.join(embodiments())}, or a robot's YAML file"


def _is_avatar(values: Values) -> bool:
    return values["embodiment"] in ("", AVATAR)


def _follows_sim_time(values: Values) -> bool:
    given = values["use_sim_time"]
    return given == "true" if given else bool(values["bag"]) or values.get("clock") == "true"


def _time_parameters(values: Values) -> Parameters:
    return {"use_sim_time": _follows_sim_time(values)}


def _reaction_parameters(values: Values) -> Parameters:
    """Only what was given: the rest is up to the parameter files and the node's own defaults."""
    chosen = _time_parameters(values) | {"autostart": values["autostart"] == "true"}
    chosen |= {parameter: values[name] for name, parameter in _PASSED_ON.items() if values[name]}
    if values.get("seed"):
        chosen["seed"] = int(values["seed"])
    if mix := values["mix"]:
        chosen["mix"] = AUTO if mix == AUTO else "fixed"
    weights = mix_weights(values)
    return chosen | {f"adapter_weights.{name}": weight for name, weight in weights.items()}


def _body_parameters(values: Values) -> Parameters:
    # A bag that loops takes the stamps back, and the joints must go on.
    described: Parameters = {"robot_description": avatar_urdf(), "ignore_timestamp": True}
    return _time_parameters(values) | described


def _player_parameters(values: Values) -> Parameters:
    loops = values["loop"] == "true"
    return {
        "bag": str(shipped_folder("bag", values["bag"])),
        "loop": loops,
        # As if it began anew each time: stamps, and what is made from them, go on.
        "restamp": loops,
        "wait_for_subscribers_s": SUBSCRIBER_PATIENCE_S,
    }


def _recorder_parameters(values: Values) -> Parameters:
    return _time_parameters(values) | {"folder": values["record"]}


def _simulates(values: Values) -> bool:
    """Whether a simulator runs: always in the bring-up that has no choice of it."""
    return "base" in values and values.get("sim", MUJOCO_SIM) == MUJOCO_SIM


def _renamed_by_simulation(values: Values) -> list[tuple[str, str]]:
    # What the joints really do is the simulator's to say.
    return [(JOINT_STATES, JOINT_COMMAND)] if _simulates(values) else []


def _simulator_parameters(values: Values) -> Parameters:
    if not values["embodiment"] or _is_avatar(values):
        raise UserError("A simulator needs a robot: set 'embodiment' to one, such as unitree_g1.")
    makes_time = values.get("clock") == "true"
    if makes_time and values["bag"]:
        raise UserError("'clock' is true, but a bag that is played brings its own time.")
    return {
        "embodiment": values["embodiment"],
        "base": values["base"],
        "clock": makes_time,
        "use_sim_time": _follows_sim_time(values) and not makes_time,
    }


def _viewer_parameters(values: Values) -> Parameters:
    return {"port": int(values["port"])}


def _is_true(name: str) -> Callable[[Values], bool]:
    return lambda values: values[name] == "true"


def _is_given(name: str) -> Callable[[Values], bool]:
    return lambda values: bool(values[name])


_ARGUMENTS = (
    Argument(
        "mix",
        "",
        "Which adapters react: to people, the room, both, none, or as it fits",
        (*MIXES, AUTO),
    ),
    Argument("hhi_weight", "", "Weight of the human-human adapter", problem=_weight_problem),
    Argument("hsi_weight", "", "Weight of the human-scene adapter", problem=_weight_problem),
    Argument("tracker", "", "Which skeletons to listen to", TRACKER_NAMES),
    Argument("tracker_topic", "", "Its topic, if that is not the usual one"),
    Argument("joint_map", "", "Joints of the trackers native and tf: a shipped map, or a file"),
    Argument("tf_pattern", "", "Names of the tracker tf's frames, such as {joint}_{body}"),
    Argument("tf_bodies", "", "Bodies of the tracker tf, separated by commas; else discovered"),
    Argument(
        "embodiment",
        "",
        f"The body whose joints are published: {', '.join(embodiments())}, or a robot's YAML file",
        problem=_embodiment_problem,
    ),
    Argument("model", "", "Name of a shipped model, or the path of a model folder"),
    Argument("device", "", "PyTorch device: cpu, cuda, cuda:1 ..."),
    Argument("params_file", "", "YAML file with parameters of the node reaction"),
    Argument("use_sim_time", "", "Follow /clock; if not given: when a bag is played", TRUE_FALSE),
    Argument("bag", "", "Recording to play: name of a shipped one, or the path of a bag"),
    Argument("loop", "false", "Play the recording again and again", TRUE_FALSE),
    Argument("rviz", "false", "Start RViz", TRUE_FALSE),
    Argument("namespace", "", "Namespace of every node; /tf is remapped into it"),
    Argument("autostart", "true", "Configure and activate the reaction node", TRUE_FALSE),
    Argument("log_level", "info", "Of every node", LOG_LEVELS),
)

_BODY = Process(
    "robot_state_publisher",
    package="robot_state_publisher",
    parameters=_body_parameters,
    # What it describes is the avatar; a robot's own bring-up knows the robot's links.
    when=_is_avatar,
    # Stamps are those of the joint states: it has no use for a clock.
    otherwise=Process("avatar_state"),
)
_PLAYER = Process("player", parameters=_player_parameters, when=_is_given("bag"))
_SIMULATOR = Process("simulator", parameters=_simulator_parameters, when=_simulates, required=True)
_RECORDER = Process("recorder", parameters=_recorder_parameters, when=_is_given("record"))
_VIEWER = Process("viewer", parameters=_viewer_parameters, when=_is_true("viewer"))


def _reaction(config: str = "") -> Process:
    return Process(
        "reaction",
        parameters=_reaction_parameters,
        config=config,
        takes_params_file=True,
        required=True,
        renamed=_renamed_by_simulation,
    )


def _rviz(*arguments: str) -> Process:
    return Process(
        "rviz2",
        package="rviz2",
        parameters=_time_parameters,
        arguments=lambda values: [
            "-d",
            str(share_folder() / "rviz" / "remogen.rviz"),
            *arguments,
        ],
        when=_is_true("rviz"),
    )


def _with_defaults(**defaults: str) -> tuple[Argument, ...]:
    return tuple(replace(a, default=defaults.get(a.name, a.default)) for a in _ARGUMENTS)


_BASE = Argument(
    "base", BASES[0], "The simulated robot's base: carried along by the reaction, or fixed", BASES
)

REACTION = Bringup(
    "reaction",
    "The reaction node on your own tracker and camera, or on a recording.",
    _ARGUMENTS,
    (_reaction(), _BODY, _PLAYER, _rviz()),
)

DEMO = Bringup(
    "demo",
    "The shipped recording, the reaction node, and a browser viewer.",
    (
        *_with_defaults(bag="demo", loop="true"),
        Argument("viewer", "true", "Start the browser viewer", TRUE_FALSE),
        Argument("port", "8080", "Port of the browser viewer", problem=_port_problem),
        Argument("seed", "", "Seed of the generator", problem=_seed_problem),
        Argument("record", "", "Folder of a new bag for what is published"),
        Argument("sim", "", "Simulator of the embodiment, a robot", (MUJOCO_SIM,)),
        _BASE,
    ),
    # Its fixed frame (config/demo.yaml) is not the one with which rviz/remogen.rviz opens.
    (_reaction("demo.yaml"), _BODY, _SIMULATOR, _PLAYER, _VIEWER, _RECORDER, _rviz("-f", "map")),
)

MUJOCO = Bringup(
    "mujoco",
    "The reaction node, and a robot in MuJoCo that does what it says.",
    (
        *_with_defaults(embodiment="unitree_g1"),
        _BASE,
        Argument("clock", "false", "The simulator makes the time, and publishes it", TRUE_FALSE),
    ),
    (_reaction(), _SIMULATOR, _PLAYER, _rviz()),
)

BRINGUPS = {bringup.name: bringup for bringup in (REACTION, DEMO, MUJOCO)}
