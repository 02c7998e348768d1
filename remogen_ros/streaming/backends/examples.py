"""What the functions of a back end may be given: to build them with, and to check them."""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.cues.occupancy import EGO_CELLS
from remogen_ros.cues.partners import PARTNER_FEATURE_COUNT, PARTNER_FRAMES
from remogen_ros.motion.features import FEATURE_COUNT
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import HISTORY_FRAMES
from remogen_ros.streaming.backends.base import Functions

Given = tuple[Tensor, ...]

FUNCTIONS = ("encode", "predict", "segment", "refined")
"""Fields of `Functions`."""


def given_for(networks: Networks, functions: Functions, partners: int) -> dict[str, Given]:
    """Arguments of each function for one ego and so many partners, on the networks' device."""
    config, prior = networks.config, networks.prior
    device, random = prior.feature_mean.device, torch.Generator().manual_seed(partners)
    yes = torch.ones(1, dtype=torch.bool)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(1, *shape, generator=random)

    def there(*values: Tensor) -> Given:
        return tuple(value.to(device) for value in values)

    cues = there(
        drawn(partners, PARTNER_FRAMES, PARTNER_FEATURE_COUNT),
        yes.expand(1, partners).contiguous(),
        torch.randint(3, (1, *EGO_CELLS), dtype=torch.uint8, generator=random),
        yes,
        drawn(3),
        yes,
    )
    latent, history = drawn(config.vae.latent), drawn(HISTORY_FRAMES, FEATURE_COUNT)
    frame = torch.eye(3)[None], torch.tensor([[0.3, -0.2, 0.0]])
    first = torch.zeros(1, dtype=torch.long)
    mix = torch.tensor(2.0), torch.full((len(functions.adapters), 1), 0.7)
    asked = drawn(config.denoiser.text), yes
    standing = prior.idle_rotations.cpu()[None].repeat(HISTORY_FRAMES + 1, 1, 1, 1)[None]
    roots = torch.tensor([0.0, 0.0, float(prior.idle_height)]).repeat(1, HISTORY_FRAMES + 1, 1)
    return {
        "encode": cues,
        "predict": (*there(latent, first + 5, history, *asked, *mix), *functions.encode(*cues)),
        "segment": there(latent, history, *frame),
        "refined": (*there(latent, first + 3, history, *frame, roots, standing), *cues[:2]),
    }
