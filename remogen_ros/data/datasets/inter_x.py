"""Inter-X (Xu et al., CVPR 2024): two people, one of whom acts and one of whom reacts.

Raw: `motions/<id>/P1.npz` and `P2.npz` (SMPL-X, axis-angle, y up), `skeletons/<id>/P1.npy` with the
120 Hz markers' skeleton. Processed: `processed_data/motions/{train,val,test}.h5`, (T, 56, 6) at
30 Hz. Both: `texts/<id>.txt` or `texts_processed/<id>.txt`, `splits/{train,val,test}.txt` and
`annots/interaction_order.pkl`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from remogen_ros.data.numpy_files import read_npy, read_npz, read_pickle
from remogen_ros.data.recordings import Recording, Take
from remogen_ros.data.retarget import retarget_together
from remogen_ros.data.smpl import smpl_joint_map, smpl_motion
from remogen_ros.data.splits import SPLITS, Split
from remogen_ros.data.text_files import read_lines
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_COUNT

_FRAME_RATE = 120.0
_PROCESSED_RATE = 30.0
_KNOWN_RATES = (120.0, 60.0, 40.0, 30.0)
"""Of raw motions. The files name no rate; some seem to be at 40 Hz, which their skeletons tell."""

_FIRST_ACTS = 1
"""Value of `interaction_order.pkl` where P1 acts and P2 reacts. (The dataset's README has it the
other way round; its authors corrected that in issue 9.)"""

_WRONGLY_ORDERED = frozenset({"G013T002A005R001", "G056T001A005R001"})
"""Whose labels are wrong: in both, P1 acts."""

_TRANSLATION_ROW = 55

_SHIFTED_APART = 0.1
"""By how much, at most, processing moves two people apart in height, metres: it puts each onto the
lowest joint of its own."""

_Person = tuple[NDArray[np.float64], NDArray[np.float64]]
"""(T, 22, 3) axis-angle and (T, 3) translation."""


@dataclass(frozen=True)
class InterXPair:
    """One interaction (a `Recording`): its ego is who reacts, its partner who acts."""

    name: str
    split: Split
    folder: Path
    first_acts: bool | None

    source = "inter_x"
    licence = "Inter-X licence (research only), annotations CC BY-NC-SA"
    content = ""
    style = ""

    def takes(self) -> tuple[Take]:
        """Both people on one floor, in one world."""
        if self.first_acts is None:
            raise UserError(f"interaction_order.pkl does not say who acts in {self.name}.")
        raw = self.folder / "motions" / self.name
        if raw.is_dir():
            people = [_read_raw(raw / f"{person}.npz") for person in ("P1", "P2")]
        else:
            people = self._read_processed()
        frames = len(people[0][0])
        if len(people[1][0]) != frames:
            raise UserError(
                f"P1 and P2 of {self.name} have {frames} and {len(people[1][0])} frames."
            )
        times = np.arange(frames) / (self._raw_rate(frames) if raw.is_dir() else _PROCESSED_RATE)
        clips = [smpl_motion(pose, translation, times) for pose, translation in people]
        reach = 0.0 if raw.is_dir() else _SHIFTED_APART
        first, second = retarget_together(clips, smpl_joint_map("y"), reach=reach)
        ego, partner = (second, first) if self.first_acts else (first, second)
        return (Take(ego, times, self._texts(), partner),)

    def _raw_rate(self, frames: int) -> float:
        """Of a raw motion of so many frames, by the length of the same recording's skeleton."""
        path = self.folder / "skeletons" / self.name / "P1.npy"
        if not path.is_file():
            return _FRAME_RATE
        skeleton = len(read_npy(path, (None, 64, 3), mapped=True))
        rate = _FRAME_RATE * frames / max(skeleton, 1)
        nearest = min(_KNOWN_RATES, key=lambda known: abs(known - rate))
        if abs(nearest - rate) > 0.05 * nearest:
            raise UserError(
                f"{self.name} has {frames} frames where its 120 Hz skeleton has {skeleton}: its "
                "frame rate is unknown."
            )
        return nearest

    def _read_processed(self) -> list[_Person]:
        path = self.folder / "processed_data" / "motions" / f"{self.split}.h5"
        try:
            with h5py.File(path) as file:
                if self.name not in file:
                    raise UserError(f"{path} does not hold {self.name}, which a split names.")
                both = np.asarray(file[self.name], np.float64)
        except OSError as error:
            raise UserError(f"{path} cannot be read: {error}.") from None
        if both.ndim != 3 or both.shape[1:] != (_TRANSLATION_ROW + 1, 6):
            raise UserError(f"{self.name} in {path} needs the shape (T, 56, 6), not {both.shape}.")
        people = (both[..., :3], both[..., 3:])
        return [(person[:, :JOINT_COUNT], person[:, _TRANSLATION_ROW]) for person in people]

    def _texts(self) -> tuple[str, ...]:
        name = f"{self.name}.txt"
        folders = (self.folder / "texts", self.folder / "texts_processed")
        path = next((f / name for f in folders if (f / name).is_file()), folders[0] / name)
        texts = tuple(line.split("#")[0].strip() for line in read_lines(path))
        if not any(texts):
            raise UserError(f"{path} has no caption.")
        return tuple(text for text in texts if text)


def _read_raw(path: Path) -> _Person:
    arrays = read_npz(path, ("root_orient", "pose_body", "trans"))
    root, body, translation = (np.asarray(a, np.float64) for a in arrays.values())
    frames = len(root)
    if root.shape != (frames, 3) or body.size != frames * 63 or translation.shape != (frames, 3):
        raise UserError(
            f"{path} needs `root_orient` (T, 3), `pose_body` (T, 21, 3) and `trans` (T, 3), not "
            f"{root.shape}, {body.shape} and {translation.shape}."
        )
    pose = np.concatenate((root[:, None], body.reshape(frames, -1, 3)), axis=1)
    return pose, translation


def find_inter_x(folder: Path) -> list[Recording]:
    """Every pair of the three official splits.

    Raises:
        UserError: a file or folder of the layout is missing or damaged.
    """
    if not any((folder / f).is_dir() for f in ("motions", "processed_data/motions")):
        raise UserError(f"{folder} has neither motions/ nor processed_data/motions/ of Inter-X.")
    path = folder / "annots" / "interaction_order.pkl"
    order = read_pickle(path)
    if not isinstance(order, dict):
        raise UserError(f"{path} is not a table of who acts.")
    acts = {name: int(value) == _FIRST_ACTS for name, value in order.items()}
    acts |= dict.fromkeys(_WRONGLY_ORDERED, True)
    return [
        InterXPair(name, split, folder, acts.get(name))
        for split in SPLITS
        for name in filter(None, map(str.strip, read_lines(folder / "splits" / f"{split}.txt")))
    ]
