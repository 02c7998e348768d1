"""Anybody's own BVH files: a folder of them, and a joint map in YAML for their skeleton.

Beside `<name>.bvh` (or `.bvh.xz`), `<name>.txt` can hold captions, one a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from remogen_ros.data.bvh import read_bvh
from remogen_ros.data.joint_maps import JointMap
from remogen_ros.data.recordings import Take
from remogen_ros.data.retarget import retarget
from remogen_ros.data.source_motion import SourceMotion
from remogen_ros.data.splits import Split, split_of
from remogen_ros.data.text_files import read_lines
from remogen_ros.data.texts import UNLABELLED, texts_of
from remogen_ros.errors import UserError

_ENDS = (".bvh", ".bvh.xz")


@dataclass(frozen=True)
class BvhFile:
    """One file (a `Recording`)."""

    path: Path
    name: str
    joint_map: JointMap
    licence: str

    source = "bvh"
    content = UNLABELLED
    style = ""

    @property
    def split(self) -> Split:
        """By the hash of its name."""
        return split_of(self.name)

    def takes(self) -> tuple[Take]:
        """See `Recording`."""
        clip, joint_map = self.original()
        return (Take(retarget(clip, joint_map), clip.times, self._texts()),)

    def original(self) -> tuple[SourceMotion, JointMap]:
        """The motion on the skeleton that it was recorded with, and how that one maps to ours.

        Raises:
            UserError: the file cannot be read.
        """
        return read_bvh(self.path), self.joint_map

    def _texts(self) -> tuple[str, ...]:
        beside = self.path.with_name(f"{self.path.name.split('.bvh')[0]}.txt")
        if not beside.is_file():
            return texts_of(self.content)
        texts = tuple(line.strip() for line in read_lines(beside) if line.strip())
        if not texts:
            raise UserError(f"{beside} has no caption.")
        return texts


def find_bvh(folder: Path, joint_map: JointMap, licence: str) -> list[BvhFile]:
    """Every BVH file below a folder; named by its path in it, without the ending.

    Raises:
        UserError: there is none.
    """
    files = sorted(path for end in _ENDS for path in folder.rglob(f"*{end}"))
    if not files:
        raise UserError(f"{folder} holds no .bvh or .bvh.xz file.")
    names = [str(path.relative_to(folder)).split(".bvh")[0] for path in files]
    return [
        BvhFile(path, name, joint_map, licence) for path, name in zip(files, names, strict=True)
    ]
