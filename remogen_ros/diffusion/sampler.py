"""Ancestral sampling of a segment's latent, with classifier-free guidance in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.diffusion.schedule import Schedule
from remogen_ros.networks.adapter import Adapter, AdapterMix, Cues
from remogen_ros.networks.denoiser import Denoiser


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

    def with_unconditional(self) -> Conditions:
        """The batch, followed by itself with text and cues unknown."""
        batch = len(self.history)
        keep = torch.arange(2 * batch, device=self.history.device) < batch
        return Conditions(
            self.history.repeat(2, 1, 1),
            self.text.repeat(2, 1),
            self.text_known.repeat(2) & keep,
            self.cues.repeated(2).kept(keep),
        )


class Denoising:
    """One segment's way from noise to a clean latent, a step at a time.

    The steps can be spread over several ticks: nothing but the conditions given here is looked at.
    """

    def __init__(
        self,
        denoiser: Denoiser,
        schedule: Schedule,
        adapters: Sequence[tuple[Adapter, float]],
        conditions: Conditions,
        noise: Tensor,
        guidance: float = 1.0,
    ) -> None:
        """Prepare the cues.

        Args:
            adapters: each with its mix weight; weights of 0 cost nothing.
            noise: (steps, B, latent) standard normal, the first row the starting point.
            guidance: 1 uses the conditional prediction alone; otherwise
                unconditional + guidance * (conditional - unconditional).
        """
        self._denoiser = denoiser
        self._schedule = schedule
        self._guidance = guidance
        self._guided = guidance != 1.0
        self._conditions = conditions.with_unconditional() if self._guided else conditions
        self._mix = AdapterMix(adapters, self._conditions.cues)
        self._noise = noise
        self._remaining = schedule.steps
        self.latent = noise[0]

    def resume(self, latent: Tensor, steps: int) -> None:
        """Go on from a latent (B, latent) that is only as noisy as `steps` steps take away."""
        self.latent, self._remaining = latent, steps

    def forked(self) -> Denoising:
        """The same at the same step; what one does from here on, the other does not."""
        other = copy(self)
        other._mix = self._mix.forked()
        return other

    @property
    def remaining(self) -> int:
        """Steps still to do; at 0 the latent is clean."""
        return self._remaining

    @property
    def clip_ratio(self) -> float:
        """Share of token deltas that the mix clipped so far, 0 .. 1."""
        return self._mix.clip_ratio

    def advance(self, steps: int) -> None:
        """Do so many steps, or the remaining ones if fewer."""
        for _ in range(min(steps, self._remaining)):
            self._remaining -= 1
            self._step(self._remaining)

    def _step(self, index: int) -> None:
        schedule, given = self._schedule, self._conditions
        noisy = self.latent.repeat(2, 1) if self._guided else self.latent
        step = schedule.numbers[index].expand(len(noisy))
        clean = self._denoiser(noisy, step, given.history, given.text, given.text_known, self._mix)
        if self._guided:
            conditional, unconditional = clean.chunk(2)
            clean = unconditional + self._guidance * (conditional - unconditional)
        latent = (
            schedule.posterior_clean[index] * clean + schedule.posterior_noisy[index] * self.latent
        )
        if index:
            noise = self._noise[schedule.steps - index]
            latent = latent + schedule.posterior_std[index] * noise
        self.latent = latent


def sample(
    denoiser: Denoiser,
    schedule: Schedule,
    adapters: Sequence[tuple[Adapter, float]],
    conditions: Conditions,
    noise: Tensor,
    guidance: float = 1.0,
) -> Tensor:
    """All steps at once: the clean latent (B, latent), in units of `denoiser.latent_std`."""
    denoising = Denoising(denoiser, schedule, adapters, conditions, noise, guidance)
    denoising.advance(schedule.steps)
    return denoising.latent
