"""What the engine is given at each tick, and the state that it goes on from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from remogen_ros.diffusion.sampler import Denoising
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.poses import Motion
from remogen_ros.networks.adapter import Cues
from remogen_ros.networks.config import FUTURE_FRAMES
from remogen_ros.streaming.footing import Footing
from remogen_ros.streaming.hands import Hands
from remogen_ros.streaming.seam import Seam
from remogen_ros.streaming.surprise import Expectation

Others = tuple[Tensor, Tensor]
"""Partner features (B, P, 16, 159), and who is present (B, P)."""

Weights = Mapping[str, float | Tensor]
"""Mix weight of each adapter by name: one for all egos, or (B,) of them."""


class Senses(Protocol):
    """What a batch of egos perceives at one tick, and nothing later."""

    def cues(self, frame: CanonicalFrame) -> Cues:
        """Seen from (B) canonical frames."""

    def partners(self, frame: CanonicalFrame) -> Others:
        """Seen from (B) canonical frames."""


@dataclass(frozen=True)
class Words:
    """What the egos are asked to do.

    Attributes:
        text: (B, width) sentence embeddings.
        known: (B,) bool; elsewhere nothing is asked.
    """

    text: Tensor
    known: Tensor


@dataclass(frozen=True)
class Segment:
    """The segment being shown.

    Attributes:
        latent: (B, latent) clean, where the back end works.
        history: (B, H, 276) normalised features it continues.
        frame: (B) the canonical frames of both.
        clip_ratio: share of token deltas that the adapter mix clipped.
    """

    latent: Tensor
    history: Tensor
    frame: CanonicalFrame
    clip_ratio: float


@dataclass(frozen=True)
class Coming:
    """The next segment, while it is being denoised, where the back end works.

    Attributes:
        denoising: how far it has got.
        adapters: names of those that are mixed.
        given: all that `Functions.predict` is given beside the latent and the step.
        ticks: over which the denoising is spread.
    """

    denoising: Denoising
    adapters: tuple[str, ...]
    given: tuple[Tensor, ...]
    ticks: int

    def due(self, left: int) -> int:
        """Steps to be done at a tick after which there are so many left until the segment starts.

        The tick that also encodes the cues counts half.
        """
        still_to_do = -(-2 * left * self.denoising.schedule.steps // (2 * self.ticks - 1))
        return max(0, self.denoising.remaining - still_to_do)


@dataclass(frozen=True)
class Stream:
    """Where a batch of egos has got to: tensors and numbers, to be kept, saved or gone on from.

    Attributes:
        recent: (B, H + 1) newest generated poses.
        noise: state of each ego's random numbers, so that none depends on who else is in the batch.
        hands: on their way to a partner's.
        footing: None before the first frame.
        seam: between the running segment and the one before; None without one.
        place: frame of the segment that comes next, 0 .. length - 1.
        length: frames of the running segment that will be shown: F, or fewer when it is replanned.
        segment: None while the egos still stand as they started.
        coming: the next segment, once it is begun.
        expected: what the partners were taken to do when a segment was last denoised.
        replans: how often the partners surprised, so far.
    """

    recent: Motion
    noise: tuple[Tensor, ...]
    hands: Hands
    footing: Footing | None = None
    seam: Seam | None = None
    place: int = 0
    length: int = FUTURE_FRAMES
    segment: Segment | None = None
    coming: Coming | None = None
    expected: Expectation | None = None
    replans: int = 0

    def elsewhere(self, shift: Tensor) -> Stream:
        """The egos as they are, but (B, 3) metres from where they are: so is what they do next."""
        segment = self.segment
        if segment is not None:
            frame = CanonicalFrame(segment.frame.rotation, segment.frame.origin + shift)
            segment = replace(segment, frame=frame)
        return replace(self, recent=self.recent.shifted(shift[:, None]), segment=segment)

    @staticmethod
    def continuing(context: Motion, seed: int) -> Stream:
        """Egos that go on at once from H + 1 frames of motion, (B, H + 1) in the world.

        The random numbers of ego b are those of seed + b.
        """
        egos = range(len(context.root_positions))
        noise = tuple(torch.Generator().manual_seed(seed + ego).get_state() for ego in egos)
        return Stream(context, noise, Hands.apart(len(noise)))
