"""Finding the recordings of the known datasets in a folder, packed or unpacked."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from remogen_ros.data.bvh import read_bvh
from remogen_ros.data.deepmimic import read_deepmimic
from remogen_ros.data.joint_maps import JointMap, load_joint_map
from remogen_ros.data.recordings import Take
from remogen_ros.data.retarget import retarget
from remogen_ros.data.source_motion import SourceMotion
from remogen_ros.data.splits import Split, stratified_splits
from remogen_ros.data.texts import UNLABELLED, texts_of
from remogen_ros.errors import UserError

_BANDAI_NAMCO = re.compile(r"dataset-\d+_(?P<content>[^_]+)_(?P<style>[^_]+)_\d+\.bvh(\.xz)?$")
_DEEPMIMIC = re.compile(r"humanoid3d_(?P<content>.+)\.txt$")
_ARCHIVES = ("*.tar.xz", "*.tar.gz", "*.tar")
_CMU_CONTENTS = {"01_01": "playground", "01_03": "playground", "Boxing_Toes": "boxing"}


Original = tuple[SourceMotion, JointMap]
"""A motion on its own skeleton, and how that one maps to ours."""


@dataclass(frozen=True)
class Source:
    """A dataset: its licence, and how one of its files is read."""

    licence: str
    read: Callable[[Path], Original]


@dataclass(frozen=True)
class MotionFile:
    """One file of a dataset with its labels (a `Recording`).

    Attributes:
        source: name of the dataset.
        path: of the file.
        content, style: labels of what is done, and how.
        split: stratified by content, as these datasets have no official splits; "train" until all
            files of the dataset are known.
    """

    source: str
    path: Path
    content: str
    style: str = ""
    split: Split = "train"

    @property
    def name(self) -> str:
        """Unique within the source, the same however the file was packed."""
        return self.path.name.removesuffix(".xz").rsplit(".", 1)[0]

    @property
    def licence(self) -> str:
        """That of its dataset."""
        return SOURCES[self.source].licence

    def original(self) -> Original:
        """The motion on the skeleton that it was recorded with, and how that one maps to ours.

        Raises:
            UserError: the file cannot be read, or has another skeleton.
        """
        return SOURCES[self.source].read(self.path)

    def takes(self) -> tuple[Take]:
        """See `Recording`."""
        clip, joint_map = self.original()
        return (Take(retarget(clip, joint_map), clip.times, texts_of(self.content, self.style)),)


def _read_bandai_namco(path: Path) -> Original:
    return read_bvh(path), load_joint_map("bandai_namco")


def _read_cmu(path: Path) -> Original:
    clip = read_bvh(path)
    if load_joint_map("cmu").source_joints <= set(clip.names):
        # These files begin with one frame of the T-pose.
        return clip.without_first(1), load_joint_map("cmu")
    if load_joint_map("cmu_boxing").source_joints <= set(clip.names):
        return clip, load_joint_map("cmu_boxing")
    raise UserError(f"{path} has joint names of no known skeleton.")


def _read_deepmimic(path: Path) -> Original:
    return read_deepmimic(path), load_joint_map("deepmimic")


SOURCES: dict[str, Source] = {
    "bandai_namco": Source("CC BY-NC 4.0", _read_bandai_namco),
    "cmu": Source("free for research and commercial use (mocap.cs.cmu.edu)", _read_cmu),
    "deepmimic": Source("MIT", _read_deepmimic),
}


def find_recordings(*folders: Path) -> list[MotionFile]:
    """Every recording of a known dataset below some folders, in the order of names.

    One that is there several times, such as packed and unpacked, counts once. Each has its split,
    which takes its whole dataset: look for all folders in one call.

    Raises:
        UserError: there is no such folder.
    """
    found: dict[tuple[str, str], MotionFile] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"There is no folder {folder} to prepare data from.")
        for path in sorted(folder.rglob("*")):
            if recording := _recognise(path):
                found.setdefault((recording.source, recording.name), recording)
    splits = {
        source: stratified_splits({r.name: r.content for r in found.values() if r.source == source})
        for source in SOURCES
    }
    return [replace(found[key], split=splits[key[0]][key[1]]) for key in sorted(found)]


def unpack_archives(folder: Path, target: Path) -> int:
    """Unpack the recordings in the tar archives below a folder; returns how many archives had any.

    Raises:
        UserError: an archive is damaged.
    """
    opened = 0
    for path in sorted({p for pattern in _ARCHIVES for p in folder.rglob(pattern)}):
        try:
            with tarfile.open(path) as archive:
                opened += _unpack(archive, target / path.name)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise UserError(f"{path} is damaged: {error}; fetch it again.") from None
    return opened


def _unpack(archive: tarfile.TarFile, target: Path) -> bool:
    members: Iterable[tarfile.TarInfo] = (
        m for m in archive if m.isfile() and _recognise(Path(m.name), seen=True)
    )
    found = False
    for member in members:
        archive.extract(member, target, filter="data")
        found = True
    return found


def _recognise(path: Path, seen: bool = False) -> MotionFile | None:
    if match := _BANDAI_NAMCO.search(path.name):
        return MotionFile("bandai_namco", path, match["content"], match["style"])
    if match := _DEEPMIMIC.search(path.name):
        return MotionFile("deepmimic", path, _deepmimic_content(match["content"]))
    if path.name.endswith((".bvh", ".bvh.xz")) and (seen or path.is_file()):
        name = path.name.split(".")[0]
        return MotionFile("cmu", path, _CMU_CONTENTS.get(name, UNLABELLED))
    return None


def _deepmimic_content(name: str) -> str:
    """The label in a file's name: dance_a -> dance, long_walk1 -> walk."""
    name = name.removeprefix("long_").rstrip("0123456789")
    if "zombie" in name:
        return "zombie-walk"
    if "stealthy" in name:
        return "stealthy-walk"
    return name.split("_")[0]
