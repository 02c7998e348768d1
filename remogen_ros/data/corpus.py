"""A prepared corpus on disk: a folder of `motion.safetensors` and `index.json`.

The tensors hold every clip one after the other at 10 Hz: root positions (N, 3) float32, and
parent-relative rotations (N, 22, 6) in the 6D form as int16 of 1/32767 (0.02 mm at the wrist, half
the size of float32). A duet corpus holds the partner's beside the ego's, frame by frame. The index
names every clip and every text. A corpus is written beside its place and then moved there, so that
an interrupted run leaves no half of one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from remogen_ros.data.splits import Split
from remogen_ros.data.texts import mirrored_text
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.rotations import matrix_from_6d, matrix_to_6d
from remogen_ros.motion.skeleton import JOINT_COUNT

VERSION = 1
_SIX_D_SCALE = 32767.0
_INDEX = "index.json"
_MOTION = "motion.safetensors"


class Record(BaseModel):
    """One clip of a corpus.

    Attributes:
        name, source, licence, content, style, split, phase: as in `Clip`; content and style of a
            duet are those of the ego's clip.
        start, count: its frames in the corpus.
        texts: indices into the corpus' texts; what the ego does, for a duet.
        ego, partner: names of the two clips of a duet, empty for who just stands.
        rule: the social rule of a duet.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    source: str
    licence: str
    content: str
    style: str
    split: Split
    phase: int
    start: int = 0
    count: int
    texts: tuple[int, ...] = ()
    ego: str = ""
    partner: str = ""
    rule: str = ""


class Index(BaseModel):
    """What `index.json` holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["remogen-corpus"] = "remogen-corpus"
    version: int = VERSION
    kind: Literal["single", "duet"]
    frame_rate: float = FRAME_RATE
    frames: int
    texts: tuple[str, ...]
    clips: tuple[Record, ...]


@dataclass(frozen=True)
class Track:
    """The packed motion of one person through a whole corpus.

    Attributes:
        root_positions: (N, 3) float32, metres.
        rotations: (N, 22, 6) int16, the 6D form in units of 1/32767.
    """

    root_positions: Tensor
    rotations: Tensor

    def motion(self, frames: Tensor | slice) -> Motion:
        """The poses at some frames, (..., T) indices or a slice, in float32."""
        six = self.rotations[frames].float() / _SIX_D_SCALE
        return Motion(self.root_positions[frames], matrix_from_6d(six))

    def to(self, device: torch.device | str) -> Track:
        """The same track on another device."""
        return Track(self.root_positions.to(device), self.rotations.to(device))


@dataclass(frozen=True)
class PackedMotion:
    """A motion as it is stored; NumPy arrays, which travel cheaply between processes."""

    root_positions: NDArray[np.float32]
    rotations: NDArray[np.int16]

    @staticmethod
    def of(motion: Motion) -> PackedMotion:
        """Pack (T,) frames."""
        six = torch.round(matrix_to_6d(motion.rotations.double()) * _SIX_D_SCALE)
        return PackedMotion(
            motion.root_positions.float().numpy(), six.clamp(-32767, 32767).to(torch.int16).numpy()
        )

    def __len__(self) -> int:
        return len(self.root_positions)


@dataclass(frozen=True)
class Corpus:
    """An opened corpus.

    Attributes:
        index: what it holds.
        ego: every clip's motion; the reacting person's, for a duet.
        partner: the other person's, frame by frame, in a duet.
    """

    index: Index
    ego: Track
    partner: Track | None = None

    @property
    def clips(self) -> tuple[Record, ...]:
        """Every clip."""
        return self.index.clips

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text, as counted by the clips' text indices."""
        return self.index.texts

    def select(self, split: Split | None = None, content: str | None = None) -> list[Record]:
        """The clips of a split, of a content label, or of both."""
        return [
            clip
            for clip in self.clips
            if split in (None, clip.split) and content in (None, clip.content)
        ]

    def motion_of(self, clip: Record) -> Motion:
        """(T,) frames of one clip; the ego's, for a duet."""
        return self.ego.motion(slice(clip.start, clip.start + clip.count))

    def partner_of(self, clip: Record) -> Motion:
        """(T,) frames of the partner of one duet."""
        if self.partner is None:
            raise ValueError("a single-person corpus has no partners")
        return self.partner.motion(slice(clip.start, clip.start + clip.count))


