"""How long a person's limbs are, from many noisy observations; and bodies whose limbs keep that.

Only the bones between joints that are never guessed count (`completion`): upper arms, forearms,
thighs and shanks. What is filled in has a standard body's proportions, and says nothing of anybody.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remogen_ros.motion.skeleton import JOINT_INDEX

LIMBS: NDArray[np.int64] = np.array(
    [
        [JOINT_INDEX[f"{side}_{joint}"] for joint in chain]
        for chain in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))
        for side in ("left", "right")
    ]
)
"""(4, 3) SMPL joints: root, middle and end of each limb."""

MOMENTS = 100
MOMENT_NS = 100_000_000
"""So many moments are remembered, at least so far apart: noise of two frames in a row is alike."""

LEAST_MOMENTS = 10
"""A bone that was seen less often has no known length."""

COMMON_BONES = 3
"""Two bodies of which fewer bones are known in both cannot be compared."""

_SHARING_STEPS = 3
"""How often the two ends of every bone share out what it is too long or too short."""

_SHORTEST_M = 1e-6
_FOOT = {JOINT_INDEX[f"{s}_ankle"]: JOINT_INDEX[f"{s}_foot"] for s in ("left", "right")}


def limb_lengths(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """(22, 3) joint positions -> (4, 2) lengths of the bones of `LIMBS`, NaN where not observed."""
    return np.linalg.norm(np.diff(positions[LIMBS], axis=1), axis=-1)


def size_ratio(lengths: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """How many times as large a body is as another: the median over the bones known in both.

    NaN where these are too few to tell.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = lengths / others
    ratios = ratios[np.isfinite(ratios)]
    return float(np.median(ratios)) if len(ratios) >= COMMON_BONES else float("nan")


class BoneLengths:
    """The lengths of one person's limbs: the medians of what was seen in the last ten seconds.

    A median is not moved by single frames, however wrong, and forgets somebody else whose id this
    was. Noise makes a bone look longer by about the noise's variance over the bone's length: noise
    of 2 cm on every coordinate, by 3 mm.
    """

    def __init__(self) -> None:
        self._moments = np.full((MOMENTS, *LIMBS[:, 1:].shape), np.nan)
        self._count = 0
        self._newest_ns: int | None = None
        self.lengths: NDArray[np.float64] = np.full(LIMBS[:, 1:].shape, np.nan)
        """(4, 2) metres by `LIMBS`, NaN while a bone has not been seen often enough."""

    def see(self, stamp_ns: int, positions: NDArray[np.float64]) -> None:
        """Take one observation, unless it is of the same moment as the last one taken.

        Args:
            stamp_ns: capture time, nanoseconds.
            positions: (22, 3) metres, NaN where not observed.
        """
        if self._newest_ns is not None and stamp_ns - self._newest_ns < MOMENT_NS:
            return
        self._newest_ns = stamp_ns
        self._moments[self._count % MOMENTS] = limb_lengths(positions)
        self._count += 1
        seen = np.sort(self._moments[: self._count], axis=0)  # NaN come last
        counts = np.isfinite(seen).sum(axis=0)
        middle = np.take_along_axis(seen, np.maximum(counts - 1, 0)[None] // 2, axis=0)[0]
        self.lengths = np.where(counts >= LEAST_MOMENTS, middle, np.nan)


def with_limb_lengths(
    positions: NDArray[np.float64], lengths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A body with limbs of these lengths, its joints as near as may be to where they were seen.

    Shoulders and hips stay. What a bone is too long or too short, its two ends share between them:
    to lay the bones end to end in the directions in which they were seen would put on the wrist
    what the elbow is off, too. Feet go along with their ankles.

    Args:
        positions: (22, 3) metres, NaN where not observed; these stay so.
        lengths: (4, 2) metres by `LIMBS`; a bone of unknown length (NaN) stays as it is.
    """
    known = np.isfinite(lengths)
    if not known.any():
        return positions
    limbs = positions[LIMBS]
    root, middle, end = limbs[:, 0], limbs[:, 1].copy(), limbs[:, 2].copy()
    for _ in range(_SHARING_STEPS):
        middle -= _excess(root, middle, lengths[:, 0])
        half = 0.5 * _excess(middle, end, lengths[:, 1])
        middle += half
        end -= half
    # Shared out, the lengths are nearly right; now they become so.
    middle -= _excess(root, middle, lengths[:, 0])
    end -= _excess(middle, end, lengths[:, 1])
    steadied = positions.copy()
    steadied[LIMBS[:, 1]], steadied[LIMBS[:, 2]] = middle, end
    for ankle, foot in _FOOT.items():
        moved = steadied[ankle] - positions[ankle]
        if np.isfinite(moved).all():
            steadied[foot] += moved
    return steadied


def _excess(
    start: NDArray[np.float64], stop: NDArray[np.float64], lengths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(4, 3) how far each bone goes beyond its length, along it; zero where that is not known."""
    bones = stop - start
    seen = np.linalg.norm(bones, axis=-1)
    excess = bones * (1.0 - lengths / np.maximum(seen, _SHORTEST_M))[:, None]
    return np.where(np.isfinite(excess) & (seen > _SHORTEST_M)[:, None], excess, 0.0)
