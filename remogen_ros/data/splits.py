"""Which clip serves training, validation or test, where a dataset does not say it itself.

Either by the clip's name alone, or stratified: so that every label which has enough clips can be
validated and tested, however rare it is. Both are the same on every machine.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from typing import Literal, get_args

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

_TRAIN_SHARE = 0.85
_VAL_SHARE = 0.05
_TEST_SHARE = 0.10

_LEAST_TO_TEST, _LEAST_TO_VALIDATE = 2, 3
"""Clips of a label from which on one of them is a test clip, and one a validation clip."""


def split_of(name: str) -> Split:
    """85 % train, 5 % val, 10 % test, by the SHA-256 of the clip's name."""
    place = _place(name)
    if place < _TRAIN_SHARE:
        return "train"
    return "val" if place < _TRAIN_SHARE + _VAL_SHARE else "test"


def stratified_splits(labels: Mapping[str, str]) -> dict[str, Split]:
    """85 % train, 5 % val, 10 % test of the clips of each label.

    The clips of a label are ordered by the SHA-256 of their names: the first are for training, then
    come those for validation, and the last are for test. A label has at least one test clip if it
    has two clips, and one validation clip if it has three; one always stays for training. Of a part
    of a dataset the splits are therefore not always those of the whole.

    Args:
        labels: of each clip, by its name; their order does not matter.

    Returns:
        The split of each name.
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name, label in labels.items():
        groups[label].append(name)
    splits: dict[str, Split] = {}
    for names in groups.values():
        names.sort(key=lambda name: (_place(name), name))
        test = _share(len(names), _TEST_SHARE, _LEAST_TO_TEST)
        val = _share(len(names), _VAL_SHARE, _LEAST_TO_VALIDATE)
        train = len(names) - val - test
        counts: dict[Split, int] = {"train": train, "val": val, "test": test}
        order = [split for split, count in counts.items() for _ in range(count)]
        splits.update(zip(names, order, strict=True))
    return splits


def _share(count: int, share: float, least: int) -> int:
    """The nearest whole number of clips to a share of them, but one at least of enough clips."""
    return max(int(count * share + 0.5), int(count >= least))


def _place(name: str) -> float:
    """Where the SHA-256 of a name lies between 0 and 1."""
    digest = hashlib.sha256(name.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
