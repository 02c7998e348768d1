"""Writing a corpus: beside its place first, so that an interrupted run leaves no half of one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from remogen_ros.data.corpus import INDEX, MOTION, SCENES, Index, Record, SceneRecord
from remogen_ros.data.packed_motion import PackedMotion
from remogen_ros.data.scenes import Scene
from remogen_ros.data.texts import mirrored_text
from remogen_ros.errors import UserError

_READABLE = 0o644


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


def write_corpus(
    path: Path,
    kind: Literal["single", "duet"],
    entries: Sequence[Entry],
    scenes: Sequence[Scene] = (),
) -> None:
    """Write a corpus, replacing one that was there.

    Every text is listed with its left/right mirrored form, which augmentation needs. Of the scenes
    those are written in which a clip plays.

    Raises:
        UserError: the place cannot be written to, is full, or holds something else.
    """
    refuse_what_is_no_corpus(path)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.partial")
    used = {entry.record.scene for entry in entries}
    scenes = [scene for scene in scenes if scene.name in used]
    tensors = _joined("", [entry.ego for entry in entries])
    if kind == "duet":
        tensors |= _joined("partner_", [e.partner for e in entries if e.partner is not None])
    try:
        fresh.mkdir(parents=True)
        save_file(tensors, fresh / MOTION)
        if scenes:
            save_file({scene.name: scene.grid.cells for scene in scenes}, fresh / SCENES)
        index = _index(kind, entries, scenes)
        (fresh / INDEX).write_text(index.model_dump_json(indent=1), "utf-8")
        for file in fresh.iterdir():
            # safetensors keeps its files from everybody else.
            file.chmod(_READABLE)
        shutil.rmtree(path, ignore_errors=True)
        fresh.rename(path)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"The corpus cannot be written to {path}: {reason}.") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def refuse_what_is_no_corpus(path: Path) -> None:
    """See that nothing else would be replaced.

    Raises:
        UserError: there is something at the path, and it is no corpus.
    """
    if path.exists() and not (path / INDEX).is_file():
        raise UserError(f"{path} exists and is not a corpus; name another folder.")


def _index(
    kind: Literal["single", "duet"], entries: Sequence[Entry], scenes: Sequence[Scene]
) -> Index:
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
    rooms = tuple(SceneRecord.of(scene) for scene in scenes)
    return Index(kind=kind, frames=frames, texts=tuple(ids), clips=tuple(records), scenes=rooms)


def _joined(prefix: str, motions: list[PackedMotion]) -> dict[str, Tensor]:
    roots = np.concatenate([motion.root_positions for motion in motions])
    rotations = np.concatenate([motion.rotations for motion in motions])
    return {
        f"{prefix}root_positions": torch.from_numpy(roots),
        f"{prefix}rotations": torch.from_numpy(rotations),
    }
