"""A recorded motion on whatever skeleton it came with, before it is retargeted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SourceMotion:
    """One recorded motion on its own skeleton, in the file's units and axes.

    Attributes:
        names: J joint names, parents before children.
        parents: J indices, -1 for the root.
        offsets: (J, 3) from the parent in the parent's frame when every angle is zero.
        translations: (T, J, 3) the offset of every frame; most joints keep theirs, the root moves.
        rotations: (T, J, 3, 3) relative to the parent.
        times: (T,) seconds, strictly increasing.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: NDArray[np.float64]
    translations: NDArray[np.float64]
    rotations: NDArray[np.float64]
    times: NDArray[np.float64]

    @property
    def root_positions(self) -> NDArray[np.float64]:
        """(T, 3) where the root joint is."""
        return self.translations[:, 0]

    def global_poses(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Joint positions (T, J, 3) and orientations (T, J, 3, 3) in the file's world."""
        positions = self.translations.copy()
        orientations = self.rotations.copy()
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                above = orientations[:, parent]
                step = (above @ self.translations[:, joint, :, None])[..., 0]
                positions[:, joint] = positions[:, parent] + step
                orientations[:, joint] = above @ self.rotations[:, joint]
        return positions, orientations

    def without_first(self, count: int) -> SourceMotion:
        """The same motion without its first frames."""
        return SourceMotion(
            self.names, self.parents, self.offsets, self.translations[count:],
            self.rotations[count:], self.times[count:] - self.times[count],
        )  # fmt: skip
