"""The index files of LINGO: which frames are a segment, what is said of it, and where it plays.

The release labels every frame of its mirrored half `005_mirror`, wherever it was recorded. Segment
i + M/2 is the mirror image of segment i, so its room is the mirror image of that one's room.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remogen_ros.data.numpy_files import read_npy, read_pickle
from remogen_ros.errors import UserError

JOINTS = 28
"""Of SMPL-X: ours, then both eyes and two knuckles of each hand."""

MIRRORED = "_mirror"
"""What the name of a mirrored room ends with."""

_NO_CONTACT = -1
_SAME_PLACE = 1e-3


@dataclass(frozen=True)
class Segment:
    """One motion of LINGO.

    Attributes:
        start: its first frame.
        end: the frame after its last.
        texts: what is done, as the dataset has it.
        room: name of its grid.
        contacts: by our wrist, the frame (of the whole dataset) in which the hand touches.
    """

    start: int
    end: int
    texts: tuple[str, ...]
    room: str
    contacts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Frames:
    """The arrays of all frames, left on the disk.

    Attributes:
        orient: (N, 3) axis-angle.
        pose: (N, 63) axis-angle.
        joints: (N, 28, 3) metres, y up.
    """

    orient: NDArray[Any]
    pose: NDArray[Any]
    joints: NDArray[Any]


def read_frames(folder: Path) -> Frames:
    """Map the arrays of a dataset.

    Raises:
        UserError: one is missing or damaged, or they do not have the same number of frames.
    """
    frames = Frames(
        read_npy(folder / "human_orient.npy", (None, 3), mapped=True),
        read_npy(folder / "human_pose.npy", (None, 63), mapped=True),
        read_npy(folder / "human_joints_aligned.npy", (None, JOINTS, 3), mapped=True),
    )
    counts = {len(frames.orient), len(frames.pose), len(frames.joints)}
    if len(counts) > 1:
        raise UserError(f"The arrays in {folder} have different numbers of frames: {counts}.")
    return frames


def read_segments(folder: Path, joints: NDArray[Any]) -> list[Segment]:
    """All segments, in the order of the dataset.

    Raises:
        UserError: a file is missing or damaged, they do not fit together, or a segment lies
            outside the frames.
    """
    starts, ends = (_read_indices(folder / f"{name}_idx.npy") for name in ("start", "end"))
    hands = [
        _read_indices(folder / f"{side}_hand_inter_frame.npy").tolist()
        for side in ("left", "right")
    ]
    texts = _read_list(folder / "text_aug.pkl")
    labels = _read_list(folder / "scene_name.pkl")
    if len({len(starts), len(ends), len(texts), *map(len, hands)}) > 1:
        raise UserError(f"The files in {folder} tell of different numbers of segments.")
    if len(labels) != len(joints):
        raise UserError(
            f"{folder / 'scene_name.pkl'} names {len(labels)} rooms for {len(joints)} frames."
        )
    if len(starts) == 0 or starts.min() < 0 or ends.max() > len(joints) or (ends <= starts).any():
        raise UserError(f"The segments in {folder} do not lie within its {len(joints)} frames.")
    rooms = _rooms([str(labels[start]) for start in starts], starts, ends, joints)
    return [
        Segment(
            int(start),
            int(end),
            (said,) if isinstance(said, str) else tuple(map(str, said)),
            room,
            tuple(
                (f"{side}_wrist", frame)
                for side, frame in (("left", left), ("right", right))
                if frame != _NO_CONTACT
            ),
        )
        for start, end, said, room, left, right in zip(
            starts, ends, texts, rooms, *hands, strict=True
        )
    ]


def family(room: str) -> str:
    """What the variants and the mirror images of a room have in common: 048 of 048-bed_mirror."""
    number = re.match(r"\d+", room)
    return number[0] if number else room.removesuffix(MIRRORED)


def _rooms(
    labels: Sequence[str], starts: NDArray[np.int64], ends: NDArray[np.int64], joints: NDArray[Any]
) -> list[str]:
    """The true room of every segment, see the top."""
    half = len(labels) // 2
    first, second = labels[:half], labels[half:]
    halves = len(first) == len(second) and all(
        not one.endswith(MIRRORED) and other.endswith(MIRRORED)
        for one, other in zip(first, second, strict=True)
    )
    if not halves or ((ends - starts)[:half] != (ends - starts)[half:]).any():
        return list(labels)
    begin, again = joints[starts[:half], 0], joints[starts[half:], 0]
    if np.abs(begin * (-1.0, 1.0, 1.0) - again).max() > _SAME_PLACE:
        return list(labels)
    return [*first, *(one + MIRRORED for one in first)]


def _read_indices(path: Path) -> NDArray[np.int64]:
    """(M,) frames, of a file of that shape or of (M, k), whose first column counts."""
    array = read_npy(path, None)
    if array.ndim not in (1, 2) or array.shape[-1] == 0 or not np.isfinite(array).all():
        raise UserError(f"{path} needs the shape (M,) or (M, k), but has {array.shape}.")
    return np.asarray(array if array.ndim == 1 else array[:, 0]).astype(np.int64)


def _read_list(path: Path) -> list[Any]:
    values = read_pickle(path)
    if not isinstance(values, list | tuple | np.ndarray):
        raise UserError(f"{path} holds a {type(values).__name__} instead of a list.")
    return list(values)
