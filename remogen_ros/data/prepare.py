"""From recordings to a corpus, in parallel."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remogen_ros.data.clips import SHORTEST_CLIP, Clip, ten_hertz
from remogen_ros.data.corpus import Record
from remogen_ros.data.corpus_writing import Entry, refuse_what_is_no_corpus, write_corpus
from remogen_ros.data.packed_motion import PackedMotion
from remogen_ros.data.parts import Part, done_in_parts, forget_parts
from remogen_ros.data.recordings import Recording, Take
from remogen_ros.data.scenes import Scene
from remogen_ros.data.splits import Split
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE, Motion

_FASTEST_ROOT = 15.0
"""A pelvis faster than this is a fault of the recording, m/s."""

_PARTS, _LARGEST_PART = 64, 16
"""Into how many parts the work is cut, unless a part would hold more recordings than this: what an
interruption costs each worker."""


@dataclass(frozen=True)
class _Task:
    """Some recordings, read in one go."""

    recordings: tuple[Recording, ...]
    phases: int
    scenes: frozenset[str]


@dataclass(frozen=True)
class Summary:
    """What a preparation did.

    Attributes:
        clips: accepted clips by source and split.
        seconds: their length at phase 0, by source.
        rejected: name and reason of every recording that was left out.
    """

    clips: Counter[tuple[str, Split]]
    seconds: dict[str, float]
    rejected: tuple[tuple[str, str], ...]


def clips_of(recording: Recording, phases: int) -> Iterator[Clip]:
    """The clips of one recording, several phases only of training recordings.

    Raises:
        UserError: the recording cannot be read or is unfit.
    """
    for take in recording.takes():
        people = [take.motion] if take.partner is None else [take.motion, take.partner]
        for motion in people:
            _check(recording, motion, take.times)
        wanted = phases if recording.split == "train" else 1
        samplings = [ten_hertz(motion, take.times, wanted) for motion in people]
        for phase, (motion, *others) in enumerate(zip(*samplings, strict=True)):
            yield _clip(recording, take, phase, motion, others[0] if others else None)


def _clip(
    recording: Recording, take: Take, phase: int, motion: Motion, partner: Motion | None
) -> Clip:
    return Clip(
        name=f"{recording.name}@{take.part}" if take.part else recording.name,
        source=recording.source,
        licence=recording.licence,
        content=recording.content,
        style=recording.style,
        motion=motion,
        texts=take.texts,
        split=recording.split,
        phase=phase,
        partner=partner,
        scene=take.scene,
        goals=take.goals,
    )


def _check(recording: Recording, motion: Motion, times: NDArray[np.float64]) -> None:
    if times[-1] * FRAME_RATE < SHORTEST_CLIP - 1:
        raise UserError(f"{recording.name} is only {times[-1]:.2f} s long.")
    if not (motion.root_positions.isfinite().all() and motion.rotations.isfinite().all()):
        raise UserError(f"{recording.name} has poses that are not finite.")
    steps = motion.root_positions.diff(dim=0).norm(dim=-1).numpy()
    speed = float((steps / np.diff(times)).max())
    if speed > _FASTEST_ROOT:
        raise UserError(f"The pelvis of {recording.name} jumps, at {speed:.0f} m/s.")


def entry_of(clip: Clip) -> Entry:
    """A clip packed for a corpus."""
    record = Record(
        name=clip.name,
        source=clip.source,
        licence=clip.licence,
        content=clip.content,
        style=clip.style,
        split=clip.split,
        phase=clip.phase,
        count=len(clip.motion),
        scene=clip.scene,
        goals=clip.goals,
    )
    partner = None if clip.partner is None else PackedMotion.of(clip.partner)
    return Entry(record, clip.texts, PackedMotion.of(clip.motion), partner)


def _prepare(task: _Task) -> Part:
    entries: list[Entry] = []
    rejected: list[tuple[str, str]] = []
    for recording in task.recordings:
        try:
            clips = list(clips_of(recording, task.phases))
            if missing := {clip.scene for clip in clips if clip.scene} - task.scenes:
                raise UserError(f"{recording.name} plays in {min(missing)!r}, which is missing.")
        except UserError as error:
            rejected.append((recording.name, str(error)))
        else:
            entries.extend(map(entry_of, clips))
    return Part(tuple(entries), tuple(rejected))


def part_count(recordings: Sequence[Recording]) -> int:
    """How often `prepare_corpus` advances."""
    return len(range(0, len(recordings), _part_size(recordings)))


def _part_size(recordings: Sequence[Recording]) -> int:
    return min(max(len(recordings) // _PARTS, 1), _LARGEST_PART)


def prepare_corpus(
    recordings: Sequence[Recording],
    out: Path,
    phases: int,
    workers: int,
    advance: Callable[[], None] = lambda: None,
    scenes: Sequence[Scene] = (),
) -> Summary:
    """Retarget, resample and write a corpus: of pairs if the recordings are, else of one person.

    Interrupted, it goes on from where it was when it is called again for the same recordings.

    Args:
        recordings: what to put in.
        out: folder of the corpus.
        phases: how many 10 Hz samplings to take of each training recording.
        workers: processes.
        advance: called `part_count(recordings)` times.
        scenes: the rooms in which they may play; a recording in any other is rejected.

    Raises:
        UserError: nothing could be used, or the corpus cannot be written.
    """
    refuse_what_is_no_corpus(out)
    names = frozenset(scene.name for scene in scenes)
    size = _part_size(recordings)
    tasks = [
        _Task(tuple(recordings[first : first + size]), phases, names)
        for first in range(0, len(recordings), size)
    ]
    known = [(r.source, r.name, r.content, r.style, r.split) for r in recordings]
    parts = done_in_parts(
        _prepare, tasks, f"{known} {phases} {sorted(names)}", out, workers, advance
    )
    entries = [entry for part in parts for entry in part.entries]
    rejected = tuple(row for part in parts for row in part.rejected)
    if not entries:
        forget_parts(out)
        raise UserError("None of the recordings could be used: " + rejected[0][1])
    write_corpus(out, "single" if entries[0].partner is None else "duet", entries, scenes)
    forget_parts(out)
    return _summary(entries, rejected)


def _summary(entries: Sequence[Entry], rejected: tuple[tuple[str, str], ...]) -> Summary:
    clips: Counter[tuple[str, Split]] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    for record in (entry.record for entry in entries if entry.record.phase == 0):
        clips[record.source, record.split] += 1
        seconds[record.source] += record.count / FRAME_RATE
    return Summary(clips, seconds, rejected)
