"""From a single-person corpus to a corpus of duets, in parallel; the same for the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from remogen_ros.data.composing.material import Material
from remogen_ros.data.corpus import OF_ITS_SOURCE, Corpus, Record, open_corpus, together
from remogen_ros.data.corpus_writing import Entry, refuse_what_is_no_corpus, write_corpus
from remogen_ros.data.duets.compose import Pair, compose
from remogen_ros.data.duets.social_rules import load_social_rules
from remogen_ros.data.packed_motion import PackedMotion
from remogen_ros.data.parts import Part, done_in_parts, forget_parts
from remogen_ros.data.splits import SPLITS, Split
from remogen_ros.errors import UserError

PAIRS: dict[Split, int] = {"train": 8800, "val": 500, "test": 1000}
"""How many pairs to compose for each split, over all rules."""

_CHUNK = 20
_ATTEMPTS = 30


@dataclass(frozen=True)
class _Task:
    """Some pairs of one rule: numbers first .. first + count - 1."""

    source: Path
    seed: int
    split: Split
    rule: str
    first: int
    count: int


@dataclass(frozen=True)
class DuetSummary:
    """How many pairs each rule gave, by split."""

    pairs: Counter[tuple[str, Split]]


def task_count(total: dict[Split, int] = PAIRS) -> int:
    """How often `prepare_duet` advances."""
    return sum(-(-count // _CHUNK) for _, _, count in _shares(total))


def _shares(total: dict[Split, int]) -> list[tuple[Split, str, int]]:
    """How many pairs of each rule go into each split."""
    rules = load_social_rules().rules
    whole = sum(rule.pairs for rule in rules.values())
    return [
        (split, name, round(total[split] * rule.pairs / whole))
        for split in SPLITS
        for name, rule in rules.items()
    ]


@cache
def _corpus(source: Path) -> Corpus:
    return open_corpus(source)


@cache
def _material(source: Path, split: Split) -> Material:
    return Material(_corpus(source), split)


def _compose(task: _Task) -> Part:
    material = _material(task.source, task.split)
    if not material.complete:
        return Part(())
    rule = load_social_rules().rules[task.rule]
    composed = []
    for number in range(task.first, task.first + task.count):
        key = [task.seed, SPLITS.index(task.split), *task.rule.encode(), number]
        random = np.random.default_rng(key)
        for _ in range(_ATTEMPTS):
            if pair := compose(rule, material, random):
                composed.append(_pack(pair, task, number))
                break
    return Part(tuple(composed))


def _pack(pair: Pair, task: _Task, number: int) -> Entry:
    clips = [clip for clip in (pair.ego_clip, pair.partner_clip) if clip is not None]
    record = Record(
        name=f"{task.split}/{task.rule}/{number}",
        source="duet",
        licence=together({clip.licence for clip in clips}) or OF_ITS_SOURCE,
        content=_content(pair, task.rule),
        style=pair.ego_clip.style if pair.ego_clip else "",
        split=task.split,
        phase=0,
        count=len(pair.ego),
        ego=pair.ego_clip.name if pair.ego_clip else "",
        partner=pair.partner_clip.name if pair.partner_clip else "",
        rule=task.rule,
    )
    return Entry(record, pair.texts, PackedMotion.of(pair.ego), PackedMotion.of(pair.partner))


def _tasks(source: Path, seed: int, total: dict[Split, int]) -> list[_Task]:
    return [
        _Task(source, seed, split, rule, first, min(_CHUNK, count - first))
        for split, rule, count in _shares(total)
        for first in range(0, count, _CHUNK)
    ]


def _missing(entries: list[Entry], total: dict[Split, int]) -> dict[Split, int]:
    """How many pairs each split is short of what was wanted."""
    found = Counter(entry.record.split for entry in entries)
    return {split: total[split] - found[split] for split in SPLITS if found[split] < total[split]}


def _made_up(
    source: Path,
    seed: int,
    entries: list[Entry],
    missing: dict[Split, int],
    total: dict[Split, int],
) -> list[_Task]:
    """More pairs of the rules that a split can give, for those that it cannot."""
    given = Counter((entry.record.split, entry.record.rule) for entry in entries)
    asked = {(split, rule): count for split, rule, count in _shares(total)}
    tasks = []
    for split, short in missing.items():
        rules = [rule for other, rule in given if other == split]
        whole = sum(given[split, rule] for rule in rules)
        for rule in rules:
            first, count = asked[split, rule], -(-short * given[split, rule] // whole)
            for start in range(first, first + count, _CHUNK):
                size = min(_CHUNK, first + count - start)
                tasks.append(_Task(source, seed, split, rule, start, size))
    return tasks


def _content(pair: Pair, rule: str) -> str:
    """The label of the ego's clip; motion that comes from none is marked as composed."""
    if pair.ego_clip is not None:
        return pair.ego_clip.content
    return "composed" if load_social_rules().rules[rule].composed else ""


def prepare_duet(
    source: Path,
    out: Path,
    seed: int,
    workers: int,
    advance: Callable[[], None] = lambda: None,
    total: dict[Split, int] = PAIRS,
) -> DuetSummary:
    """Compose and write a corpus of duets; interrupted, it goes on when it is called again.

    Args:
        source: single-person corpus; both clips of a pair are of the same split of it.
        out: folder of the corpus.
        seed: of every random choice.
        workers: processes.
        advance: called `task_count(total)` times.
        total: pairs for each split, about. A rule whose clips a split lacks gives none there; the
            others give more instead.

    Raises:
        UserError: the source is no corpus, or no rule can be used on it.
    """
    if _corpus(source).partner is not None:
        raise UserError(f"{source} is itself a corpus of duets; name a single-person corpus.")
    refuse_what_is_no_corpus(out)
    plan = f"duet {source} {seed} {total}"
    tasks = _tasks(source, seed, total)
    parts = done_in_parts(_compose, tasks, plan, out, workers, advance)
    entries = [entry for part in parts for entry in part.entries]
    if missing := _missing(entries, total):
        tasks = _made_up(source, seed, entries, missing, total)
        more = done_in_parts(_compose, tasks, plan, out, workers, lambda: None, "more ")
        entries += [entry for part in more for entry in part.entries]
    if not entries:
        raise UserError(f"No social rule could be used on the clips of {source}.")
    write_corpus(out, "duet", entries)
    forget_parts(out)
    return DuetSummary(Counter((entry.record.rule, entry.record.split) for entry in entries))
