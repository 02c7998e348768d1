"""From recordings to a corpus, in parallel."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remogen_ros.data.clips import SHORTEST_CLIP, Clip, ten_hertz
from remogen_ros.data.corpus import Entry, PackedMotion, Record, write_corpus
from remogen_ros.data.parallel import in_parallel
from remogen_ros.data.recordings import Recording
from remogen_ros.data.splits import Split
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE, Motion

_FASTEST_ROOT = 15.0
"""A pelvis faster than this is a fault of the recording, m/s."""


@dataclass(frozen=True)
class _Prepared:
    """What became of one recording: its 10 Hz samplings, or why there are none."""

    recording: Recording
    entries: tuple[Entry, ...] = ()
    rejected: str = ""


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
            yield Clip(
                name=f"{recording.name}@{take.part}" if take.part else recording.name,
                source=recording.source,
                licence=recording.licence,
                content=recording.content,
                style=recording.style,
                motion=motion,
                texts=take.texts,
                split=recording.split,
                phase=phase,
                partner=others[0] if others else None,
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
    )
    partner = None if clip.partner is None else PackedMotion.of(clip.partner)
    return Entry(record, clip.texts, PackedMotion.of(clip.motion), partner)


def _prepare(task: tuple[Recording, int]) -> _Prepared:
    recording, phases = task
    try:
        return _Prepared(recording, tuple(map(entry_of, clips_of(recording, phases))))
    except UserError as error:
        return _Prepared(recording, rejected=str(error))


def prepare_corpus(
    recordings: Sequence[Recording],
    out: Path,
    phases: int,
    workers: int,
    advance: Callable[[], None] = lambda: None,
) -> Summary:
    """Retarget, resample and write a corpus: of pairs if the recordings are, else of one person.

    Args:
        recordings: what to put in.
        out: folder of the corpus.
        phases: how many 10 Hz samplings to take of each training recording.
        workers: processes.
        advance: called after each recording.

    Raises:
        UserError: nothing could be used, or the corpus cannot be written.
    """
    entries: list[Entry] = []
    clips: Counter[tuple[str, Split]] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    rejected = []
    tasks = [(recording, phases) for recording in recordings]
    for done in in_parallel(_prepare, tasks, workers, chunk=8):
        advance()
        if done.rejected:
            rejected.append((done.recording.name, done.rejected))
            continue
        entries.extend(done.entries)
        for record in (entry.record for entry in done.entries if entry.record.phase == 0):
            clips[record.source, record.split] += 1
            seconds[record.source] += record.count / FRAME_RATE
    if not entries:
        raise UserError("None of the recordings could be used: " + rejected[0][1])
    write_corpus(out, "single" if entries[0].partner is None else "duet", entries)
    return Summary(clips, seconds, tuple(rejected))
