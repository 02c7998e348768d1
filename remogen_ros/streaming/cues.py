"""An Observation, turned into network-ready cues in an ego's canonical frame."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from remogen_ros.cues.occupancy import ego_occupancy
from remogen_ros.cues.partners import partner_features
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.networks.adapter import Cues
from remogen_ros.streaming.observation import Observation


def observed_partners(observation: Observation, frame: CanonicalFrame) -> tuple[Tensor, Tensor]:
    """Partner features (1, P, 16, 159) and which partners are present (1, P), for one ego."""
    features = partner_features(observation.partners, frame)
    present = observation.partners.valid.flatten(1).any(-1)
    return features[None], present[None]


def observed_cues(observation: Observation, frame: CanonicalFrame) -> Cues:
    """Cues of one ego.

    Args:
        observation: in the fixed frame.
        frame: one canonical frame, unbatched.

    Returns:
        Cues with a batch of 1.
    """
    partners, present = observed_partners(observation, frame)
    goal = torch.zeros(1, 3, dtype=frame.origin.dtype)
    if observation.goal is not None:
        goal = frame.points_to_local(torch.from_numpy(np.float32(observation.goal))[None])
    return Cues(
        partners=partners,
        partner_present=present,
        occupancy=ego_occupancy(observation.occupancy, frame)[None],
        scene_known=torch.tensor([observation.occupancy is not None]),
        goal=goal,
        goal_known=torch.tensor([observation.goal is not None]),
    )
