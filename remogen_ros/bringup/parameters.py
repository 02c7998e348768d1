"""Parameters and topics of each process, from the values of a bring-up's arguments."""

from __future__ import annotations

from collections.abc import Callable

from remogen_ros.bringup.arguments import AUTO, MUJOCO_SIM, Values, listed, mix_weights
from remogen_ros.bringup.description import Parameters
from remogen_ros.embodiment.choosing import AVATAR
from remogen_ros.embodiment.urdf import LinkNames, avatar_urdf
from remogen_ros.errors import UserError
from remogen_ros.nodes.resources import shipped_folder
from remogen_ros.nodes.topics import JOINT_COMMAND, JOINT_STATES, MEASURED_JOINTS

_PASSED_ON = {
    **{name: name for name in ("model", "device", "backend", "embodiment", "tracker")},
    "tracker_topic": "tracker_topic",
    "tracker_axes": "tracker_axes",
    "partner": "partner.policy",
    "joint_order": "joint_order",
    "link_names": "link_names",
    "fixed_frame": "fixed_frame",
    "frame_prefix": "frame_prefix",
    "joint_map": "joint_map",
    "start_topic": "guard.start_topic",
    "scene_file": "scene_file",
    "tf_pattern": "tf.pattern",
    "tf_bodies": "tf.bodies",
}
"""Arguments that become parameters of the node `reaction` as they are."""

SUBSCRIBER_PATIENCE_S = 120.0
"""A recording is not played before the nodes that were started with it listen to all of it."""


def is_avatar(values: Values) -> bool:
    return values["embodiment"] in ("", AVATAR)


def _follows_sim_time(values: Values) -> bool:
    given = values["use_sim_time"]
    return given == "true" if given else bool(values.get("bag")) or values.get("clock") == "true"


def time_parameters(values: Values) -> Parameters:
    return {"use_sim_time": _follows_sim_time(values)}


def reaction_parameters(values: Values) -> Parameters:
    """Only what was given: the rest is up to the parameter files and the node's own defaults."""
    chosen = time_parameters(values) | {"autostart": values["autostart"] == "true"}
    chosen |= {parameter: values[name] for name, parameter in _PASSED_ON.items() if values[name]}
    if values.get("seed"):
        chosen["seed"] = int(values["seed"])
    if mix := values["mix"]:
        chosen["mix"] = AUTO if mix == AUTO else "fixed"
    weights = mix_weights(values)
    return chosen | {f"adapter_weights.{name}": weight for name, weight in weights.items()}


def body_parameters(values: Values) -> Parameters:
    # A bag that loops takes the stamps back, and the joints must go on.
    links: LinkNames = "rep120" if values["link_names"] == "rep120" else "smpl"
    urdf = avatar_urdf(link_names=links)
    described: Parameters = {"robot_description": urdf, "ignore_timestamp": True}
    return time_parameters(values) | described | _given(values, "frame_prefix")


def avatar_state_parameters(values: Values) -> Parameters:
    return _given(values, "link_names", "frame_prefix")


def _given(values: Values, *names: str) -> Parameters:
    return {name: values[name] for name in names if values[name]}


def player_parameters(values: Values) -> Parameters:
    loops = values["loop"] == "true"
    return {
        "bag": str(shipped_folder("bag", values["bag"])),
        "loop": loops,
        # As if it began anew each time: stamps, and what is made from them, go on.
        "restamp": loops,
        "wait_for_subscribers_s": SUBSCRIBER_PATIENCE_S,
    }


def demo_recorder_parameters(values: Values) -> Parameters:
    # A model may take long to load, and the recording that is played waits for it.
    chosen: Parameters = {"out": values["record"], "patience_s": 0.0}
    named = _given(values, "tracker", "tracker_topic", "start_topic")
    return time_parameters(values) | chosen | named


def recorder_parameters(values: Values) -> Parameters:
    if not values["out"]:
        raise UserError("'out' is missing: set it to the folder of the new bag.")
    # rcl makes nothing of a list that is empty.
    also: Parameters = {"also": listed(values["also"])} if listed(values["also"]) else {}
    chosen = time_parameters(values) | also
    return chosen | {
        "out": values["out"],
        "tracker": values["tracker"] or "any",
        "tracker_topic": values["tracker_topic"],
        "start_topic": values["start_topic"],
        "points": values["points"] == "true",
        "outputs": values["outputs"] == "true",
        "duration": float(values["duration"]),
        "patience_s": float(values["patience"]),
    }


def simulates(values: Values) -> bool:
    """Whether a simulator runs: always in the bring-up that has no choice of it."""
    return "base" in values and values.get("sim", MUJOCO_SIM) == MUJOCO_SIM


def simulated_reaction_parameters(values: Values) -> Parameters:
    """Where a robot is simulated, motion begins softly from where its joints are."""
    begins: Parameters = {"guard.start_topic": MEASURED_JOINTS} if simulates(values) else {}
    return begins | reaction_parameters(values)


def renamed_by_simulation(values: Values) -> list[tuple[str, str]]:
    # What the joints really do is the simulator's to say.
    renamed = [(JOINT_STATES, JOINT_COMMAND), (MEASURED_JOINTS, JOINT_STATES)]
    return renamed if simulates(values) else []


def simulator_parameters(values: Values) -> Parameters:
    if not values["embodiment"] or is_avatar(values):
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


def viewer_parameters(values: Values) -> Parameters:
    return {"port": int(values["port"])}


def is_true(name: str) -> Callable[[Values], bool]:
    return lambda values: values[name] == "true"


def is_given(name: str) -> Callable[[Values], bool]:
    return lambda values: bool(values[name])
