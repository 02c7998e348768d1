"""PyTorch as it is: the reference, which needs nothing built, and takes any batch."""

from __future__ import annotations

from collections.abc import Collection

import torch

from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.functions import (
    CleanPrediction,
    CueEncoding,
    RefinedPoses,
    SegmentPoses,
)
from remogen_ros.streaming.backends.base import Functions, carried


class EagerBackend:
    """Calls the modules themselves; adapters that weigh nothing cost nothing."""

    name = "eager"

    def __init__(self, networks: Networks, guided: bool) -> None:
        self._networks = networks
        self._guided = guided
        self._made: dict[tuple[str, ...], Functions] = {}

    @property
    def device(self) -> torch.device:
        """That of the networks."""
        return self._networks.prior.feature_mean.device

    def functions(self, adapters: Collection[str]) -> Functions:
        """See `Backend`; exactly these adapters."""
        names = tuple(name for name in self._networks.config.adapters if name in adapters)
        if names not in self._made:
            made = modules(self._networks, names, self._guided)
            self._made[names] = carried(made, self.device)
        return self._made[names]


def modules(networks: Networks, adapters: tuple[str, ...], guided: bool) -> Functions:
    """The functions as PyTorch modules, ready to be called or compiled."""
    chosen = [adapter for adapter, _ in networks.weighted_adapters(dict.fromkeys(adapters, 1.0))]
    return Functions(
        adapters,
        CueEncoding(chosen).eval(),
        CleanPrediction(networks.prior.denoiser, chosen, guided).eval(),
        SegmentPoses(networks.prior).eval(),
        RefinedPoses(networks).eval(),
    )
