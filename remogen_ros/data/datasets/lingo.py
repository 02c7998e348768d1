"""LINGO (Jiang et al., SIGGRAPH Asia 2024): one person who walks, sits, lies and reaches in rooms.

SMPL-X frames of all segments one after the other, at 30 Hz, y up (`lingo_files.py`), and
`Scene/<room>.npy`: (300, 100, 400) bool cells of 2 cm from (-3, 0, -4) m on, by x, y and z, true
where something stands or nobody gets to. Beyond, everything counts as occupied, as for its authors.

The pelvis is where `human_joints_aligned.npy` has it, so `transl_aligned.npy`, which counts from
the origin of a licensed body model, is not read. That body's bones are measured from the same
joints. People and rooms grow by one factor, by which its legs become the standard adult's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import FREE, OCCUPIED, OccupancyGrid
from remogen_ros.data.datasets.lingo_files import (
    MIRRORED,
    Frames,
    Segment,
    family,
    read_frames,
    read_segments,
)
from remogen_ros.data.numpy_files import read_npy
from remogen_ros.data.recordings import Take
from remogen_ros.data.retarget import axes_matrix, leg_scale, retarget_together
from remogen_ros.data.scenes import Goal, GoalJoint, Scene, coarsened
from remogen_ros.data.smpl import smpl_joint_map, smpl_motion
from remogen_ros.data.splits import Split, split_of
from remogen_ros.data.voxels import FLOOR_HEIGHT
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_COUNT, JOINT_INDEX, PARENTS

_SOURCE = "lingo"
_LICENCE = "LINGO: none stated, ask its authors (lingomotions.com)"
_FRAME_RATE = 30.0

_GRID, _CELL = (300, 100, 400), 0.02
_GRID_CORNER = np.array((-3.0, 0.0, -4.0))

_TO_Z_UP = axes_matrix(smpl_joint_map("y").world).T
"""(3, 3): their (x, y, z) becomes our (z, x, y), for people and rooms alike."""

_WALKS = ("walk",)
_SITS_OR_LIES = ("sit down", "lie down")
"""What a text says of segments whose pelvis has a goal, as in the authors' own code."""

_MEASURED_FRAMES = 100
_LARGEST_MISFIT = 0.05
"""Of joints to the pose in which they are said to be, metres."""


@dataclass(frozen=True)
class LingoSegment:
    """One segment (a `Recording`). There are no official splits: variants and mirror images of a
    room, and all that happens in them, share one.

    Attributes:
        name: by its place in the dataset.
        split: by the room.
        folder: of the dataset.
        segment: its frames, texts, room and contacts.
        rest_joints: (22, 3) of the body of the whole dataset, its pelvis at the origin.
    """

    name: str
    split: Split
    folder: Path
    segment: Segment
    rest_joints: NDArray[np.float64]

    source = _SOURCE
    licence = _LICENCE
    content = ""
    style = ""

    def takes(self) -> tuple[Take]:
        """See `Recording`; the floor is the room's."""
        texts = tuple(text.strip() for text in self.segment.texts if text.strip())
        if not texts:
            raise UserError(f"{self.name} has no text in {self.folder / 'text_aug.pkl'}.")
        frames = read_frames(self.folder)
        rows = slice(self.segment.start, self.segment.end)
        times = np.arange(self.segment.end - self.segment.start) / _FRAME_RATE
        pelvis = frames.joints[rows, 0].astype(np.float64)
        clip = smpl_motion(_poses(frames, rows), pelvis, times, self.rest_joints)
        (motion,) = retarget_together([clip], smpl_joint_map("y"), floor=0.0)
        goals = tuple(self._goals(frames, texts))
        return (Take(motion, times, texts, scene=self.segment.room, goals=goals),)

    def _goals(self, frames: Frames, texts: tuple[str, ...]) -> Iterator[Goal]:
        """The pelvis at the end of the segment (on the floor, if it walks there), and each wrist in
        the frame in which its hand touches.

        The authors aim for the first knuckle of the index finger (joints 24 and 26 of the 28); our
        hands end at the wrist, so their wrists (20 and 21) count.
        """
        said = " ".join(texts).lower()
        end = frames.joints[self.segment.end - 1, 0]
        if any(word in said for word in _SITS_OR_LIES):
            yield self._goal("pelvis", end)
        elif any(word in said for word in _WALKS):
            yield self._goal("pelvis", end * (1.0, 0.0, 1.0))
        for wrist, frame in self.segment.contacts:
            if not 0 <= frame < len(frames.joints):
                raise UserError(
                    f"The {wrist} of {self.name} touches something in frame {frame}, which is none."
                )
            yield self._goal(cast(GoalJoint, wrist), frames.joints[frame, JOINT_INDEX[wrist]])

    def _goal(self, joint: GoalJoint, place: NDArray[np.float64]) -> Goal:
        x, y, z = (_TO_Z_UP @ place * _scale(self.rest_joints)).tolist()
        return Goal(joint=joint, position=(x, y, z))


