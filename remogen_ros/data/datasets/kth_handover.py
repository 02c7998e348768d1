"""One handover of the KTH dataset: a giver and a taker, and the baton that goes from one to other.

A folder holds, for `giver` and `taker`, thirteen files `giver_hip_pose_saved.csv`, and
`baton_pose_saved.csv`; each begins with the line `x,y,z,q0,q1,q2,q3` and goes on with 120 Hz poses:
metres, z up, quaternions xyzw. Every frame lies at the joint nearest the pelvis of its part of the
body, and in a T-pose its x axis points left, its y axis backwards and its z axis up.

Legs were not recorded. Both people stand here, their feet under their hips.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.data.from_positions import SIDES, motion_from_positions
from remogen_ros.data.recordings import Take
from remogen_ros.data.retarget import axes_matrix
from remogen_ros.data.splits import Split, split_of
from remogen_ros.data.text_files import read_lines
from remogen_ros.data.texts import texts_of
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import ADULT, ANKLE_HEIGHT, JOINT_INDEX

FRAMES = {
    "pelvis": "hip",
    "spine1": "ab",
    "spine3": "chest",
    "neck": "neck",
    "head": "head",
} | {
    f"{side}_{ours}": f"{side[0].upper()}{theirs}"
    for side in SIDES
    for ours, theirs in {
        "collar": "Shoulder",
        "shoulder": "UArm",
        "elbow": "FArm",
        "wrist": "Hand",
    }.items()
}
"""Our joints -> their frames."""

HEADER = "x,y,z,q0,q1,q2,q3"
AXES = ("-y", "+x", "+z")
"""Their axes that point forward, left and up in a T-pose."""

_FRAME_RATE = 120.0

_TURNS = ("pelvis", "spine3", "neck", "head", "left_wrist", "right_wrist")
"""Joints whose recorded orientations are used; those of arms are not, as theirs twist freely."""

_KNEES = 0.016
"""By so much standing people's hips are lower than those of the T-pose, metres."""

_HOLDING, _FREE = 0.3, 0.5
"""A wrist so near the middle of the baton may hold it; one so far from it does not, metres."""


@dataclass(frozen=True)
class _Poses:
    """(T, 3) positions and (T, 3, 3) orientations, turned to our axes."""

    places: NDArray[np.float64]
    turns: NDArray[np.float64]


_Person = dict[str, _Poses]


@dataclass(frozen=True)
class Handover:
    """One handover (a `Recording`): its ego is who takes, its partner who gives."""

    name: str
    folder: Path

    source = "kth_handover"
    licence = "MIT"
    content = "take"
    style = ""

    @property
    def split(self) -> Split:
        """By the hash of its name."""
        return split_of(self.name)

    def takes(self) -> tuple[Take]:
        """Both in one world, which is scaled so that their shoulders are as high as an adult's."""
        baton = _read_poses(self.folder / "baton_pose_saved.csv").places
        giver, taker = (
            {
                joint: _read_poses(self.folder / f"{who}_{frame}_pose_saved.csv")
                for joint, frame in FRAMES.items()
            }
            for who in ("giver", "taker")
        )
        lengths = {len(poses.places) for person in (giver, taker) for poses in person.values()}
        if lengths != {len(baton)}:
            raise UserError(f"The files in {self.folder} do not have the same number of rows.")
        times = np.arange(len(baton)) / _FRAME_RATE
        scale = _shoulder_scale(giver, taker)
        ego, partner = (_standing(person, baton, scale, times) for person in (taker, giver))
        return (Take(ego, times, texts_of(self.content), partner),)


def _shoulder_scale(*people: _Person) -> float:
    """Metres of the standard adult per metre of theirs."""
    shoulders = [p[f"{side}_shoulder"].places[:, 2].mean() for p in people for side in SIDES]
    ours = ADULT.pelvis_height + ADULT.rest_joints[JOINT_INDEX["left_shoulder"], 2]
    return float(ours / np.mean(shoulders))


def _standing(
    person: _Person, baton: NDArray[np.float64], scale: float, times: NDArray[np.float64]
) -> Motion:
    """Someone's upper body as recorded, on legs that stand."""
    joints = {name: poses.places * scale for name, poses in person.items() if name != "pelvis"}
    turns = {name: person[name].turns for name in _TURNS}
    pelvis = person["pelvis"]
    hips = pelvis.places * scale
    hips[:, 2] += _rest("left_hip")[2] + ADULT.pelvis_height - _KNEES - hips[:, 2].mean()
    forward = pelvis.turns[:, :, 0].mean(0) * (1.0, 1.0, 0.0)
    heading = np.arctan2(forward[1], forward[0])
    facing = np.asarray(Rotation.from_euler("z", heading).as_matrix(), np.float64)
    for side in SIDES:
        aside = _rest(f"{side}_hip") * (0.0, 1.0, 0.0)
        hip = hips + pelvis.turns @ aside
        ankle = hips.mean(0) * (1.0, 1.0, 0.0) + facing @ aside + [0.0, 0.0, ANKLE_HEIGHT]
        joints[f"{side}_hip"] = hip
        joints[f"{side}_ankle"] = np.broadcast_to(ankle, hip.shape)
        joints[f"{side}_knee"] = (hip + ankle) / 2 + facing @ [0.1, 0.0, 0.0]
        turns[f"{side}_ankle"] = np.broadcast_to(facing, (len(hip), 3, 3))
    away = np.linalg.norm(person["right_wrist"].places - baton, axis=-1)
    holding = np.clip((_FREE - away) / (_FREE - _HOLDING), 0.0, 1.0)
    held = {"right_wrist": holding, "left_wrist": np.zeros(len(times))}
    return motion_from_positions(joints, times, turns, held)


def _rest(name: str) -> NDArray[np.float64]:
    return ADULT.rest_joints[JOINT_INDEX[name]].astype(np.float64)


def _read_poses(path: Path) -> _Poses:
    header, *rows = read_lines(path) or [""]
    if header.strip() != HEADER:
        raise UserError(f"{path} begins with {header.strip()!r} instead of {HEADER!r}.")
    try:
        values = np.array([[float(word) for word in row.split(",")] for row in rows if row.strip()])
    except ValueError as error:
        raise UserError(f"{path} is damaged: {error}; fetch it again.") from None
    if values.ndim != 2 or values.shape[1] != len(HEADER.split(",")):
        raise UserError(f"{path} needs rows of seven numbers, at least one.")
    if not np.isfinite(values).all() or abs(np.linalg.norm(values[:, 3:], axis=1) - 1).max() > 0.01:
        raise UserError(f"{path} holds a pose that is none: its quaternion has not the length 1.")
    turns = Rotation.from_quat(values[:, 3:]).as_matrix() @ axes_matrix(AXES)
    return _Poses(values[:, :3], turns)


def find_kth_handover(folder: Path) -> list[Handover]:
    """Every handover below a folder, named after its own, and after what was composed.

    Raises:
        UserError: there is none.
    """
    found = [path.parent for path in sorted(folder.rglob("taker_hip_pose_saved.csv"))]
    if not found:
        raise UserError(f"{folder} holds no handover: no taker_hip_pose_saved.csv.")
    return [Handover(f"{path.name}_composed_legs", path) for path in found]
