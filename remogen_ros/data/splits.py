"""Which clip serves training, validation or test: decided by its name alone, on every machine."""

from __future__ import annotations

import hashlib
from typing import Literal, get_args

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

_TRAIN_SHARE = 0.85
_VAL_SHARE = 0.05


def split_of(name: str) -> Split:
    """85 % train, 5 % val, 10 % test, by the SHA-256 of the clip's name."""
    digest = hashlib.sha256(name.encode("utf-8")).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < _TRAIN_SHARE:
        return "train"
    return "val" if place < _TRAIN_SHARE + _VAL_SHARE else "test"
