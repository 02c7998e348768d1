"""HumanML3D (Guo et al., CVPR 2022) on AMASS: its cuts, captions and splits, AMASS' rotations.

The rotations in HumanML3D's own 263 features come from inverse kinematics with known faults in
hips and arms, so they are not used; `humanml3d_features.py` reads those files for evaluation.

On disk: `index.csv` (source_path, start_frame, end_frame, new_name), the splits `train.txt`,
`val.txt`, `test.txt`, and `texts/<id>.txt` with lines `caption#tokens#start#end`; the last two
stand in the folder itself or in its `HumanML3D/`. AMASS stands in `amass_data/`.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from remogen_ros.data.datasets.amass import AmassSequence, find_sequence, read_amass
from remogen_ros.data.recordings import Recording, Take
from remogen_ros.data.retarget import retarget
from remogen_ros.data.smpl import smpl_joint_map, smpl_motion
from remogen_ros.data.splits import SPLITS, Split
from remogen_ros.data.text_files import read_lines
from remogen_ros.errors import UserError

_FRAME_RATE = 20.0
"""In which cuts and captions count. It is nominal: see `_step`."""

_SKIPPED = {
    "Eyes_Japan_Dataset": 3.0,
    "MPI_HDM05": 3.0,
    "TotalCapture": 1.0,
    "MPI_Limits": 1.0,
    "Transitions_mocap": 0.5,
}
"""Nominal seconds at the start of a subset's files that cuts do not count."""

_WITHOUT_ROTATIONS = "humanact12"

_INDEX_COLUMNS = {"source_path", "start_frame", "end_frame", "new_name"}


@dataclass(frozen=True)
class _Cut:
    """Where a clip is in AMASS: a subset's sequence, and nominal frames after the skipped ones."""

    subset: str
    sequence: str
    start: int
    end: int


@dataclass(frozen=True)
class _Caption:
    """One line of a text file; it is of the whole clip where `end` is 0."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class HumanML3DClip:
    """One id of a split (a `Recording`); ids that begin with M are mirrored."""

    name: str
    split: Split
    texts: Path
    amass: Path
    cut: _Cut | None

    source = "humanml3d"
    licence = "HumanML3D: MIT, AMASS: non-commercial research (amass.is.tue.mpg.de)"
    content = ""
    style = ""

    def takes(self) -> tuple[Take, ...]:
        """The whole clip with what is said of it, then each part of which something is said."""
        if self.cut is None:
            raise UserError(f"index.csv has no row of {self.name}, which a split names.")
        captions = _read_captions(self.texts / f"{self.name}.txt")
        sequence = read_amass(self._file(self.cut))
        whole = tuple(c.text for c in captions if not c.end)
        takes = [self._take(sequence, self.cut, 0.0, math.inf, whole)] if whole else []
        for start, end in dict.fromkeys((c.start, c.end) for c in captions if c.end):
            texts = tuple(c.text for c in captions if (c.start, c.end) == (start, end))
            takes.append(self._take(sequence, self.cut, start, end, texts))
        return tuple(takes)

    def _file(self, cut: _Cut) -> Path:
        if cut.subset == _WITHOUT_ROTATIONS:
            raise UserError(f"{self.name} is of HumanAct12, which has joints but no rotations.")
        path = find_sequence(self.amass, cut.subset, cut.sequence)
        if path is None:
            raise UserError(f"{self.amass} has no sequence {cut.subset}/{cut.sequence}.")
        return path

    def _take(
        self, sequence: AmassSequence, cut: _Cut, start: float, end: float, texts: tuple[str, ...]
    ) -> Take:
        """A stretch of the clip, from and to so many nominal seconds."""
        step = _step(sequence.frame_rate)
        skipped = int(_SKIPPED.get(cut.subset, 0.0) * _FRAME_RATE)
        first = cut.start + int(start * _FRAME_RATE)
        last = min(cut.end, cut.start + int(end * _FRAME_RATE)) if math.isfinite(end) else cut.end
        frames = slice((skipped + first) * step, (skipped + last) * step)
        pose, translation = sequence.pose[frames], sequence.translation[frames]
        if len(pose) < 2:
            raise UserError(f"{self.name} has no frames from {start:g} to {end:g} s.")
        times = np.arange(len(pose)) / sequence.frame_rate
        motion = retarget(smpl_motion(pose, translation, times), smpl_joint_map("z"))
        mirrored = motion.mirrored() if self.name.startswith("M") else motion
        part = f"{start:g}-{end:g}" if math.isfinite(end) else ""
        return Take(mirrored, times, texts, part=part)


def _step(frame_rate: float) -> int:
    """Frames of AMASS to one nominal frame: HumanML3D took every int(rate / 20)-th.

    So its clips of 100 Hz are really at 20 Hz, but those of 150 Hz at 21.4 Hz.
    """
    return max(1, int(frame_rate / _FRAME_RATE))


def find_humanml3d(folder: Path, amass: Path | None = None) -> list[Recording]:
    """Every id of the three splits.

    Args:
        folder: of HumanML3D.
        amass: folder of AMASS; `amass_data` in `folder` if left out.

    Raises:
        UserError: a folder or file of the layout is missing or damaged.
    """
    inner = folder / "HumanML3D" if (folder / "HumanML3D").is_dir() else folder
    amass = amass or folder / "amass_data"
    for path, what in ((inner / "texts", "captions"), (amass, "AMASS")):
        if not path.is_dir():
            raise UserError(f"There is no folder {path} with {what}; see docs/data.md.")
    cuts = _read_index(folder / "index.csv")
    return [
        HumanML3DClip(name, split, inner / "texts", amass, cuts.get(name.removeprefix("M")))
        for split in SPLITS
        for name in _read_split(inner / f"{split}.txt")
    ]


def _read_split(path: Path) -> list[str]:
    return [line.strip() for line in read_lines(path) if line.strip()]


def _read_index(path: Path) -> dict[str, _Cut]:
    rows = csv.DictReader(read_lines(path))
    if missing := sorted(_INDEX_COLUMNS - set(rows.fieldnames or ())):
        raise UserError(f"{path} has no column {missing[0]!r}.")
    cuts = {}
    for number, row in enumerate(rows, start=2):
        try:
            # Such as ./pose_data/KIT/3/kick_high_left02_poses.npy
            _, subset, *rest = PurePosixPath(row["source_path"]).with_suffix("").parts
            sequence = "/".join(rest).removesuffix("_poses")
            start, end = int(row["start_frame"]), int(row["end_frame"])
        except (TypeError, ValueError):
            raise UserError(f"Line {number} of {path} is not a cut: {row}.") from None
        cuts[row["new_name"].removesuffix(".npy")] = _Cut(subset, sequence, start, end)
    return cuts


def _read_captions(path: Path) -> list[_Caption]:
    captions = list(_captions(path))
    if not captions:
        raise UserError(f"{path} has no caption.")
    return captions


def _captions(path: Path) -> Iterator[_Caption]:
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            text, _, start, end = line.strip().split("#")
            span = float(start), float(end)
        except ValueError:
            raise UserError(f"Line {number} of {path} is not `caption#tokens#start#end`.") from None
        start_s, end_s = (0.0 if math.isnan(seconds) else seconds for seconds in span)
        if text.strip():
            yield _Caption(text.strip(), start_s, end_s)
