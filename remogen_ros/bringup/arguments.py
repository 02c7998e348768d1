"""Arguments of the bring-ups: names, defaults, and which values are allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from remogen_ros.bringup.topics import DESCRIPTIONS
from remogen_ros.embodiment.choosing import embodiments
from remogen_ros.embodiment.transforms import frame_problem
from remogen_ros.embodiment.urdf import LINK_NAMES
from remogen_ros.nodes.topics import topic_problem
from remogen_ros.perception.axes import AXES_NAMES
from remogen_ros.perception.partner_config import policy_problem
from remogen_ros.perception.trackers import TRACKER_NAMES
from remogen_ros.simulation.base import BASES
from remogen_ros.streaming.backends.names import BackendName

Values = Mapping[str, str]
"""Every argument of a bring-up with its value; empty means: not given."""

TRUE_FALSE = ("true", "false")
LOG_LEVELS = ("debug", "info", "warn", "error", "fatal")

MUJOCO_SIM = "mujoco"

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


def listed(value: str) -> list[str]:
    """The parts of a value that is a list, separated by commas."""
    return [part.strip() for part in value.split(",") if part.strip()]


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


def port_problem(value: str) -> str:
    is_port = value.isdecimal() and 0 < int(value) < 65536
    return "" if is_port else "it must be a port, from 1 to 65535"


def seed_problem(value: str) -> str:
    return "" if value.isdecimal() else "it must be a whole number, 0 or more"


def seconds_problem(value: str) -> str:
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    return "" if 0.0 <= seconds < math.inf else "it must be a number of seconds, 0 or more"


def topics_problem(value: str) -> str:
    return next(filter(None, map(topic_problem, listed(value))), "")


def _embodiment_problem(value: str) -> str:
    known = value in embodiments() or Path(value).expanduser().is_file()
    return "" if known else f"it must be one of {', '.join(embodiments())}, or a robot's YAML file"


def _partner_problem(value: str) -> str:
    problem = policy_problem(value)
    return f"it {problem}" if problem else ""


def _scene_problem(value: str) -> str:
    return "" if Path(value).expanduser().is_file() else "there is no such file"


TOPIC_ARGUMENTS = tuple(
    Argument(name, "", description, problem=topic_problem)
    for name, description in DESCRIPTIONS.items()
)
"""Those that give a topic another name."""

ARGUMENTS = (
    Argument(
        "mix",
        "",
        "Which adapters react: to people, the room, both, none, or as it fits; both (hybrid), if "
        "not given",
        (*MIXES, AUTO),
    ),
    Argument("hhi_weight", "", "Weight of the adapter for people, 0 to 2", problem=_weight_problem),
    Argument("hsi_weight", "", "Weight of the adapter for rooms, 0 to 2", problem=_weight_problem),
    Argument("tracker", "", "Which skeletons to listen to; any, if not given", TRACKER_NAMES),
    Argument("tracker_topic", "", "Its topic, if that is not the usual one", problem=topic_problem),
    Argument("tracker_axes", "", "Which axis of its positions is up", AXES_NAMES),
    Argument(
        "partner",
        "",
        "Whom the ego reacts to: nearest, locked (onto the first until lost), id:<x>, or all; "
        "nearest, if not given",
        problem=_partner_problem,
    ),
    Argument("joint_map", "", "Joints of the trackers native and tf: a shipped map, or a file"),
    Argument("tf_pattern", "", "Names of the tracker tf's frames, such as {joint}_{body}"),
    Argument("tf_bodies", "", "Bodies of the tracker tf, separated by commas; else discovered"),
    Argument(
        "embodiment",
        "",
        f"The body whose joints are published: {', '.join(embodiments())}, or a robot's YAML file",
        problem=_embodiment_problem,
    ),
    Argument(
        "joint_order",
        "",
        "Order in which a robot's joints are published, such as isaac_lab; those of its YAML file",
    ),
    Argument(
        "start_topic",
        "",
        "Topic of the robot's measured joints (JointState), from where motion begins softly. Set "
        "it for every real robot: without it the first pose may be anywhere",
        problem=topic_problem,
    ),
    *TOPIC_ARGUMENTS,
    Argument(
        "scene_file",
        "",
        "The room beforehand: a saved mesh or point cloud in the fixed frame, metres, z up",
        problem=_scene_problem,
    ),
    Argument(
        "fixed_frame",
        "",
        "Frame that stands still, z up, floor at z = 0; odom, if no parameter file says otherwise",
        problem=frame_problem,
    ),
    Argument(
        "link_names",
        "",
        "Links of the avatar on TF and in its URDF: smpl, or rep120 with those of REP-120 besides; "
        "smpl, if not given",
        LINK_NAMES,
    ),
    Argument(
        "frame_prefix",
        "",
        "Put before the ego's frames, such as left/: by the node reaction, and by who publishes "
        "the links below its root",
        problem=frame_problem,
    ),
    Argument("model", "", "Name of a shipped model, or the path of a folder; demo, if not given"),
    Argument("device", "", "PyTorch device: cpu, cuda, cuda:1 ...; cpu, if not given"),
    Argument(
        "backend",
        "",
        "What runs the networks; auto, which is the quickest, if not given",
        get_args(BackendName),
    ),
    Argument("params_file", "", "YAML file with parameters of the node reaction"),
    Argument("use_sim_time", "", "Follow /clock; if not given: when a bag is played", TRUE_FALSE),
    Argument("bag", "", "Recording to play: name of a shipped one, or the path of a bag"),
    Argument("loop", "false", "Play the recording again and again", TRUE_FALSE),
    Argument("rviz", "false", "Start RViz", TRUE_FALSE),
    Argument("namespace", "", "Namespace of every node; /tf is remapped into it"),
    Argument("shared_tf", "false", "In a namespace, too, /tf is that of everybody", TRUE_FALSE),
    Argument("autostart", "true", "Configure and activate the reaction node", TRUE_FALSE),
    Argument("log_level", "info", "Of every node", LOG_LEVELS),
)


def taken(*names: str) -> tuple[Argument, ...]:
    """Only those of these names."""
    return tuple(a for a in ARGUMENTS if a.name in names)


def with_defaults(**defaults: str) -> tuple[Argument, ...]:
    return tuple(replace(a, default=defaults.get(a.name, a.default)) for a in ARGUMENTS)


BASE = Argument(
    "base", BASES[0], "The simulated robot's base: carried along by the reaction, or fixed", BASES
)
