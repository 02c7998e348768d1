"""What goes into one tick of the generator, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import OccupancyGrid
from remogen_ros.cues.partners import PartnerWindow

MixPolicy = Literal["fixed", "auto"]
"""Adapters weigh what they are given to weigh, or that times what `auto_mix` finds apt."""


@dataclass(frozen=True)
class Observation:
    """Everything known at one tick; nothing in it is later than that tick.

    Attributes:
        partners: their newest 1.6 s, in the fixed frame; an empty window if nobody is tracked.
        occupancy: the room in the fixed frame, or None if unknown.
        goal: (3,) target position in the fixed frame, metres, or None.
        intent: what the ego is asked to do, in words; empty for no wish.
        adapter_weights: mix weight of each adapter by name; adapters not named weigh 0.
        mix: whether those are the weights, or what `auto_mix` says is multiplied by them.
    """

    partners: PartnerWindow = field(default_factory=PartnerWindow.nobody)
    occupancy: OccupancyGrid | None = None
    goal: NDArray[np.float32] | None = None
    intent: str = ""
    adapter_weights: Mapping[str, float] = field(default_factory=dict)
    mix: MixPolicy = "fixed"


@dataclass(frozen=True)
class Frame:
    """One generated pose of the ego, in the fixed frame, and the rest of its segment.

    Attributes:
        index: frames since reset, from 0.
        root_position: (3,) pelvis, metres.
        joint_rotations: (22, 4) unit quaternions xyzw, parent-relative; row 0 is the root
            orientation in the fixed frame.
        joint_positions: (22, 3) metres.
        horizon_root_positions: (K, 3) the frames still to come in this segment, K in 0 .. 7.
        horizon_joint_rotations: (K, 22, 4).
        segment_start: this frame is the first of a newly denoised segment.
        clip_ratio: share of tokens whose mixed adapter delta was clipped in this segment, 0 .. 1.
        adapter_weights: mix weight of each adapter by name, as it was used at this tick.
    """

    index: int
    root_position: NDArray[np.float32]
    joint_rotations: NDArray[np.float32]
    joint_positions: NDArray[np.float32]
    horizon_root_positions: NDArray[np.float32]
    horizon_joint_rotations: NDArray[np.float32]
    segment_start: bool
    clip_ratio: float
    adapter_weights: Mapping[str, float] = field(default_factory=dict)
