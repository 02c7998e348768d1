"""Training windows drawn from prepared corpora."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.data.scattered_rooms import scatter
from remogen_ros.data.windows import DuetWindows, SingleWindows
from remogen_ros.networks.text import TextEncoder
from remogen_ros.training.batches import Window

_GOAL_KNOWN = 0.8


def embedded(texts: tuple[str, ...], encoder: TextEncoder, batch: int = 256) -> Tensor:
    """(N,) texts -> (N, width) sentence embeddings."""
    return torch.cat(
        [encoder.encode(list(texts[i : i + batch])) for i in range(0, len(texts), batch)]
    )


@dataclass(frozen=True)
class SingleSource:
    """One person, nothing around: what the prior learns from."""

    windows: SingleWindows
    embeddings: Tensor

    def draw(self, batch: int, frames: int, random: torch.Generator) -> Window:
        """See `Source`."""
        motion, text = self.windows.draw(batch, frames, random)
        known = torch.ones(batch, dtype=torch.bool)
        return Window(motion, self.embeddings[text], known)


@dataclass(frozen=True)
class DuetSource:
    """A person and a partner: what the human-human adapter and the refinement learn from."""

    windows: DuetWindows
    embeddings: Tensor

    def draw(self, batch: int, frames: int, random: torch.Generator) -> Window:
        """See `Source`."""
        motion, partner, text = self.windows.draw(batch, frames, random)
        known = torch.ones(batch, dtype=torch.bool)
        return Window(motion, self.embeddings[text], known, partner=partner)


@dataclass(frozen=True)
class RoomSource:
    """A person among scattered boxes, on the way to where the window ends."""

    single: SingleSource

    def draw(self, batch: int, frames: int, random: torch.Generator) -> Window:
        """See `Source`."""
        window = self.single.draw(batch, frames, random)
        joints = window.motion.joints()
        goal = window.motion.root_positions[:, -1].clone()
        goal[:, 2] = 0.0
        known = torch.rand(batch, generator=random) < _GOAL_KNOWN
        return Window(
            window.motion,
            window.text,
            window.text_known,
            room=scatter(joints, random),
            goal=goal,
            goal_given=known,
        )
