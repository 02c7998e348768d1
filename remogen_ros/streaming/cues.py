"""An Observation as what the engine senses: network-ready cues in an ego's canonical frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from remogen_ros.cues.occupancy import ego_occupancy
from remogen_ros.cues.partners import PartnerWindow, partner_features
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.networks.adapter import Cues
from remogen_ros.streaming.observation import Observation


@dataclass(frozen=True)
class ObservedSenses:
    """What one ego perceives, in a batch of 1; see `stream.Senses`."""

    observation: Observation

    def partners(self, frame: CanonicalFrame) -> tuple[Tensor, Tensor]:
        """Partner features (1, P, 16, 159) and which partners are present (1, P)."""
        window = self.observation.partners
        batch = PartnerWindow(window.positions[None], window.valid[None])
        return partner_features(batch, frame), batch.valid.flatten(2).any(-1)

    def cues(self, frame: CanonicalFrame) -> Cues:
        """Cues seen from (1) canonical frame."""
        partners, present = self.partners(frame)
        goal, grid = self.observation.goal, self.observation.occupancy
        local = torch.zeros(1, 3, dtype=frame.origin.dtype)
        if goal is not None:
            local = frame.points_to_local(torch.from_numpy(np.float32(goal))[None, None])[:, 0]
        return Cues(
            partners=partners,
            partner_present=present,
            occupancy=ego_occupancy(grid, CanonicalFrame(frame.rotation[0], frame.origin[0]))[None],
            scene_known=torch.tensor([grid is not None]),
            goal=local,
            goal_known=torch.tensor([goal is not None]),
        )
