"""The corpus of people in rooms, in parallel; the same for the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from remogen_ros.data.composing.material import Material
from remogen_ros.data.corpus import Record, open_corpus, together
from remogen_ros.data.corpus_writing import Entry, refuse_what_is_no_corpus, write_corpus
from remogen_ros.data.packed_motion import PackedMotion
from remogen_ros.data.parts import Part, done_in_parts, forget_parts
from remogen_ros.data.rooms.compose import RoomClip, compose
from remogen_ros.data.rooms.furnished_room import FurnishedRoom
from remogen_ros.data.rooms.house import House
from remogen_ros.data.rooms.place import Place
from remogen_ros.data.rooms.room_acts import ACTS, Act, act_choices
from remogen_ros.data.rooms.scans import scans
from remogen_ros.data.splits import Split
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE

CLIPS_PER_ROOM = 17
"""Clips that play in each drawn layout, ten times as many in each of the modelled rooms."""

_MODELLED = 10
_ATTEMPTS = 60


@dataclass(frozen=True)
class _Task:
    """The clips of one room."""

    source: Path
    house: House
    room: str
    number: int
    split: Split
    clips: int


@dataclass(frozen=True)
class RoomsSummary:
    """What a preparation did.

    Attributes:
        clips: by act and split.
        seconds: their length.
        rejected: room and reason of each act for which a room has no place.
    """

    clips: Counter[tuple[Act, Split]]
    seconds: float
    rejected: tuple[tuple[str, str], ...]


@cache
def _material(source: Path, split: Split) -> Material:
    return Material(open_corpus(source), split)


def _compose(task: _Task) -> Part:
    material = _material(task.source, task.split)
    if not material.complete:
        return Part((), ((task.room, f"nobody stands in a clip of the {task.split} split."),))
    room = task.house.room(task.room)
    place = Place(room, material)
    random = np.random.default_rng([task.house.seed, task.number])
    shares = {act: choice.share for act, choice in act_choices().items()}
    entries: list[Entry] = []
    while len(entries) < task.clips and shares:
        weights = np.array(list(shares.values()))
        act = list(shares)[random.choice(len(shares), p=weights / weights.sum())]
        attempts = (compose(act, place, random) for _ in range(_ATTEMPTS))
        clip = next(filter(None, attempts), None)
        if clip is None:
            del shares[act]
        else:
            entries.append(_entry(clip, room, len(entries)))
    rejected = tuple(
        (task.room, f"no place was found for {act!r}.") for act in ACTS if act not in shares
    )
    return Part(tuple(entries), rejected, (room.scene,))


def _entry(clip: RoomClip, room: FurnishedRoom, number: int) -> Entry:
    record = Record(
        name=f"{room.scene.name}/{clip.act}/{number}",
        source="rooms",
        licence=together((clip.clip.licence, room.scene.licence)),
        content=clip.act,
        style=clip.clip.style,
        split=room.split,
        phase=0,
        count=len(clip.motion),
        ego=clip.clip.name,
        scene=room.scene.name,
        goals=clip.goals,
    )
    return Entry(record, clip.texts, PackedMotion.of(clip.motion))


def prepare_rooms(
    source: Path,
    house: House,
    out: Path,
    workers: int,
    advance: Callable[[], None] = lambda: None,
    clips: int = CLIPS_PER_ROOM,
) -> RoomsSummary:
    """Compose and write the corpus.

    Args:
        source: single-person corpus; a clip plays in rooms of its own split.
        house: the rooms, and the seed of every random choice.
        out: folder of the corpus.
        workers: processes.
        advance: called once for each room.
        clips: in each drawn layout.

    Raises:
        UserError: the source is no corpus of single persons, or nothing could be composed.
    """
    refuse_what_is_no_corpus(out)
    if open_corpus(source).partner is not None:
        raise UserError(f"{source} is a corpus of pairs; name a single-person corpus.")
    tasks = [
        _Task(source, house, name, number, split, clips * (_MODELLED if name in scans() else 1))
        for number, (name, split) in enumerate(house.splits().items())
    ]
    parts = done_in_parts(_compose, tasks, f"rooms {tasks}", out, workers, advance)
    entries = [entry for part in parts for entry in part.entries]
    rejected = tuple(row for part in parts for row in part.rejected)
    if not entries:
        raise UserError(f"No clip of {source} can be placed in a room: {rejected[0][1]}")
    write_corpus(out, "single", entries, [scene for part in parts for scene in part.scenes])
    forget_parts(out)
    records = [entry.record for entry in entries]
    counts: Counter[tuple[Act, Split]] = Counter()
    for act in ACTS:
        counts.update((act, record.split) for record in records if record.content == act)
    return RoomsSummary(counts, sum(record.count for record in records) / FRAME_RATE, rejected)
