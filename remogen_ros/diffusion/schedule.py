"""DDPM with a cosine schedule that predicts the clean sample (Nichol and Dhariwal, 2021)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

_OFFSET = 0.008
_GREATEST_BETA = 0.999


@dataclass(frozen=True)
class Schedule:
    """Coefficients of each denoising step, (steps,) each; index 0 is the least noisy.

    Attributes:
        numbers: int64, the diffusion step that the denoiser is told.
        signal, noise: of q(x_t | x_0).
        posterior_clean, posterior_noisy, posterior_std: of q(x_(t-1) | x_t, x_0).
    """

    numbers: Tensor
    signal: Tensor
    noise: Tensor
    posterior_clean: Tensor
    posterior_noisy: Tensor
    posterior_std: Tensor

    @property
    def steps(self) -> int:
        """Number of denoising steps."""
        return len(self.numbers)

    def add_noise(self, clean: Tensor, index: Tensor, noise: Tensor) -> Tensor:
        """Sample q(x_t | x_0): (B, D), (B,), (B, D) -> (B, D)."""
        return self.signal[index][:, None] * clean + self.noise[index][:, None] * noise

    def to(self, device: torch.device | str) -> Schedule:
        """The same schedule on another device."""
        return Schedule(**{name: value.to(device) for name, value in vars(self).items()})

    def quieter(self, noise: float) -> Schedule:
        """The same steps, after each of which only a share of the noise is put back, 0 .. 1."""
        return replace(self, posterior_std=noise * self.posterior_std)

    def respaced(self, steps: int) -> Schedule:
        """The same diffusion, sampled in fewer steps that span all noise levels."""
        chosen = torch.linspace(self.steps - 1, 0, steps).round().long().flip(0)
        chosen = chosen.to(self.numbers.device)
        return _schedule(self.numbers[chosen], self.signal[chosen].double().square())


def _schedule(numbers: Tensor, product: Tensor) -> Schedule:
    """A schedule from the products of alphas (steps,) at the given diffusion steps."""
    before = torch.cat((product.new_ones(1), product[:-1]))
    alphas = product / before
    betas = 1 - alphas
    return Schedule(
        numbers=numbers,
        signal=product.sqrt().float(),
        noise=(1 - product).sqrt().float(),
        posterior_clean=(betas * before.sqrt() / (1 - product)).float(),
        posterior_noisy=((1 - before) * alphas.sqrt() / (1 - product)).float(),
        posterior_std=(betas * (1 - before) / (1 - product)).clamp_min(0).sqrt().float(),
    )


def cosine_schedule(steps: int) -> Schedule:
    """The cosine schedule with the posterior variance as sampling variance."""

    def survival(fraction: float) -> float:
        return math.cos((fraction + _OFFSET) / (1 + _OFFSET) * math.pi / 2) ** 2

    betas = torch.tensor(
        [
            min(1 - survival((i + 1) / steps) / survival(i / steps), _GREATEST_BETA)
            for i in range(steps)
        ],
        dtype=torch.float64,
    )
    return _schedule(torch.arange(steps), (1 - betas).cumprod(0))
