"""EgoBody (Zhang et al., ECCV 2022): two people who interact in a scanned room.

    data_info_release.csv                       recordings, their scenes, frames and people
    data_splits.csv                             official splits, a column each
    calibrations/<recording>/cal_trans/kinect12_to_world/<scene>.json
    scene_mesh/<scene>/<scene>.obj
    smplx_{interactee,camera_wearer}_{train,val,test}/<recording>/body_idx_<i>/results/
        frame_00042/000.pkl                     SMPL-X, in the frame of the master Kinect, 30 Hz

The ego is who wears the head-mounted camera: it perceives, as we do, the other, the interactee.
Frames in which either is missing are bridged by time where the gap is short, and part stretches
where it is long. There are no texts. The mean body stands for everybody's shape, so that feet may
be off the scan's floor by some centimetres, which is corrected.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.data.clips import SHORTEST_CLIP
from remogen_ros.data.datasets.egobody_rooms import Room, read_calibration, read_room
from remogen_ros.data.numpy_files import read_pickle
from remogen_ros.data.recordings import Take
from remogen_ros.data.retarget import retarget_together
from remogen_ros.data.scenes import Scene
from remogen_ros.data.smpl import SMPLX_REST_JOINTS, smpl_joint_map, smpl_motion
from remogen_ros.data.source_motion import SourceMotion
from remogen_ros.data.splits import SPLITS, Split
from remogen_ros.data.text_files import read_lines
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.skeleton import FOOT_JOINTS, JOINT_COUNT

_SOURCE = "egobody"
_LICENCE = "EgoBody licence (research only, egobody.inf.ethz.ch)"
_TEXTS = ("a person interacts with another person", "two people interact in a room")

_FRAME_RATE = 30.0
_LONGEST_GAP = 0.3
"""What is missing for longer is not made up, seconds."""

_SHORTEST = (SHORTEST_CLIP - 1) / FRAME_RATE
_SHAPES = 0.1
"""By how much the shapes of bodies, which are not known here, put feet off the floor, metres."""

_FARTHEST_FROM_FLOOR = 0.5
"""If nobody's feet come as near to the floor as this, metres, the calibration is wrong."""

_COLUMNS = ("recording_name", "scene_name", "start_frame", "end_frame", "body_idx_fpv")
_PARAMETERS = {"global_orient": 3, "body_pose": 63, "transl": 3}


@dataclass(frozen=True)
class _Row:
    """A recording as `data_info_release.csv` has it; its last frame is included."""

    scene: str
    first: int
    last: int
    interactee: int


@dataclass(frozen=True)
class EgoBodyRecording:
    """One recording (a `Recording`).

    Attributes:
        name: such as "recording_20210907_S02_S01_01".
        split: official.
        folder: of the dataset.
        row: None where a split names a recording of which nothing else is known.
        upright: (4, 4) from the scan's frame to the room's, z up and floor at z = 0.
    """

    name: str
    split: Split
    folder: Path
    row: _Row | None
    upright: NDArray[np.float64]

    source = _SOURCE
    licence = _LICENCE
    content = ""
    style = ""

    def takes(self) -> tuple[Take, ...]:
        """See `Recording`: a stretch for each run of frames without long gaps."""
        if self.row is None:
            raise UserError(
                f"data_info_release.csv has no row of {self.name}, which a split names."
            )
        calibration = read_calibration(_calibration(self.folder, self.name, self.row.scene))
        wearer = self._results("camera_wearer", 1 - self.row.interactee)
        interactee = self._results("interactee", self.row.interactee)
        frames = np.array(
            [
                frame
                for frame in range(self.row.first, self.row.last + 1)
                if _file(wearer, frame).is_file() and _file(interactee, frame).is_file()
            ]
        )
        if len(frames) < 2:
            raise UserError(f"{self.name} has no frames in which both people are there.")
        to_room = self.upright @ calibration
        people = [_read_person(results, frames, to_room) for results in (wearer, interactee)]
        standing = retarget_together(people, smpl_joint_map("z"), floor=0.0, reach=_SHAPES)
        self._check_floor(standing)
        ego, partner = standing
        stretches = list(_stretches(frames))
        if not stretches:
            raise UserError(f"{self.name} has no {_SHORTEST:g} s without a gap.")
        return tuple(
            Take(
                ego.frames(rows.start, rows.stop),
                (frames[rows] - frames[rows][0]) / _FRAME_RATE,
                _TEXTS,
                partner.frames(rows.start, rows.stop),
                part=f"{frames[rows][0]}-{frames[rows][-1]}" if len(stretches) > 1 else "",
                scene=self.row.scene,
            )
            for rows in stretches
        )

    def _results(self, role: str, body: int) -> Path:
        folder = self.folder / f"smplx_{role}_{self.split}" / self.name / f"body_idx_{body}"
        if not (folder / "results").is_dir():
            raise UserError(f"There is no folder {folder / 'results'}.")
        return folder / "results"

    def _check_floor(self, people: Sequence[Motion]) -> None:
        lowest = min(float(p.joints()[:, list(FOOT_JOINTS), 2].min()) for p in people)
        if abs(lowest) > _FARTHEST_FROM_FLOOR:
            raise UserError(
                f"The feet in {self.name} are {lowest:.1f} m above the floor of its scan: scan "
                "and calibration do not belong together."
            )


