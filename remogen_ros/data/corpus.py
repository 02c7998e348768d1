"""A prepared corpus on disk: a folder of `motion.safetensors`, `scenes.safetensors`, `index.json`.

The motion holds every clip one after the other at 10 Hz: root positions (N, 3) float32, and
parent-relative rotations (N, 22, 6) as int16 of 1/32767. A corpus of pairs holds the partner's
beside the ego's, frame by frame. The scenes are the rooms in which clips play, if any: occupied
cells of 0.1 m. The index names every clip, every text and every scene. A corpus is written beside
its place and then moved there, so that an interrupted run leaves no half of one. The arrays are
mapped from the disk: opening costs no memory until they are read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from remogen_ros.cues.occupancy import OccupancyGrid
from remogen_ros.data.packed_motion import Track
from remogen_ros.data.scenes import Goal, Scene
from remogen_ros.data.splits import Split
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.skeleton import JOINT_COUNT

VERSION = 1
INDEX = "index.json"
MOTION = "motion.safetensors"
SCENES = "scenes.safetensors"

OF_ITS_SOURCE = "as the single corpus"
"""Licence of a clip that is composed of none."""

_AND = "; "


def licences_in(*told: str) -> set[str]:
    """The licences that were told together."""
    return {licence for one in told for licence in one.split(_AND) if licence}


def together(licences: Iterable[str]) -> str:
    """Several licences, all of which hold, as one text."""
    return _AND.join(sorted(licences))


class Record(BaseModel):
    """One clip of a corpus.

    Attributes:
        name, source, licence, content, style, split, phase: as in `Clip`; content and style of a
            duet are those of the ego's clip.
        start, count: its frames in the corpus.
        texts: indices into the corpus' texts; what the ego does, for a duet.
        ego, partner: names of the two clips of a duet, empty for who just stands.
        rule: the social rule of a duet.
        scene: name of the room; empty where nothing is known of it.
        goals: what the ego is after in it.
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
    scene: str = ""
    goals: tuple[Goal, ...] = ()


class SceneRecord(BaseModel):
    """One room of a corpus.

    Attributes:
        name, source, licence: as in `Scene`.
        corner: (3,) metres.
        outside: state of what its cells do not cover.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    source: str
    licence: str
    corner: tuple[float, float, float]
    outside: int

    @staticmethod
    def of(scene: Scene) -> SceneRecord:
        """Everything but the cells."""
        x, y, z = scene.grid.corner.tolist()
        return SceneRecord(
            name=scene.name,
            source=scene.source,
            licence=scene.licence,
            corner=(x, y, z),
            outside=scene.grid.outside,
        )

    def scene(self, cells: Tensor) -> Scene:
        """The room, with its cells again."""
        grid = OccupancyGrid(cells, torch.tensor(self.corner), self.outside)
        return Scene(self.name, self.source, self.licence, grid)


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
    scenes: tuple[SceneRecord, ...] = ()


@dataclass(frozen=True)
class Corpus:
    """An opened corpus.

    Attributes:
        index: what it holds.
        ego: every clip's motion; the reacting person's, for a duet.
        partner: the other person's, frame by frame, in a duet.
        scenes: the rooms, by name.
    """

    index: Index
    ego: Track
    partner: Track | None
    scenes: Mapping[str, Scene]

    @property
    def clips(self) -> tuple[Record, ...]:
        """Every clip."""
        return self.index.clips

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text, as counted by the clips' text indices."""
        return self.index.texts

    @property
    def licences(self) -> frozenset[str]:
        """Under which its motion and its rooms may be used, and what is trained on them."""
        told = [*(clip.licence for clip in self.clips), *(s.licence for s in self.scenes.values())]
        return frozenset(licences_in(*told)) - {OF_ITS_SOURCE}

    def select(self, split: Split | None = None, content: str | None = None) -> list[Record]:
        """The clips of a split, of a content label, or of both."""
        return [
            clip
            for clip in self.clips
            if split in (None, clip.split) and content in (None, clip.content)
        ]

    def of_styles(self, styles: Collection[str], others: bool = False) -> Corpus:
        """The same corpus with its clips in some styles alone.

        Args:
            styles: as the clips are labelled.
            others: True for all its other clips instead.

        Raises:
            UserError: no clip is in one of them.
        """
        known = {clip.style for clip in self.clips if clip.style}
        if unknown := sorted(set(styles) - known):
            raise UserError(
                f"No clip is in the style {unknown[0]!r}: choose from {', '.join(sorted(known))}."
            )
        clips = tuple(clip for clip in self.clips if (clip.style in styles) != others)
        return replace(self, index=self.index.model_copy(update={"clips": clips}))

    def motion_of(self, clip: Record) -> Motion:
        """(T,) frames of one clip; the ego's, for a duet."""
        return self.ego.motion(slice(clip.start, clip.start + clip.count))

    def partner_of(self, clip: Record) -> Motion:
        """(T,) frames of the partner of one duet."""
        if self.partner is None:
            raise ValueError("a single-person corpus has no partners")
        return self.partner.motion(slice(clip.start, clip.start + clip.count))

    def scene_of(self, clip: Record) -> Scene | None:
        """The room in which a clip plays."""
        return self.scenes.get(clip.scene)


def open_corpus(path: Path) -> Corpus:
    """Open and verify a prepared corpus.

    Raises:
        UserError: it is missing, of another version, truncated, or does not fit its index.
    """
    again = "prepare it again with `./remogen data prepare`"
    try:
        raw = json.loads((path / INDEX).read_text("utf-8"))
        version = raw.get("version") if isinstance(raw, dict) else None
        if version != VERSION:
            raise UserError(f"The corpus {path} is of version {version}, not {VERSION}; {again}.")
        index = Index.model_validate(raw)
        tensors = load_file(path / MOTION)
    except FileNotFoundError as error:
        raise UserError(
            f"There is no corpus in {path}: {error.filename} is missing; {again}."
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path / INDEX} is damaged ({reason}); {again}.") from None
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path / MOTION} is damaged or truncated ({error}); {again}.") from None
    if any(clip.start < 0 or clip.start + clip.count > index.frames for clip in index.clips):
        raise UserError(f"The index of the corpus {path} names frames that are not there; {again}.")
    ego = _track(tensors, "", index.frames, path)
    partner = _track(tensors, "partner_", index.frames, path) if index.kind == "duet" else None
    return Corpus(index, ego, partner, _scenes(index, path))


def _scenes(index: Index, path: Path) -> dict[str, Scene]:
    again = "prepare the corpus again with `./remogen data prepare`"
    try:
        cells = load_file(path / SCENES) if index.scenes else {}
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path / SCENES} is missing or damaged ({error}); {again}.") from None
    scenes = {}
    for record in index.scenes:
        grid = cells.get(record.name)
        if grid is None or grid.ndim != 3 or grid.dtype != torch.uint8:
            raise UserError(f"{path / SCENES} does not hold the scene {record.name!r}; {again}.")
        scenes[record.name] = record.scene(grid)
    if unknown := {clip.scene for clip in index.clips if clip.scene} - set(scenes):
        raise UserError(f"The corpus {path} has no scene {min(unknown)!r}; {again}.")
    return scenes


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
            f"{path / MOTION} does not hold the {frames} frames that its index names; prepare it "
            "again with `./remogen data prepare`."
        )
    return Track(roots, rotations)
