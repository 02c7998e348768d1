"""./remogen joints: the trackers, and which of their joints becomes which SMPL joint."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from rich.console import Console
from rich.table import Table

from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_NAMES
from remogen_ros.perception.completion import GUESS_CONFIDENCE, fill_rules
from remogen_ros.perception.joint_mapping import (
    JointMap,
    named_joint_map,
    shipped_joint_map,
    shipped_joint_maps,
)
from remogen_ros.perception.trackers import TRACKERS

_USAGE = """usage: ./remogen joints [TRACKER | JOINT_MAP | FILE.yaml]

Without an argument: the trackers, and the joint maps that come with the package. With one: for
every SMPL joint, the joints that it is taken from, and how it is filled in when it is not seen."""


def main(argv: list[str]) -> int:
    """Print tables.

    Args:
        argv: nothing, or the name of a tracker, of a joint map, or a file.

    Raises:
        UserError: there is no such tracker or joint map.
    """
    if {"-h", "--help"} & set(argv):
        print(_USAGE)
        return 0
    if len(argv) > 1:
        raise UserError("'joints' takes one tracker or joint map; ./remogen joints lists them.")
    console = Console()
    if not argv:
        console.print(_trackers(), _joint_maps())
        return 0
    for name, joint_map in _chosen(argv[0]).items():
        console.print(_joints(name, joint_map))
    return 0


def _chosen(name: str) -> dict[str, JointMap]:
    """The joint maps of a tracker, or the one of that name; the latter where both are the same."""
    if name in TRACKERS:
        return {m: shipped_joint_map(m) for m in TRACKERS[name].joint_maps}
    try:
        return {name: named_joint_map(name)}
    except UserError as error:
        raise UserError(f"{error} Trackers: {', '.join(TRACKERS)}.") from None


def _trackers() -> Table:
    table = Table(title="Trackers (tracker:=...)")
    for heading in ("tracker", "listens to", "for", "joint maps"):
        table.add_column(heading, overflow="fold")
    for name, tracker in TRACKERS.items():
        table.add_row(name, tracker.listens_to, tracker.about, ", ".join(tracker.joint_maps))
    return table


def _joint_maps() -> Table:
    table = Table("joint map", "joints", "of", title="Joint maps (joint_map:=...)")
    for name in shipped_joint_maps():
        joint_map = shipped_joint_map(name)
        table.add_row(name, str(len(joint_map.joints)), joint_map.about)
    return table


def _joints(name: str, joint_map: JointMap) -> Table:
    ways: dict[int, list[str]] = defaultdict(list)
    for rule in fill_rules():
        ways[rule.joint].append(rule.describe())
    table = Table(
        "SMPL joint",
        "taken from",
        "filled in, if that is not seen, from",
        title=f"{name}: {joint_map.about}" if joint_map.about else name,
        caption=f"Filled-in joints have {GUESS_CONFIDENCE:g} of the confidence of what they are "
        "filled in from. Joints without an entry are not observed where they are not seen.",
    )
    for joint, row in zip(JOINT_NAMES, joint_map.weights, strict=True):
        filled = " or ".join(ways[JOINT_NAMES.index(joint)])
        table.add_row(joint, _sources(joint_map, row), filled)
    used = {int(joint) for joint in np.flatnonzero(np.abs(joint_map.weights).sum(0))}
    unused = [name for joint, name in enumerate(joint_map.joints) if joint not in used]
    if unused:
        table.add_section()
        table.add_row("(not used)", ", ".join(unused), "")
    return table


def _sources(joint_map: JointMap, row: np.ndarray) -> str:
    """A row of weights in words, with the index of each joint, which some trackers go by."""
    parts = []
    for index in np.flatnonzero(row):
        weight = "" if row[index] == 1.0 else f"{row[index]:g} "
        parts.append(f"{weight}{joint_map.joints[index]} ({index})")
    return " + ".join(parts) or "-"
