"""What is known of the room beforehand, cut to the window of the rolling map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import CELL, UNSEEN, OccupancyGrid


def known_states(
    grids: Sequence[OccupancyGrid], corner: NDArray[np.int64], shape: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """The states of the cells of a window.

    Args:
        grids: an earlier one goes before a later; each with its corner at whole cells.
        corner: (3,) number of the window's lowest cell, from the origin of the fixed frame.
        shape: cells of the window.

    Returns:
        (X, Y, Z) of FREE, OCCUPIED, UNSEEN: UNSEEN where no grid knows better.
    """
    states = np.full(shape, UNSEEN, np.uint8)
    for grid in reversed(grids):
        cells = grid.cells.numpy()
        start = np.round(grid.corner.numpy() / CELL).astype(np.int64) - corner
        low = np.clip(start, 0, shape)
        high = np.clip(start + cells.shape, low, shape)
        window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        part = cells[tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))]
        states[window] = np.where(part == UNSEEN, states[window], part)
    return states
