"""Models that tests make: tiny, and with gates that are open as if they had been trained."""

from __future__ import annotations

from pathlib import Path

import torch

from remogen_ros.networks.assembly import Networks
from remogen_ros.streaming.bundle import load_bundle, save_bundle, save_untrained

_LIVELIER = 100.0


def save_opened(folder: Path) -> Path:
    """Write a model whose adapters and refinement do something; the folder."""
    save_untrained(folder)
    networks = load_bundle(folder).networks
    random = torch.Generator().manual_seed(5)
    for module in (networks.adapters, networks.refinement):
        for parameter in module.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=random))
    # An untrained model's movements are made too small to see.
    for parameter in networks.prior.vae.to_features.parameters():
        parameter.mul_(_LIVELIER)
    save_bundle(networks, folder, "none: random weights")
    return folder


def opened(folder: Path) -> Networks:
    """The networks of such a model."""
    return load_bundle(save_opened(folder)).networks
