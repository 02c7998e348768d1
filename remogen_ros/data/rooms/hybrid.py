"""Duets in rooms: composed pairs placed in furnished rooms, both cues at once.

It stands in for EgoBody in experiments that must run anywhere. All of it is of the test split: it
is never trained on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from remogen_ros.cues.occupancy import CELL, OCCUPIED
from remogen_ros.data.corpus import Corpus, Record, open_corpus, together
from remogen_ros.data.corpus_writing import Entry, refuse_what_is_no_corpus, write_corpus
from remogen_ros.data.packed_motion import PackedMotion
from remogen_ros.data.parts import Part, done_in_parts, forget_parts
from remogen_ros.data.rooms.furnished_room import FurnishedRoom
from remogen_ros.data.rooms.house import House
from remogen_ros.data.rooms.paths import Floor
from remogen_ros.data.scenes import body_inside
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.rotations import yaw_matrix

_CANDIDATES = 150
"""Placements of a pair that are looked at together."""

_EVERY = 3
"""At first only every so manyth frame is looked at."""

_ROOMS = 5
"""Rooms that are tried for each pair."""

_PAIRS = 12
"""Pairs of one task."""


@dataclass(frozen=True)
class _Task:
    """Some pairs, and the rooms to try to place them in, one after the other."""

    source: Path
    house: House
    rooms: tuple[str, ...]
    first: int
    count: int


@dataclass(frozen=True)
class HybridSummary:
    """What a preparation did.

    Attributes:
        pairs: by social rule.
        seconds: their length.
        rejected: pair and reason.
    """

    pairs: Counter[str]
    seconds: float
    rejected: tuple[tuple[str, str], ...]


@cache
def _corpus(source: Path) -> Corpus:
    return open_corpus(source)


@cache
def _room(house: House, name: str) -> FurnishedRoom:
    return house.room(name)


def _place_all(task: _Task) -> Part:
    corpus = _corpus(task.source)
    rooms = [_room(task.house, name) for name in task.rooms]
    floors = [(room, Floor(room)) for room in rooms]
    entries, rejected = [], []
    pairs = corpus.select("test")[task.first : task.first + task.count]
    for number, clip in enumerate(pairs, start=task.first):
        random = np.random.default_rng([task.house.seed, number])
        pair = (corpus.motion_of(clip), corpus.partner_of(clip))
        placed = ((room, placed_in(room, floor, pair, random)) for room, floor in floors)
        found = next(((room, people) for room, people in placed if people is not None), None)
        if found is None:
            rejected.append((clip.name, f"it fits into none of {len(rooms)} rooms."))
        else:
            texts = tuple(corpus.texts[text] for text in clip.texts)
            entries.append(_entry(clip, texts, *found))
    used = {entry.record.scene for entry in entries}
    scenes = tuple(room.scene for room in rooms if room.scene.name in used)
    return Part(tuple(entries), tuple(rejected), scenes)


def _entry(
    clip: Record, texts: tuple[str, ...], room: FurnishedRoom, people: tuple[Motion, Motion]
) -> Entry:
    record = clip.model_copy(
        update={
            "source": "duet in rooms",
            "licence": together((clip.licence, room.scene.licence)),
            "scene": room.scene.name,
        }
    )
    ego, partner = map(PackedMotion.of, people)
    return Entry(record, texts, ego, partner)


def placed_in(
    room: FurnishedRoom,
    floor: Floor,
    people: tuple[Motion, Motion],
    random: np.random.Generator,
) -> tuple[Motion, Motion] | None:
    """Two people moved together to where neither ever touches anything; None if there is no place.

    Args:
        room, floor: to place them in.
        people: (T,) each; the first begins anywhere on the free floor.
        random: source of randomness.
    """
    places = floor.places()
    if len(places) == 0:
        return None
    spots = torch.from_numpy(places[random.integers(len(places), size=_CANDIDATES)]).float()
    turns = yaw_matrix(torch.from_numpy(random.uniform(-np.pi, np.pi, _CANDIDATES)).float())
    start = people[0].root_positions[0, :2]
    shifts = torch.nn.functional.pad(spots - (turns[:, :2, :2] @ start), (0, 1))
    bodies = torch.cat([person.joints()[::_EVERY] for person in people], dim=1)
    free = _free(room, bodies.flatten(0, 1), turns, shifts)
    for chosen in free.nonzero()[:, 0].tolist():
        one, other = (person.moved(turns[chosen], shifts[chosen]) for person in people)
        grid = room.scene.grid
        if not body_inside(one, grid).any() and not body_inside(other, grid).any():
            return one, other
    return None


def _free(room: FurnishedRoom, points: Tensor, turns: Tensor, shifts: Tensor) -> Tensor:
    """(C,) bool, which placements keep (N, 3) points inside the room and out of everything."""
    moved = points @ turns.mT + shifts[:, None]
    grid = room.scene.grid
    states = grid.state_at(moved)
    size = torch.tensor(grid.cells.shape[:2]) * CELL
    inside = ((moved[..., :2] > grid.corner[:2]) & (moved[..., :2] < grid.corner[:2] + size)).all(
        -1
    )
    return ((states != OCCUPIED) & inside).all(-1)


def _turns(rooms: list[str], number: int) -> list[str]:
    """Some of the rooms, other ones for every number."""
    return [rooms[(number + step) % len(rooms)] for step in range(min(_ROOMS, len(rooms)))]


def pairs_in(source: Path) -> int:
    """How many pairs of the test split a corpus has.

    Raises:
        UserError: it is no corpus of pairs.
    """
    corpus = _corpus(source)
    if corpus.partner is None:
        raise UserError(f"{source} is a corpus of single persons; name a corpus of pairs.")
    return len(corpus.select("test"))


def task_count(source: Path) -> int:
    """How often `prepare_hybrid` advances."""
    return -(-pairs_in(source) // _PAIRS)


def prepare_hybrid(
    source: Path,
    house: House,
    out: Path,
    workers: int,
    advance: Callable[[], None] = lambda: None,
) -> HybridSummary:
    """Place the test pairs of a corpus in the rooms of the test split, and write them.

    Args:
        source: corpus of pairs.
        house: the rooms, and the seed of every random choice.
        out: folder of the corpus.
        workers: processes.
        advance: called `task_count(source)` times.

    Raises:
        UserError: the source is no corpus of pairs, or none of them can be placed.
    """
    refuse_what_is_no_corpus(out)
    rooms = [name for name, split in house.splits().items() if split == "test"]
    firsts = range(0, pairs_in(source), _PAIRS)
    if not rooms or not firsts:
        raise UserError(f"There is no room, or no pair of {source}, of the test split.")
    tasks = [
        _Task(source, house, tuple(_turns(rooms, number)), first, _PAIRS)
        for number, first in enumerate(firsts)
    ]
    parts = done_in_parts(_place_all, tasks, f"hybrid {tasks}", out, workers, advance)
    entries = [entry for part in parts for entry in part.entries]
    if not entries:
        raise UserError(f"None of the pairs of {source} fits into a room.")
    scenes = {scene.name: scene for part in parts for scene in part.scenes}
    write_corpus(out, "duet", entries, list(scenes.values()))
    forget_parts(out)
    records = [entry.record for entry in entries]
    seconds = sum(record.count for record in records) / FRAME_RATE
    rejected = tuple(row for part in parts for row in part.rejected)
    return HybridSummary(Counter(record.rule for record in records), seconds, rejected)
