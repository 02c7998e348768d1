"""A flat map, such as map_server publishes, as columns of cells."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from remogen_ros.cues.occupancy import CELL, FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.perception.transforms import apply_transform

OCCUPIED_FROM, FREE_TO = 65, 25
"""Of a hundred, as map_saver has it; what lies between is unseen, as is -1."""

FINEST_M = 0.01
MOST_COLUMNS = 4_000_000
"""200 m x 200 m."""

_NOWHERE = 1e6
"""Metres; a component of a quaternion is smaller, too."""

_LEVEL = math.cos(math.radians(5.0))


def map_data(message: Any) -> NDArray[np.int8]:
    """(H, W) values of a nav_msgs/OccupancyGrid, rows along its y; of one by rclpy no copy.

    Raises:
        ValueError: it has not as many values as cells.
    """
    rows, columns = message.info.height, message.info.width
    if len(message.data) != rows * columns:
        raise ValueError(f"the map has {len(message.data)} values for {rows * columns} cells")
    return np.asarray(message.data, np.int8).reshape(rows, columns)


def grid_from_message(
    message: Any, frame: tuple[ArrayLike, ArrayLike], height: float
) -> OccupancyGrid:
    """The cells above the flat map of a nav_msgs/OccupancyGrid.

    Args:
        message: of rclpy, or of a look-alike.
        frame: as of `grid_from_map`.
        height: as of `grid_from_map`.

    Raises:
        ValueError: it has not as many values as cells, or as `grid_from_map`.
    """
    at, turned = message.info.origin.position, message.info.origin.orientation
    origin = (at.x, at.y, at.z), (turned.x, turned.y, turned.z, turned.w)
    return grid_from_map(map_data(message), message.info.resolution, origin, frame, height)


def grid_from_map(
    data: NDArray[np.int8],
    resolution: float,
    origin: tuple[ArrayLike, ArrayLike],
    frame: tuple[ArrayLike, ArrayLike],
    height: float,
) -> OccupancyGrid:
    """The cells above a flat map.

    Args:
        data: (H, W) from 0, free, to 100, occupied; -1 where unknown; rows along the map's y.
        resolution: edge of a cell of the map, metres.
        origin: translation (3,) and quaternion (4,) xyzw of the map's corner in its frame.
        frame: the same of its frame in the fixed frame.
        height: of what is occupied or free, metres; nothing is known of what is higher.

    Raises:
        ValueError: the map is empty, too fine, too large, not finite or not level.
    """
    if not resolution >= FINEST_M or not math.isfinite(resolution):
        raise ValueError(
            f"the map's resolution is {resolution:g} m; it must be {FINEST_M:g} or more"
        )
    rows, columns = data.shape
    if rows * columns == 0:
        raise ValueError("the map has no cells")
    edges = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    for translation, quaternion in (origin, frame):
        given = [*np.asarray(translation).tolist(), *np.asarray(quaternion).tolist()]
        if not np.abs(given).max() < _NOWHERE:  # Neither is NaN.
            raise ValueError(f"the map lies nowhere: its origin is {given[:3]}, turned {given[3:]}")
    start, *axes = apply_transform(apply_transform(edges, *origin), *frame)
    along, across, up = np.array(axes) - start
    if not up[2] >= _LEVEL:
        raise ValueError("the map is not level in the fixed frame")
    turn = math.atan2(along[1] - across[0], along[0] + across[1])
    into_map = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    size = np.array((columns, rows)) * resolution
    if not size.max() < _NOWHERE:
        raise ValueError(f"the map is {size[0]:g} m x {size[1]:g} m: that is no room")
    corners = np.array([[0, 0], [size[0], 0], [0, size[1]], size]) @ into_map + start[:2]
    low = np.floor(corners.min(0) / CELL + 1e-6).astype(np.int64)
    high = np.ceil(corners.max(0) / CELL - 1e-6).astype(np.int64)
    if math.prod((high - low).tolist()) > MOST_COLUMNS:
        raise ValueError(f"the map is larger than {MOST_COLUMNS} columns of {CELL:g} m: cut it")

    # So dense that no cell of the map slips between samples, however it is turned.
    samples = math.ceil(CELL * math.sqrt(2.0) / resolution)
    occupied = np.zeros(high - low, bool)
    free = np.ones(high - low, bool)
    for step in np.ndindex(samples, samples):
        inside = (np.array(step) + 0.5) / samples
        x, y = (np.arange(a, b) + part for a, b, part in zip(low, high, inside, strict=True))
        places = np.stack(np.meshgrid(x * CELL, y * CELL, indexing="ij"), -1) - start[:2]
        cell = np.floor(places @ into_map.T / resolution).astype(np.int64)
        known = ((cell >= 0) & (cell < (columns, rows))).all(-1)
        cell = np.where(known[..., None], cell, 0)
        value = np.where(known, data[cell[..., 1], cell[..., 0]], -1)
        occupied |= value >= OCCUPIED_FROM
        free &= (value >= 0) & (value <= FREE_TO)
    states = np.full(high - low, UNSEEN, np.uint8)
    states[free] = FREE
    states[occupied] = OCCUPIED
    cells = torch.from_numpy(states)[..., None].expand(-1, -1, round(height / CELL))
    return OccupancyGrid(cells, torch.tensor((*(low * CELL), 0.0), dtype=torch.float32))
