"""Adaptive mixing: adapters weigh as much as what they heed matters at this very tick.

There is a mix for when neither people nor the room matter, one of them or both; the weights are
interpolated between these four, and change by no more than `PACE` a tick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.canonical import canonical_frame
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.networks.adapter import Cues
from remogen_ros.streaming.relevance import People, relevance_of_room
from remogen_ros.streaming.stream import Senses, Weights

NEITHER, PEOPLE, ROOM, BOTH = (1.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)
"""Weights of `hhi` and `hsi` where neither people nor the room, one or both of them matter.

Where nobody is seen, the engine leaves `hhi` out whatever it weighs."""

PACE = 0.1
"""By how much a weight changes from one tick to the next at most: all the way in 1 s."""


@dataclass(frozen=True)
class AutoMix:
    """Weights of a batch of egos at one tick.

    Attributes:
        hhi: (B,) of the human-human adapter, 0 .. 1.
        hsi: (B,) of the human-scene adapter, 0 .. 1. The two add up to 1 .. 2.
    """

    hhi: Tensor
    hsi: Tensor

    @staticmethod
    def of(senses: Senses, recent: Motion, before: AutoMix | None = None) -> AutoMix:
        """The weights of this tick.

        Args:
            senses: the newest of everything.
            recent: (B, T) newest poses of the egos, two or more.
            before: weights of the tick before; None at the first, which has none to be smooth with.
        """
        roots = recent.root_positions
        frame = canonical_frame(roots[:, -1], recent.rotations[:, -1, 0])
        velocity = (roots[:, -1:] - roots[:, :1]) * (FRAME_RATE / (roots.shape[1] - 1))
        local = frame.vectors_to_local(velocity)[:, 0, :2]
        return AutoMix.from_cues(senses.cues(frame), local, before)

    @staticmethod
    def from_cues(cues: Cues, velocity: Tensor, before: AutoMix | None = None) -> AutoMix:
        """The same from cues seen from the egos' canonical frames.

        Args:
            velocity: (B, 2) of the egos over the floor, in those frames, m/s.
        """
        people = People.of(cues.partners)
        # Whose hands meet stands, and furniture is no danger; but hsi would keep the hands apart.
        room = relevance_of_room(cues, velocity) * (1 - people.encounter)
        neither, one, other, both = people.relevance.new_tensor((NEITHER, PEOPLE, ROOM, BOTH))
        alone = torch.lerp(neither, other, room[:, None])
        beside = torch.lerp(one, both, room[:, None])
        wanted = torch.lerp(alone, beside, people.relevance[:, None])
        if before is not None:
            last = torch.stack((before.hhi, before.hsi), dim=-1)
            wanted = last + (wanted - last).clamp(-PACE, PACE)
        return AutoMix(*wanted.unbind(-1))

    def scaled(self, weights: Mapping[str, float]) -> Weights:
        """Weights of adapters by name, times these: (B,) of `hhi` and `hsi`, others as given."""
        own = {"hhi": self.hhi, "hsi": self.hsi}
        return {name: weight * own.get(name, 1.0) for name, weight in weights.items()}
