"""`./remogen render BAG`: moments of a recorded reaction, side by side in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro
from numpy.typing import NDArray
from rosbags.rosbag2 import ReaderError
from rosbags.serde import SerdeError

from remogen_ros.embodiment.colours import EGO, PARTNER, Colour
from remogen_ros.embodiment.markers import bodies_from_markers
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.skeleton import JOINT_COUNT
from remogen_ros.recording.bags import open_bag
from remogen_ros.rendering.strip import motion_strip

REACTION_TYPE = "remogen_msgs/msg/Reaction"
MARKERS_TYPE = "visualization_msgs/msg/MarkerArray"


@dataclass(frozen=True)
class RenderArguments:
    """Draws moments of a recorded reaction, and of the partner where `markers` were recorded."""

    bag: Annotated[Path, tyro.conf.Positional]
    """A bag with the topic `reaction`, such as `./remogen demo --record` writes."""
    out: Path = Path("reaction.png")
    """The picture to write."""
    start: float = 0.0
    """Seconds after the first frame from which to draw."""
    duration: float = 9.0
    """Seconds to draw."""
    every: float = 0.5
    """Seconds from one moment to the next."""
    columns: int = 6
    """Moments in a row."""
    size: int = 320
    """Width and height of a moment, pixels."""


@dataclass(frozen=True)
class RecordedReaction:
    """What a bag holds of a reaction.

    Attributes:
        stamps_ns: (T,) of the frames, in the order of recording.
        ego: (T, 22, 3) joints, metres.
        partners: (T, 22, 3) by id; NaN where a partner was not seen.
    """

    stamps_ns: NDArray[np.int64]
    ego: NDArray[np.float64]
    partners: dict[str, NDArray[np.float64]]


def main(argv: list[str]) -> int:
    """Write the picture; return the exit code.

    Raises:
        UserError: the bag cannot be read, holds nothing to draw, or the picture cannot be written.
    """
    arguments = tyro.cli(RenderArguments, prog="remogen render", args=argv)
    if arguments.every <= 0 or arguments.columns < 1 or arguments.size < 16:
        raise UserError("--every must be above 0, --columns at least 1 and --size at least 16.")
    if not arguments.out.parent.is_dir():
        raise UserError(f"There is no folder {arguments.out.parent} to write the picture to.")
    recorded = read_reaction(arguments.bag)
    first = round(arguments.start * FRAME_RATE)
    drawn = slice(first, first + max(1, round(arguments.duration * FRAME_RATE)))
    if len(recorded.ego[drawn]) == 0:
        seconds = len(recorded.ego) / FRAME_RATE
        raise UserError(f"--start is {arguments.start:g} s, but the reaction lasts {seconds:g} s.")
    bodies: list[tuple[str, Colour, NDArray[np.float64]]] = [
        (name, PARTNER, joints[drawn]) for name, joints in recorded.partners.items()
    ]
    bodies.append(("avatar", EGO, recorded.ego[drawn]))
    motion_strip(
        bodies,
        arguments.out,
        every=max(1, round(arguments.every * FRAME_RATE)),
        columns=arguments.columns,
        panel=(arguments.size, arguments.size),
    )
    print(f"wrote {arguments.out}")
    return 0


def read_reaction(path: Path) -> RecordedReaction:
    """The frames of a bag's `reaction` topic, and the partners of its `markers`.

    Raises:
        UserError: the bag cannot be read, or holds no reaction.
    """
    stamps: list[int] = []
    ego: list[NDArray[np.float64]] = []
    seen: dict[int, dict[str, NDArray[np.float64]]] = {}
    with open_bag(path) as bag:
        wanted = [c for c in bag.connections if c.msgtype in (REACTION_TYPE, MARKERS_TYPE)]
        try:
            for connection, _, raw in bag.messages(wanted) if wanted else ():
                message: Any = bag.deserialize(raw, connection.msgtype)
                if connection.msgtype == MARKERS_TYPE:
                    if partners := bodies_from_markers(message, "partner"):
                        seen[_nanoseconds(message.markers[0].header.stamp)] = partners
                elif len(message.joint_positions) == JOINT_COUNT:
                    stamps.append(_nanoseconds(message.header.stamp))
                    ego.append(np.array([(p.x, p.y, p.z) for p in message.joint_positions]))
        except (ReaderError, SerdeError) as error:
            raise UserError(f"The bag {path} cannot be read: {error}") from error
    if not ego:
        raise UserError(f"The bag {path} holds no message of type {REACTION_TYPE}.")
    nobody = np.full((JOINT_COUNT, 3), np.nan)
    names = sorted({name for partners in seen.values() for name in partners})
    return RecordedReaction(
        np.array(stamps, np.int64),
        np.array(ego),
        {
            name: np.array([seen.get(stamp, {}).get(name, nobody) for stamp in stamps])
            for name in names
        },
    )


def _nanoseconds(stamp: Any) -> int:
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)
