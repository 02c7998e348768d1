"""Ancestral sampling of a segment's latent, a step at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from torch import Tensor

from remogen_ros.diffusion.schedule import Schedule
from remogen_ros.networks.adapter import Cues

Predict = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""(B, latent) noisy, (B,) diffusion step -> (B, latent) the clean latent as predicted, and () the
share of token deltas that the adapter mix clipped."""


@dataclass(frozen=True)
class Conditions:
    """What a segment is generated from.

    Attributes:
        history: (B, H, 276) normalised features.
        text: (B, text) sentence embeddings.
        text_known: (B,) bool.
        cues: cues of the same batch.
    """

    history: Tensor
    text: Tensor
    text_known: Tensor
    cues: Cues


@dataclass(frozen=True)
class Denoising:
    """One segment's way from noise to a clean latent. Its steps can be spread over several ticks.

    Attributes:
        schedule: the steps.
        noise: (steps, B, latent) standard normal, the first row the starting point.
        latent: (B, latent) so far.
        remaining: steps still to do; at 0 the latent is clean.
        clipped: for each step done, the share of token deltas that the adapter mix clipped.
    """

    schedule: Schedule
    noise: Tensor
    latent: Tensor
    remaining: int
    clipped: tuple[Tensor, ...] = ()

    @staticmethod
    def begun(schedule: Schedule, noise: Tensor) -> Denoising:
        """All steps still to do, from the first row of the noise."""
        return Denoising(schedule, noise, noise[0], schedule.steps)

    @property
    def clip_ratio(self) -> float:
        """Mean of what was clipped, 0 .. 1; waits for a GPU."""
        return sum(float(share) for share in self.clipped) / max(1, len(self.clipped))

    def advanced(self, steps: int, predict: Predict) -> Denoising:
        """After so many steps more, or the remaining ones if fewer.

        Args:
            steps: how many.
            predict: what the denoiser makes of each, from the conditions of the segment.
        """
        schedule, latent, clipped = self.schedule, self.latent, [*self.clipped]
        last = max(0, self.remaining - steps)
        for index in reversed(range(last, self.remaining)):
            clean, share = predict(latent, schedule.numbers[index].expand(len(latent)))
            clipped.append(share)
            clean_part = schedule.posterior_clean[index] * clean
            latent = clean_part + schedule.posterior_noisy[index] * latent
            if index:
                noise = self.noise[schedule.steps - index]
                latent = latent + schedule.posterior_std[index] * noise
        return replace(self, latent=latent, remaining=last, clipped=tuple(clipped))
