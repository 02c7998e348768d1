"""Frames that stand still, as a bag has them on /tf_static."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remogen_ros.errors import UserError
from remogen_ros.perception.transforms import apply_transform


class Mounts:
    """The tree of static transforms, from sensors to the frame that they all stand in."""

    def __init__(self) -> None:
        self._parents: dict[str, Any] = {}

    def take(self, message: Any) -> None:
        """Read a tf2_msgs/TFMessage, or anything with its attributes."""
        for transform in message.transforms:
            self._parents[transform.child_frame_id] = transform

    def in_root(self, positions: ArrayLike, frame_id: str) -> tuple[NDArray[np.float64], str]:
        """(..., 3) positions in the frame at the root of the tree, and that frame's name.

        Raises:
            UserError: the transforms go round in a circle.
        """
        placed = np.asarray(positions, np.float64)
        for _ in range(len(self._parents) + 1):
            if frame_id not in self._parents:
                return placed, frame_id
            stamped = self._parents[frame_id]
            moved, turned = stamped.transform.translation, stamped.transform.rotation
            placed = apply_transform(
                placed, (moved.x, moved.y, moved.z), (turned.x, turned.y, turned.z, turned.w)
            )
            frame_id = stamped.header.frame_id
        raise UserError(f"The static transforms above frame '{frame_id}' go round in a circle.")
