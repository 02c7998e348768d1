"""Motion as corpora store it: 6D rotations as int16 of 1/32767, 0.02 mm at the wrist."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import matrix_from_6d, matrix_to_6d

_SIX_D_SCALE = 32767.0


@dataclass(frozen=True)
class Track:
    """The packed motion of one person through a whole corpus.

    Attributes:
        root_positions: (N, 3) float32, metres.
        rotations: (N, 22, 6) int16, the 6D form in units of 1/32767.
    """

    root_positions: Tensor
    rotations: Tensor

    def motion(self, frames: Tensor | slice) -> Motion:
        """The poses at some frames, (..., T) indices or a slice, in float32."""
        six = self.rotations[frames].float() / _SIX_D_SCALE
        return Motion(self.root_positions[frames], matrix_from_6d(six))

    def to(self, device: torch.device | str) -> Track:
        """The same track on another device."""
        return Track(self.root_positions.to(device), self.rotations.to(device))


@dataclass(frozen=True)
class PackedMotion:
    """A motion as it is stored; NumPy arrays, which travel cheaply between processes."""

    root_positions: NDArray[np.float32]
    rotations: NDArray[np.int16]

    @staticmethod
    def of(motion: Motion) -> PackedMotion:
        """Pack (T,) frames."""
        six = torch.round(matrix_to_6d(motion.rotations.double()) * _SIX_D_SCALE)
        return PackedMotion(
            motion.root_positions.float().numpy(), six.clamp(-32767, 32767).to(torch.int16).numpy()
        )

    def __len__(self) -> int:
        return len(self.root_positions)