def find_egobody(folder: Path) -> list[EgoBodyRecording]:
    """Every recording of the three official splits.

    Raises:
        UserError: a file of the layout is missing or damaged.
    """
    rows = _read_rows(folder / "data_info_release.csv")
    rooms = _rooms(folder)
    found = []
    for name, split in _read_splits(folder / "data_splits.csv").items():
        room = rooms.get(rows[name].scene) if name in rows else None
        upright = np.eye(4) if room is None else room.upright
        found.append(EgoBodyRecording(name, split, folder, rows.get(name), upright))
    return found


def egobody_scenes(folder: Path) -> list[Scene]:
    """The rooms of all recordings.

    Raises:
        UserError: a scan cannot be read, or has no floor.
    """
    return [room.scene(_SOURCE, _LICENCE) for room in _rooms(folder).values()]


@cache
def _rooms(folder: Path) -> Mapping[str, Room]:
    """By name, those in which a recording of which there is a calibration plays."""
    cameras = defaultdict(list)
    for name, row in _read_rows(folder / "data_info_release.csv").items():
        path = _calibration(folder, name, row.scene)
        if path.is_file():
            cameras[row.scene].append(read_calibration(path))
    meshes = folder / "scene_mesh"
    return {s: read_room(meshes / s / f"{s}.obj", cameras[s]) for s in sorted(cameras)}


def _calibration(folder: Path, recording: str, scene: str) -> Path:
    """The authors' code has a folder more in its paths than their documentation."""
    calibrations = folder / "calibrations" / recording
    name = Path("kinect12_to_world") / f"{scene}.json"
    documented = calibrations / name
    return documented if documented.is_file() else calibrations / "cal_trans" / name


def _file(results: Path, frame: int) -> Path:
    return results / f"frame_{frame:05d}" / "000.pkl"


def _read_person(
    results: Path, frames: NDArray[np.int64], to_room: NDArray[np.float64]
) -> SourceMotion:
    """In the room's frame. SMPL-X turns about its pelvis, which is not at its origin."""
    rows = [_read_parameters(_file(results, frame)) for frame in frames.tolist()]
    orient, body, translation = (np.stack(column) for column in zip(*rows, strict=True))
    turn, shift = to_room[:3, :3], to_room[:3, 3]
    turned = Rotation.from_matrix(turn) * Rotation.from_rotvec(orient)
    pelvis = (translation + SMPLX_REST_JOINTS[0]) @ turn.T + shift
    pose = np.concatenate((turned.as_rotvec(), body), axis=1).reshape(-1, JOINT_COUNT, 3)
    times = (frames - frames[0]) / _FRAME_RATE
    return smpl_motion(pose, pelvis - SMPLX_REST_JOINTS[0], times, SMPLX_REST_JOINTS)


def _read_parameters(path: Path) -> list[NDArray[np.float64]]:
    """Orientation (3,), body pose (63,) and translation (3,) of one frame."""
    values = read_pickle(path)
    if not isinstance(values, dict) or (missing := sorted(set(_PARAMETERS) - set(values))):
        what = "no table of parameters" if not isinstance(values, dict) else f"no {missing[0]!r}"
        raise UserError(f"{path} holds {what}.")
    parameters = []
    for name, size in _PARAMETERS.items():
        array = np.asarray(values[name])
        if array.size != size or array.dtype.kind != "f":
            raise UserError(f"`{name}` in {path} needs {size} numbers, not {array.shape}.")
        parameters.append(array.astype(np.float64).ravel())
    return parameters


def _stretches(frames: NDArray[np.int64]) -> Iterator[slice]:
    """Runs without long gaps that are long enough for a clip."""
    breaks = np.flatnonzero(np.diff(frames) / _FRAME_RATE > _LONGEST_GAP) + 1
    for start, end in zip([0, *breaks], [*breaks, len(frames)], strict=True):
        if (frames[end - 1] - frames[start]) / _FRAME_RATE >= _SHORTEST:
            yield slice(int(start), int(end))


def _read_splits(path: Path) -> dict[str, Split]:
    """Recordings -> splits; columns are of different lengths, so some cells are empty."""
    rows = csv.DictReader(read_lines(path))
    if missing := sorted(set(SPLITS) - set(rows.fieldnames or ())):
        raise UserError(f"{path} has no column {missing[0]!r}.")
    cells = [(row[split] or "", split) for row in rows for split in SPLITS]
    named: dict[str, Split] = {name.strip(): split for name, split in cells if name.strip()}
    return {name: split for split in SPLITS for name in named if named[name] == split}


def _read_rows(path: Path) -> dict[str, _Row]:
    rows = csv.DictReader(read_lines(path))
    if missing := sorted(set(_COLUMNS) - set(rows.fieldnames or ())):
        raise UserError(f"{path} has no column {missing[0]!r}.")
    found = {}
    for number, row in enumerate(rows, start=2):
        try:
            # "0 female" is of the person in body_idx_0.
            interactee = ("0", "1").index(row["body_idx_fpv"].split()[0])
            first, last = int(row["start_frame"]), int(row["end_frame"])
        except (AttributeError, IndexError, TypeError, ValueError):
            raise UserError(f"Line {number} of {path} is not a recording: {row}.") from None
        found[row["recording_name"]] = _Row(row["scene_name"], first, last, interactee)
    return found
