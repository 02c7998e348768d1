"""Softly from one pose to another: quaternion arithmetic of whole bodies, in NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def smoothstep(share: float) -> float:
    """0 .. 1 to 0 .. 1 with no slope at either end, and at most 1.5 between; clipped outside."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)


def slerp(start: Array, end: Array, share: float | Array) -> Array:
    """The shorter way between rotations.

    Args:
        start, end: (..., 4) unit quaternions, of shapes that go together.
        share: 0 at the start, 1 at the end, more goes on at the same rate; one, or (..., 1).

    Returns:
        (..., 4) unit quaternions, on the side of `end`.
    """
    cosine = np.sum(start * end, axis=-1, keepdims=True)
    # q and -q are one rotation; the nearer of the two is the shorter way.
    near = np.where(cosine < 0.0, -start, start)
    angle = np.arccos(np.clip(np.abs(cosine), 0.0, 1.0))
    sine = np.sin(angle)
    close = sine < 1e-4
    sine = np.where(close, 1.0, sine)
    first = np.where(close, 1.0 - share, np.sin((1.0 - share) * angle) / sine)
    second = np.where(close, share, np.sin(share * angle) / sine)
    mixed = first * near + second * end
    return mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)


def turned_at_most(start: Array, end: Array, angle: float) -> Array | None:
    """The way from `start` to `end`, no rotation turned by more than an angle.

    Args:
        start, end: (N, 4) unit quaternions.
        angle: radians, 0 .. pi.

    Returns:
        (N, 4) unit quaternions; None where `end` is near enough as it is.
    """
    cosine = np.abs(np.einsum("ij,ij->i", start, end))
    if cosine.min() >= np.cos(angle / 2.0):
        return None
    needed = 2.0 * np.arccos(np.minimum(cosine, 1.0))
    far = needed > angle
    share = np.where(far, angle / np.where(far, needed, 1.0), 1.0)
    limited = np.array(end)
    limited[far] = slerp(start[far], end[far], share[far, None])
    return limited
