"""Reading BVH motion files, `.bvh` or `.bvh.xz`.

The format is Biovision's: a HIERARCHY of joints with offsets and channels, then a MOTION block
with one row of channel values per frame. Euler angles are degrees, applied in the order in which
the channels are listed (intrinsic). Position channels *replace* a joint's offset, on any joint.
"""

from __future__ import annotations

import lzma
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.data.source_motion import SourceMotion
from remogen_ros.errors import UserError


@dataclass
class _Hierarchy:
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[list[float]] = field(default_factory=list)
    channels: list[list[str]] = field(default_factory=list)


def read_bvh(path: Path) -> SourceMotion:
    """Read one BVH file.

    Raises:
        UserError: a file that is missing, is not BVH, or whose motion does not fit its hierarchy.
    """
    text = _read_text(path)
    head, mark, motion = text.partition("MOTION")
    if not mark or not head.lstrip().startswith("HIERARCHY"):
        raise UserError(f"{path} is not a BVH file: it needs a HIERARCHY and a MOTION block.")
    try:
        hierarchy = _parse_hierarchy(head.split()[1:])
    except (IndexError, ValueError) as error:
        raise UserError(f"The HIERARCHY block of {path} cannot be read: {error}.") from None
    frame_time, values = _parse_motion(motion, sum(map(len, hierarchy.channels)), path)
    return _pose(hierarchy, values, frame_time)


def _read_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        return (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("utf-8", "replace")
    except FileNotFoundError:
        raise UserError(f"There is no BVH file {path}.") from None
    except (OSError, lzma.LZMAError) as error:
        raise UserError(f"{path} cannot be read: {error}.") from None


def _parse_hierarchy(words: list[str]) -> _Hierarchy:
    """The joints, from the words after HIERARCHY. `open_joints` holds -1 for an end site."""
    found = _Hierarchy()
    open_joints: list[int] = []
    i = 0
    while i < len(words):
        word = words[i]
        if word in ("ROOT", "JOINT"):
            if (word == "ROOT") == bool(found.names):
                raise ValueError("it must have exactly one ROOT, and it first")
            found.parents.append(open_joints[-1] if open_joints else -1)
            found.names.append(words[i + 1])
            open_joints.append(len(found.names) - 1)
            found.offsets.append([0.0, 0.0, 0.0])
            found.channels.append([])
            i += 3
        elif word == "End":
            open_joints.append(-1)
            i += 3
        elif word == "OFFSET":
            if open_joints[-1] >= 0:
                found.offsets[open_joints[-1]] = [float(x) for x in words[i + 1 : i + 4]]
            i += 4
        elif word == "CHANNELS":
            count = int(words[i + 1])
            found.channels[open_joints[-1]] = words[i + 2 : i + 2 + count]
            i += 2 + count
        elif word == "}":
            open_joints.pop()
            i += 1
        else:
            raise ValueError(f"the word {word!r} is not expected there")
    if open_joints or not found.names:
        raise ValueError("it ends inside a joint")
    known = {axis + kind for axis in "XYZ" for kind in ("position", "rotation")}
    for name, channels in zip(found.names, found.channels, strict=True):
        if unknown := set(channels) - known:
            raise ValueError(f"joint {name} has the unknown channel {sorted(unknown)[0]!r}")
    return found


def _parse_motion(block: str, channel_count: int, path: Path) -> tuple[float, NDArray[np.float64]]:
    """Frame time and (T, C) channel values."""
    try:
        frames_line, time_line, rows = block.lstrip().split("\n", 2)
        count = int(frames_line.split(":")[1])
        frame_time = float(time_line.split(":")[1])
        values = np.array(rows.split(), np.float64)
    except (ValueError, IndexError):
        raise UserError(
            f"The MOTION block of {path} cannot be read: it needs 'Frames:', 'Frame Time:' and "
            "rows of numbers."
        ) from None
    if not frame_time > 0 or not np.isfinite(frame_time):
        raise UserError(f"{path} has a frame time of {frame_time} s; it must be positive.")
    promised = count * channel_count
    if count < 1 or values.size < promised or values.size % channel_count:
        raise UserError(
            f"{path} promises {count} frames of {channel_count} channels but holds {values.size} "
            f"numbers instead of {promised}; it is truncated or has wrong channels."
        )
    # Some writers count one row too few; the rows that are promised are what every reader shows.
    values = values[:promised]
    if not np.isfinite(values).all():
        raise UserError(f"{path} holds a channel value that is not finite.")
    return frame_time, values.reshape(count, channel_count)


def _pose(hierarchy: _Hierarchy, values: NDArray[np.float64], frame_time: float) -> SourceMotion:
    offsets = np.array(hierarchy.offsets)
    shape = (len(values), len(offsets))
    translations = np.broadcast_to(offsets, (*shape, 3)).copy()
    rotations = np.broadcast_to(np.eye(3), (*shape, 3, 3)).copy()
    column = 0
    for joint, channels in enumerate(hierarchy.channels):
        block = values[:, column : column + len(channels)]
        column += len(channels)
        turning = [i for i, channel in enumerate(channels) if channel.endswith("rotation")]
        for i, channel in enumerate(channels):
            if channel.endswith("position"):
                translations[:, joint, "XYZ".index(channel[0])] = block[:, i]
        if turning:
            order = "".join(channels[i][0] for i in turning)
            # One angle alone comes as a vector, which SciPy wants flat.
            angles = block[:, turning] if len(turning) > 1 else block[:, turning[0]]
            rotations[:, joint] = Rotation.from_euler(order, angles, degrees=True).as_matrix()
    return SourceMotion(
        tuple(hierarchy.names), tuple(hierarchy.parents), offsets, translations, rotations,
        np.arange(len(values), dtype=np.float64) * frame_time,
    )  # fmt: skip
