"""Work in parts that outlive an interruption: what is done is on the disk, and is not done again.

The parts stand in a folder beside the corpus, `.NAME.parts`, until the corpus is whole. They are
used again only by the same plan of work.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from remogen_ros.data.corpus import VERSION, Record, SceneRecord
from remogen_ros.data.corpus_writing import Entry
from remogen_ros.data.packed_motion import PackedMotion
from remogen_ros.data.parallel import in_parallel
from remogen_ros.data.scenes import Scene
from remogen_ros.errors import UserError

_Task = TypeVar("_Task")
_ABOUT = "about"
_PLAN = "plan.sha256"


@dataclass(frozen=True)
class Part:
    """What became of one task.

    Attributes:
        entries: clips for the corpus.
        rejected: name and reason of what gave none.
        scenes: rooms that were made for them.
    """

    entries: tuple[Entry, ...]
    rejected: tuple[tuple[str, str], ...] = ()
    scenes: tuple[Scene, ...] = ()


class _About(BaseModel):
    """The readable half of a part's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    records: tuple[Record, ...]
    texts: tuple[tuple[str, ...], ...]
    paired: tuple[bool, ...]
    rejected: tuple[tuple[str, str], ...]
    scenes: tuple[SceneRecord, ...]


@dataclass(frozen=True)
class _Job(Generic[_Task]):
    """One task, and where its part goes."""

    function: Callable[[_Task], Part]
    task: _Task
    path: Path


def done_in_parts(
    function: Callable[[_Task], Part],
    tasks: Sequence[_Task],
    plan: str,
    out: Path,
    workers: int,
    advance: Callable[[], None],
    stage: str = "",
) -> list[Part]:
    """Every task's part, in order; those that an earlier, interrupted run finished are just read.

    Args:
        function: importable, as are its tasks.
        tasks: its arguments.
        plan: whatever decides the results; parts of another plan are thrown away.
        out: of the corpus; the parts stand beside it until `forget_parts`.
        workers: processes.
        advance: called once for each task.
        stage: which of several lists of tasks of one plan this is.

    Raises:
        UserError: a part cannot be written, or a task cannot be done at all.
    """
    folder = _folder(out, plan)
    jobs = [_Job(function, task, folder / f"{stage}{i:06}.part") for i, task in enumerate(tasks)]
    missing = [job for job in jobs if not job.path.is_file()]
    for _ in range(len(jobs) - len(missing)):
        advance()
    for _ in in_parallel(_do, missing, workers):
        advance()
    return [_read(job.path) for job in jobs]


def forget_parts(out: Path) -> None:
    """Remove the parts of a corpus that is whole."""
    shutil.rmtree(_parts_of(out), ignore_errors=True)


def _parts_of(out: Path) -> Path:
    return out.with_name(f".{out.name}.parts")


def _folder(out: Path, plan: str) -> Path:
    """The folder of the parts, with none of another plan in it."""
    folder, digest = _parts_of(out), hashlib.sha256(f"{VERSION} {plan}".encode()).hexdigest()
    try:
        if not (folder / _PLAN).is_file() or (folder / _PLAN).read_text("utf-8") != digest:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            (folder / _PLAN).write_text(digest, "utf-8")
    except OSError as error:
        raise UserError(f"Nothing can be written beside {out}: {error.strerror}.") from None
    return folder


def _do(job: _Job[_Task]) -> None:
    _write(job.path, job.function(job.task))


def _write(path: Path, part: Part) -> None:
    about = _About(
        records=tuple(entry.record for entry in part.entries),
        texts=tuple(entry.texts for entry in part.entries),
        paired=tuple(entry.partner is not None for entry in part.entries),
        rejected=part.rejected,
        scenes=tuple(SceneRecord.of(scene) for scene in part.scenes),
    )
    arrays: dict[str, NDArray[Any]] = {
        f"scene/{i}": scene.grid.cells.numpy() for i, scene in enumerate(part.scenes)
    }
    for number, entry in enumerate(part.entries):
        for name, motion in (("ego", entry.ego), ("partner", entry.partner)):
            if motion is not None:
                arrays[f"{number}/{name}/roots"] = motion.root_positions
                arrays[f"{number}/{name}/rotations"] = motion.rotations
    half = path.with_suffix(f".{os.getpid()}")
    try:
        # A file without arrays cannot be told from an empty one by every reader.
        save_file(arrays | {"version": np.array(VERSION)}, half, {_ABOUT: about.model_dump_json()})
        half.replace(path)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(
            f"{path.parent} cannot be written to: {reason}. What is done is kept; the same command "
            "goes on from there."
        ) from None
    finally:
        half.unlink(missing_ok=True)


def _read(path: Path) -> Part:
    try:
        arrays = load_file(path)
        with safe_open(path, "numpy") as file:
            about = _About.model_validate_json((file.metadata() or {})[_ABOUT])
    except (OSError, SafetensorError, KeyError, ValidationError, json.JSONDecodeError):
        raise UserError(
            f"{path} is damaged; remove the folder {path.parent} and begin again."
        ) from None

    def motion(number: int, name: str) -> PackedMotion:
        return PackedMotion(arrays[f"{number}/{name}/roots"], arrays[f"{number}/{name}/rotations"])

    entries = [
        Entry(record, texts, motion(i, "ego"), motion(i, "partner") if paired else None)
        for i, (record, texts, paired) in enumerate(
            zip(about.records, about.texts, about.paired, strict=True)
        )
    ]
    scenes = [
        record.scene(torch.from_numpy(arrays[f"scene/{i}"]))
        for i, record in enumerate(about.scenes)
    ]
    return Part(tuple(entries), about.rejected, tuple(scenes))