def open_corpus(path: Path) -> Corpus:
    """Open and verify a prepared corpus.

    Raises:
        UserError: it is missing, of another version, truncated, or does not fit its index.
    """
    again = "prepare it again with `./remogen data prepare`"
    try:
        raw = json.loads((path / _INDEX).read_text("utf-8"))
        version = raw.get("version") if isinstance(raw, dict) else None
        if version != VERSION:
            raise UserError(f"The corpus {path} is of version {version}, not {VERSION}; {again}.")
        index = Index.model_validate(raw)
        tensors = load_file(path / _MOTION)
    except FileNotFoundError as error:
        raise UserError(
            f"There is no corpus in {path}: {error.filename} is missing; {again}."
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path / _INDEX} is damaged ({reason}); {again}.") from None
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path / _MOTION} is damaged or truncated ({error}); {again}.") from None
    names = ("",) if index.kind == "single" else ("", "partner_")
    tracks = [_track(tensors, prefix, index.frames, path) for prefix in names]
    if any(clip.start < 0 or clip.start + clip.count > index.frames for clip in index.clips):
        raise UserError(f"The index of the corpus {path} names frames that are not there; {again}.")
    return Corpus(index, *tracks)


def _track(tensors: dict[str, Tensor], prefix: str, frames: int, path: Path) -> Track:
    roots = tensors.get(f"{prefix}root_positions")
    rotations = tensors.get(f"{prefix}rotations")
    if (
        roots is None
        or rotations is None
        or roots.shape != (frames, 3)
        or rotations.shape != (frames, JOINT_COUNT, 6)
        or rotations.dtype != torch.int16
    ):
        raise UserError(
            f"{path / _MOTION} does not hold the {frames} frames that its index names; prepare it "
            "again with `./remogen data prepare`."
        )
    return Track(roots, rotations)


@dataclass(frozen=True)
class Entry:
    """One clip on its way into a corpus.

    Attributes:
        record: what the index will say; its start and texts are filled in when it is written.
        texts: what the ego does, in words.
        ego: its motion.
        partner: the other person's, for a duet.
    """

    record: Record
    texts: tuple[str, ...]
    ego: PackedMotion
    partner: PackedMotion | None = None


def write_corpus(path: Path, kind: Literal["single", "duet"], entries: Sequence[Entry]) -> None:
    """Write a corpus, replacing one that was there.

    Every text is listed with its left/right mirrored form, which augmentation needs.

    Raises:
        UserError: the place cannot be written to, or holds something else.
    """
    ids: dict[str, int] = {}
    records: list[Record] = []
    frames = 0
    for entry in entries:
        for text in entry.texts:
            ids.setdefault(text, len(ids))
            ids.setdefault(mirrored_text(text), len(ids))
        texts = tuple(ids[text] for text in entry.texts)
        records.append(entry.record.model_copy(update={"start": frames, "texts": texts}))
        frames += len(entry.ego)
    index = Index(kind=kind, frames=frames, texts=tuple(ids), clips=tuple(records))
    tensors = _joined("", [entry.ego for entry in entries])
    if kind == "duet":
        tensors |= _joined("partner_", [e.partner for e in entries if e.partner is not None])
    if path.exists() and not (path / _INDEX).is_file():
        raise UserError(f"{path} exists and is not a corpus; name another folder.")
    fresh = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        fresh.mkdir(parents=True)
        (fresh / _MOTION).write_bytes(save(tensors))
        (fresh / _INDEX).write_text(index.model_dump_json(indent=1), "utf-8")
        shutil.rmtree(path, ignore_errors=True)
        fresh.rename(path)
    except OSError as error:
        raise UserError(f"The corpus cannot be written to {path}: {error.strerror}.") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _joined(prefix: str, motions: list[PackedMotion]) -> dict[str, Tensor]:
    roots = np.concatenate([motion.root_positions for motion in motions])
    rotations = np.concatenate([motion.rotations for motion in motions])
    return {
        f"{prefix}root_positions": torch.from_numpy(roots),
        f"{prefix}rotations": torch.from_numpy(rotations),
    }
