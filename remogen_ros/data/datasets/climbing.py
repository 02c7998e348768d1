"""A person who climbs onto boxes, as published with holosoma-retargeting: where joints are.

    mocap_climb_seq_0/mocap_climb_seq_0_joint_positions_f900-3700.npy   (T, 53, 3) metres, z up
    mocap_climb_seq_0/multi_boxes.obj                                   the boxes, in the same world

The files name no frame rate: the pace of the steps fits 120 Hz.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from remogen_ros.cues.occupancy import FREE, OCCUPIED
from remogen_ros.data.from_positions import motion_from_positions, scale_to_adult
from remogen_ros.data.meshes import Mesh, joined, read_obj
from remogen_ros.data.numpy_files import read_npy
from remogen_ros.data.recordings import Take
from remogen_ros.data.scenes import Scene
from remogen_ros.data.splits import Split, stratified_splits
from remogen_ros.data.texts import texts_of
from remogen_ros.data.voxels import occupied_cells
from remogen_ros.errors import UserError

_FRAME_RATE = 120.0
_FILE = re.compile(r"(?P<name>mocap_climb_seq_\d+)_joint_positions_f\d+-\d+\.npy$")

_FINGERS = tuple(
    f"{finger}{joint}"
    for finger in ("Thumb", "Index", "Middle", "Ring", "Pinky")
    for joint in (1, 2, 3)
)
JOINTS: tuple[str, ...] = (
    *("Hips", "Spine", "Spine1", "Neck", "Head"),
    *(
        f"{side}{part}"
        for side in ("Left", "Right")
        for part in ("Shoulder", "Arm", "ForeArm", "Hand", *_FINGERS)
    ),
    *(
        f"{side}{part}"
        for side in ("Left", "Right")
        for part in ("UpLeg", "Leg", "Foot", "ToeBase")
    ),
    *("LeftFootMod", "RightFootMod"),
)
"""The 53 joints of a file, in its order."""

_OURS = {"spine1": "Spine", "spine3": "Spine1", "neck": "Neck", "head": "Head"} | {
    f"{side.lower()}_{ours}": f"{side}{theirs}"
    for side in ("Left", "Right")
    for ours, theirs in {
        "collar": "Shoulder",
        "shoulder": "Arm",
        "elbow": "ForeArm",
        "wrist": "Hand",
        "hip": "UpLeg",
        "knee": "Leg",
        "ankle": "Foot",
        "foot": "ToeBase",
    }.items()
}
"""Our joints -> theirs. Their Hips lie between the hips, our pelvis lies higher: left out."""

_SOLES = 0.024
"""The climber's ankles and toes rest so much higher above the boxes than ours do, metres: in shoes,
and by where the markers were."""

_CONTENT, _CONTENTS = "climb", {"mocap_climb_seq_4": "climb-ramp"}
"""Labels, by name where they differ: in the fifth sequence a ramp leads up."""

_TOUCHING, _APART = 0.2, 0.4
"""A wrist so near a box may lean on it with the hand; one so far from all cannot, metres."""

_CELL = 0.05
"""Of the boxes, when it comes to how near a wrist is, metres."""


@dataclass(frozen=True)
class ClimbingSequence:
    """One sequence (a `Recording`) and its boxes.

    Attributes:
        name: such as "mocap_climb_seq_0".
        path: of the joints' positions.
        content: label of what is done.
        split: stratified by content; "train" until all sequences are known.
    """

    name: str
    path: Path
    content: str = _CONTENT
    split: Split = "train"

    source = "climbing"
    licence = "Apache-2.0"
    style = ""

    @property
    def mesh_path(self) -> Path:
        """Of the boxes."""
        return self.path.with_name("multi_boxes.obj")

    def scale(self) -> float:
        """Metres of the motion's world per metre of the recorded one."""
        return scale_to_adult(self._joints())

    def boxes(self) -> Mesh:
        """What is climbed, in the world of the motion: larger by as much as the adult is.

        Raises:
            UserError: a file cannot be read.
        """
        return joined(read_obj(self.mesh_path)).moved(np.eye(3) * self.scale())

    def scene(self) -> Scene:
        """The cells of the boxes, on a floor that is free all around.

        Raises:
            UserError: a file cannot be read.
        """
        grid = occupied_cells(self.boxes(), outside=FREE)
        return Scene(self.name, self.source, self.licence, grid)

    def takes(self) -> tuple[Take]:
        """See `Recording`. The floor stays where the world has it: it is not fitted to the feet."""
        joints = self._joints()
        scale = scale_to_adult(joints)
        placed = {name: places * scale - [0.0, 0.0, _SOLES] for name, places in joints.items()}
        times = np.arange(len(placed["neck"])) / _FRAME_RATE
        held = {name: self._touching(placed[name]) for name in ("left_wrist", "right_wrist")}
        motion = motion_from_positions(placed, times, held=held)
        return (Take(motion, times, texts_of(self.content), scene=self.name),)

    def _touching(self, wrist: NDArray[np.float64]) -> NDArray[np.float64]:
        """(T,) from 0, far from every box, to 1."""
        grid = occupied_cells(self.boxes(), cell=_CELL)
        occupied = np.argwhere(grid.cells.numpy() == OCCUPIED)
        centres = (occupied + 0.5) * _CELL + grid.corner.numpy()
        distance, _ = KDTree(centres).query(wrist)
        return np.clip((_APART - distance) / (_APART - _TOUCHING), 0.0, 1.0)

    def _joints(self) -> dict[str, NDArray[np.float64]]:
        positions = read_npy(self.path, (None, len(JOINTS), 3)).astype(np.float64)
        if len(positions) == 0:
            raise UserError(f"{self.path} has no frames.")
        if not np.isfinite(positions).all():
            raise UserError(f"{self.path} has a position that is not finite.")
        return {ours: positions[:, JOINTS.index(theirs)] for ours, theirs in _OURS.items()}


def find_climbing(folder: Path) -> list[ClimbingSequence]:
    """Every sequence below a folder, by name.

    Raises:
        UserError: there is none, or one has no boxes.
    """
    found: dict[str, ClimbingSequence] = {}
    for path in sorted(folder.rglob("*.npy")):
        if match := _FILE.search(path.name):
            name = match["name"]
            found[name] = ClimbingSequence(name, path, _CONTENTS.get(name, _CONTENT))
    if not found:
        raise UserError(
            f"{folder} holds no mocap_climb_seq_*/mocap_climb_seq_*_joint_positions_f*.npy."
        )
    for sequence in found.values():
        if not sequence.mesh_path.is_file():
            raise UserError(f"There is no {sequence.mesh_path} beside {sequence.path.name}.")
    splits = stratified_splits({name: sequence.content for name, sequence in found.items()})
    return [replace(found[name], split=splits[name]) for name in sorted(found)]
