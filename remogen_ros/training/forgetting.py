"""Random weights in place of trained ones, for what is to be learned afresh."""

from __future__ import annotations

import torch
from torch import nn

from remogen_ros.networks.adapter import Adapter
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.denoiser import Denoiser
from remogen_ros.networks.refinement import Refinement


@torch.no_grad()
def forget_denoiser(networks: Networks, seed: int) -> None:
    """The denoiser's weights become random; the unit of its latents is the VAE's, and stays."""
    denoiser, config = networks.prior.denoiser, networks.config
    unit = denoiser.latent_std.clone()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _become(denoiser, Denoiser(config.denoiser, config.vae.latent))
    denoiser.latent_std.copy_(unit)


@torch.no_grad()
def forget_adapter(networks: Networks, name: str, seed: int) -> None:
    """The adapter's weights become random, and its deltas zero: until it is trained, it is none."""
    config = networks.config
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _become(networks.adapters[name], Adapter(config.adapters[name], config.denoiser))


@torch.no_grad()
def forget_refinement(networks: Networks, seed: int) -> None:
    """The refinement's weights become random: until it is trained, it refines nothing."""
    config = networks.config
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _become(networks.refinement, Refinement(config.refinement, config.vae.latent))


def _become(module: nn.Module, fresh: nn.Module) -> None:
    module.load_state_dict(fresh.state_dict())
