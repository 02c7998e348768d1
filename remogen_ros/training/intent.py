"""Phase 2a: an adapter learns what a partner asks for, as the frozen prior would be told it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.networks.adapter import Cues
from remogen_ros.networks.config import FUTURE_FRAMES
from remogen_ros.networks.denoiser import Denoiser
from remogen_ros.networks.intent import IntentEncoder
from remogen_ros.networks.precision import exact
from remogen_ros.training.ageing import drawn_age
from remogen_ros.training.batches import Window
from remogen_ros.training.config import TrainingConfig
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.objective import Loss, Measures, Terms
from remogen_ros.training.segments import CONTEXT_FRAMES, frame_of_last


@dataclass(frozen=True)
class IntentBatch:
    """(B, P, 16, 159) partner features, (B, P) who is there; (B, text) words, (B,) if known."""

    partners: Tensor
    present: Tensor
    words: Tensor
    known: Tensor


@dataclass(frozen=True)
class IntentLoss(Loss[IntentBatch]):
    """The words for what the ego does in the coming segment, from the partner's past alone: their
    squared error in the space of the prior's text token, in units of its spread.

    Among bystanders, also how much of the heed goes to the partner, who comes first.

    Attributes:
        config: how old cues are.
    """

    encoder: IntentEncoder
    denoiser: Denoiser
    windows: Drawing
    config: TrainingConfig

    def draw(self, step: int) -> IntentBatch:
        """A fresh batch."""
        first = CONTEXT_FRAMES + self.config.cue_age
        window = self.windows.window(first + FUTURE_FRAMES)
        cues = self._cues(window, first - 1)
        words, known = window.words(first, first + FUTURE_FRAMES)
        return IntentBatch(cues.partners, cues.partner_present, words, known)

    def terms(self, batch: IntentBatch) -> tuple[Terms, Measures]:
        """See `Loss`."""
        with torch.no_grad():
            null = self.denoiser.embed_text(self.denoiser.null_text)
            wanted = (self.denoiser.embed_text(batch.words) - null).float()
            spread = wanted.std(0).square().mean().clamp_min(1e-6)
        told, heed = self.encoder(batch.partners, batch.present)
        counts = (batch.known & batch.present.any(-1))[:, None]
        error = (told - wanted).float().square().mean(-1, keepdim=True) / spread
        terms = {"intent": (error * counts).sum() / counts.sum().clamp_min(1)}
        if batch.present.shape[1] < 2:
            return terms, {}
        among_others = batch.present[:, 0] & (batch.present.sum(-1) > 1)
        of_partners = (heed[:, 0] * among_others).sum() / among_others.sum().clamp_min(1)
        return terms, {"heed_of_partner": of_partners.detach()}

    @exact
    def _cues(self, window: Window, now: int) -> Cues:
        """What was perceived some frames before `now`, seen from the ego of `now`."""
        age = drawn_age(self.config, self.windows.random)
        context = window.motion.frames(now + 1 - CONTEXT_FRAMES, now + 1)
        return window.cues(now - age, frame_of_last(context))