def find_lingo(folder: Path) -> list[LingoSegment]:
    """Every segment, mirrored ones included.

    Raises:
        UserError: a file of the layout is missing or damaged, or they do not fit together.
    """
    if not (folder / "Scene").is_dir():
        raise UserError(f"{folder} is no LINGO: it has no folder Scene with the rooms' grids.")
    frames = read_frames(folder)
    segments = read_segments(folder, frames.joints)
    rest_joints = _measured_body(frames, folder)
    return [
        LingoSegment(
            f"segment_{i:05d}", split_of(family(segment.room)), folder, segment, rest_joints
        )
        for i, segment in enumerate(segments)
    ]


def lingo_scenes(folder: Path) -> list[Scene]:
    """The rooms in which segments play, as large as the people in them have become.

    Raises:
        UserError: as `find_lingo`, or a grid is damaged.
    """
    recordings = find_lingo(folder)
    scale = _scale(recordings[0].rest_joints)
    rooms = sorted({recording.segment.room for recording in recordings})
    read = ((room, _read_grid(folder / "Scene", room)) for room in rooms)
    return [Scene(room, _SOURCE, _LICENCE, _grid(cells, scale)) for room, cells in read]


def _read_grid(folder: Path, room: str) -> NDArray[np.bool_]:
    """(300, 100, 400), by their x, y and z; a mirrored room that has no file of its own is made."""
    path, unmirrored = folder / f"{room}.npy", folder / f"{room.removesuffix(MIRRORED)}.npy"
    if not path.is_file() and unmirrored.is_file():
        return np.asarray(read_npy(unmirrored, _GRID), bool)[::-1]
    return np.asarray(read_npy(path, _GRID), bool)


def _grid(occupied: NDArray[np.bool_], scale: float) -> OccupancyGrid:
    standing = occupied.copy()
    standing[:, : int(FLOOR_HEIGHT / _CELL)] = False
    turned = standing.transpose(2, 0, 1)
    cells, corner = coarsened(turned, _CELL * scale, _TO_Z_UP @ _GRID_CORNER * scale)
    states = np.where(cells, OCCUPIED, FREE).astype(np.uint8)
    return OccupancyGrid(torch.from_numpy(states), torch.from_numpy(corner).float(), OCCUPIED)


def _poses(frames: Frames, rows: slice | NDArray[np.int64]) -> NDArray[np.float64]:
    """(T, 22, 3) axis-angle."""
    both = np.concatenate((frames.orient[rows], frames.pose[rows]), axis=1)
    return both.astype(np.float64).reshape(-1, JOINT_COUNT, 3)


def _measured_body(frames: Frames, folder: Path) -> NDArray[np.float64]:
    """(22, 3) joints in the T-pose of the one body that all frames share, its pelvis at the origin.

    Each bone is seen from its parent joint, whose orientation the pose tells: always the same.
    """
    rows = np.unique(np.linspace(0, len(frames.joints) - 1, _MEASURED_FRAMES).astype(np.int64))
    still = smpl_motion(_poses(frames, rows), np.zeros((len(rows), 3)), rows / _FRAME_RATE)
    _, orientations = still.global_poses()
    joints = frames.joints[rows, :JOINT_COUNT].astype(np.float64)
    parents = list(PARENTS[1:])
    bones = joints[:, 1:] - joints[:, parents]
    seen = np.einsum("tjba,tjb->tja", orientations[:, parents], bones)
    offsets = np.median(seen, axis=0)
    misfit = float(np.median(np.linalg.norm(seen - offsets, axis=-1), axis=0).max())
    if not misfit <= _LARGEST_MISFIT:
        raise UserError(
            f"In {folder}, human_joints_aligned.npy is not of the bodies that human_pose.npy and "
            f"human_orient.npy pose: they differ by {misfit:.2f} m."
        )
    rest = np.zeros((JOINT_COUNT, 3))
    for joint, (parent, offset) in enumerate(zip(parents, offsets, strict=True), start=1):
        rest[joint] = rest[parent] + offset
    return rest


def _scale(rest_joints: NDArray[np.float64]) -> float:
    """Metres of our world per metre of theirs."""
    still = smpl_motion(np.zeros((1, JOINT_COUNT, 3)), np.zeros((1, 3)), np.zeros(1), rest_joints)
    return leg_scale(still, smpl_joint_map("y"))
