"""What streaming computes, as functions of tensors alone: a back end may compile them.

Cues are encoded once for each segment, the denoiser predicts once for each of its steps, and once
for each frame the segment becomes world poses. Whatever a mix of adapters has perceived travels
between them as a flat tuple of tensors: for each adapter its intent, if it sees partners, its mask,
and each block's keys and values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from remogen_ros.motion import features as layout
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.poses import Motion
from remogen_ros.networks.adapter import Adapter, Cues, Perceived
from remogen_ros.networks.assembly import Networks, Prior
from remogen_ros.networks.denoiser import Denoiser
from remogen_ros.networks.layers import Context
from remogen_ros.networks.mixing import AdapterMix, MixedAdapter


class CueEncoding(nn.Module):
    """What several adapters perceive."""

    def __init__(self, adapters: Sequence[Adapter]) -> None:
        super().__init__()
        self.adapters = nn.ModuleList(adapters)

    def forward(
        self,
        partners: Tensor,
        partner_present: Tensor,
        occupancy: Tensor,
        scene_known: Tensor,
        goal: Tensor,
        goal_known: Tensor,
    ) -> tuple[Tensor, ...]:
        """The tensors of `Cues` -> those of what each adapter perceives."""
        cues = Cues(partners, partner_present, occupancy, scene_known, goal, goal_known)
        flat: list[Tensor] = []
        for adapter in cast("list[Adapter]", self.adapters):
            intent, contexts = adapter.perceived(cues)
            if intent is not None:
                flat.append(intent)
            flat.append(cast("Tensor", contexts[0].mask))
            flat += [part for context in contexts for part in (context.key, context.value)]
        return tuple(flat)


class CleanPrediction(nn.Module):
    """One step of the denoiser with its mixed adapters; with guidance both halves in one batch."""

    def __init__(self, denoiser: Denoiser, adapters: Sequence[Adapter], guided: bool) -> None:
        super().__init__()
        self.denoiser = denoiser
        self.adapters = nn.ModuleList(adapters)
        self.guided = guided

    def forward(
        self,
        noisy: Tensor,
        step: Tensor,
        history: Tensor,
        text: Tensor,
        text_known: Tensor,
        guidance: Tensor,
        weights: Tensor,
        *perceived: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Predict the clean latent.

        Args:
            noisy, step, history, text, text_known: as for `Denoiser`.
            guidance: () unconditional + guidance * (conditional - unconditional); ignored by an
                instance that is not guided.
            weights: (adapters, B) of the mix.
            perceived: what `CueEncoding` gives for the same adapters.

        Returns:
            (B, latent), and () the share of token deltas that the mix clipped.
        """
        seen = self._perceived(perceived)
        if self.guided:
            noisy, step, history, text = (
                torch.cat((value, value)) for value in (noisy, step, history, text)
            )
            text_known = torch.cat((text_known, torch.zeros_like(text_known)))
            weights = torch.cat((weights, weights), dim=1)
            seen = [one.with_unconditional() for one in seen]
        adapters = cast("list[Adapter]", self.adapters)
        mix = AdapterMix(
            [
                MixedAdapter(adapter, weights[number], seen[number])
                for number, adapter in enumerate(adapters)
            ]
        )
        clean = self.denoiser(noisy, step, history, text, text_known, mix)
        if self.guided:
            conditional, unconditional = clean.chunk(2)
            clean = unconditional + guidance * (conditional - unconditional)
        return clean, mix.clipped_share()

    def _perceived(self, flat: Sequence[Tensor]) -> list[Perceived]:
        tensors: Iterator[Tensor] = iter(flat)
        seen = []
        for adapter in cast("list[Adapter]", self.adapters):
            intent = None if adapter.intent is None else next(tensors)
            mask = next(tensors)
            contexts = tuple(
                Context(next(tensors), next(tensors), mask) for _ in range(len(adapter.blocks))
            )
            seen.append(Perceived(intent, contexts))
        return seen


class SegmentPoses(nn.Module):
    """World poses of a segment, decoded from its latent as it is."""

    def __init__(self, prior: Prior) -> None:
        super().__init__()
        self.prior = prior

    def forward(
        self, latent: Tensor, history: Tensor, rotation: Tensor, origin: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Decode.

        Args:
            latent: (B, latent) clean.
            history: (B, H, 276) normalised features that the segment continues.
            rotation, origin: (B, 3, 3), (B, 3) of the canonical frame of both.

        Returns:
            (B, F, 3) root positions and (B, F, 22, 3, 3) rotations, as in `Motion`.
        """
        decoded = self.prior.decode(latent, history)
        motion = self.prior.posed(decoded, CanonicalFrame(rotation, origin))
        return motion.root_positions, motion.rotations


class RefinedPoses(nn.Module):
    """World poses of a segment, refined by the newest frames and partners first (FWSR).

    With no partner there is nothing new to heed: such a segment is decoded as it is.
    """

    def __init__(self, networks: Networks) -> None:
        super().__init__()
        self.prior = networks.prior
        self.refinement = networks.refinement
        self.poses = SegmentPoses(networks.prior)

    def forward(
        self,
        latent: Tensor,
        place: Tensor,
        history: Tensor,
        rotation: Tensor,
        origin: Tensor,
        recent_roots: Tensor,
        recent_rotations: Tensor,
        partners: Tensor,
        partner_present: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Refine and decode.

        Args:
            latent, history, rotation, origin: as for `SegmentPoses`.
            place: (B,) index of the frame about to be shown.
            recent_roots, recent_rotations: (B, H + 1, ...) the newest generated poses.
            partners, partner_present: the newest, as in `Cues`, seen from the same frame.

        Returns:
            What `SegmentPoses` gives, and (B, latent) the refined latent.
        """
        recent = Motion(recent_roots, recent_rotations)
        shown = layout.encode(recent, CanonicalFrame(rotation, origin))
        shown = self.prior.statistics.normalise(shown)
        refined = self.refinement(latent, place, shown, partners, partner_present)
        refined = torch.where(partner_present.any(-1, keepdim=True), refined, latent)
        return (*self.poses(refined, history, rotation, origin), refined)
