"""A Meta-Interaction adapter, and the mix of several of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from remogen_ros.networks.config import AdapterConfig, DenoiserConfig
from remogen_ros.networks.intent import IntentEncoder
from remogen_ros.networks.interaction import InteractionBlock, clip_delta
from remogen_ros.networks.layers import Context, learned_positions
from remogen_ros.networks.others import OthersEncoder
from remogen_ros.networks.scene import SceneEncoder

BLOCK_EVERY = 2
"""An interaction block follows every second denoiser layer."""


@dataclass(frozen=True)
class Cues:
    """Network-ready cues of a batch of egos, each in its own canonical frame.

    Attributes:
        partners: (B, P, 16, 159) partner features.
        partner_present: (B, P) bool.
        occupancy: (B, 32, 32, 20) uint8 cell states.
        scene_known: (B,) bool.
        goal: (B, 3) metres.
        goal_known: (B,) bool.
    """

    partners: Tensor
    partner_present: Tensor
    occupancy: Tensor
    scene_known: Tensor
    goal: Tensor
    goal_known: Tensor

    def kept(self, keep: Tensor) -> Cues:
        """The same cues, unknown wherever `keep` (B,) is False: cue dropout and guidance."""
        return Cues(
            self.partners,
            self.partner_present & keep[:, None],
            self.occupancy,
            self.scene_known & keep,
            self.goal,
            self.goal_known & keep,
        )

    def repeated(self, times: int) -> Cues:
        """The batch `times` times over."""
        return Cues(
            *(
                value.repeat(times, *[1] * (value.dim() - 1))
                for value in (
                    self.partners,
                    self.partner_present,
                    self.occupancy,
                    self.scene_known,
                    self.goal,
                    self.goal_known,
                )
            )
        )


class Adapter(nn.Module):
    """Cue encoders and interaction blocks of one domain (human-human or human-scene)."""

    def __init__(self, config: AdapterConfig, denoiser: DenoiserConfig) -> None:
        super().__init__()
        width = denoiser.width
        self.clip = config.clip
        self.null_token = learned_positions(1, width)
        self.others = (
            OthersEncoder(config.tcn_width, config.tcn_layers, config.partner_tokens, width)
            if "partners" in config.cues
            else None
        )
        self.intent = (
            IntentEncoder(config.tcn_width, config.tcn_layers, width)
            if "partners" in config.cues
            else None
        )
        self.scene = (
            SceneEncoder(
                config.vit_width,
                config.vit_layers,
                config.vit_heads,
                config.vit_feedforward,
                config.vit_patch,
                width,
            )
            if "scene" in config.cues
            else None
        )
        self.goal = nn.Linear(3, width) if "goal" in config.cues else None
        self.blocks = nn.ModuleList(
            InteractionBlock(width, config.heads, 2 * width)
            for _ in range(denoiser.layers // BLOCK_EVERY)
        )

    def encode(self, cues: Cues) -> tuple[Tensor, Tensor]:
        """Cue tokens (B, M, width) and which are usable (B, M).

        The first token is learned and always usable: with no cue at all it says just that.
        """
        batch = len(cues.partners)
        tokens = [self.null_token.expand(batch, -1, -1)]
        usable = [torch.ones(batch, 1, dtype=torch.bool, device=self.null_token.device)]
        if self.others is not None and cues.partners.shape[1]:
            tokens.append(self.others(cues.partners))
            usable.append(self.others.token_mask(cues.partner_present))
        if self.scene is not None:
            patches = self.scene(cues.occupancy)
            tokens.append(patches)
            usable.append(cues.scene_known[:, None].expand(-1, patches.shape[1]))
        if self.goal is not None:
            tokens.append(self.goal(cues.goal)[:, None])
            usable.append(cues.goal_known[:, None])
        return torch.cat(tokens, dim=1), torch.cat(usable, dim=1)

    def contexts(self, cues: Cues) -> tuple[Context, ...]:
        """The encoded cues, prepared for each interaction block."""
        tokens, usable = self.encode(cues)
        blocks = cast("Iterable[InteractionBlock]", self.blocks)
        return tuple(block.context(tokens, usable) for block in blocks)


@dataclass(frozen=True)
class WeightedAdapter:
    """One adapter with its mix weight and its cues, prepared for each block."""

    adapter: Adapter
    weight: float
    contexts: tuple[Context, ...]


class AdapterMix:
    """Modulation by the clipped, weighted sum of several adapters' deltas (paper, Eq. 7).

    An instance serves one segment: its cues are encoded once, for all denoising steps.
    """

    def __init__(self, adapters: Sequence[tuple[Adapter, float]], cues: Cues) -> None:
        self._members = [
            WeightedAdapter(adapter, weight, adapter.contexts(cues))
            for adapter, weight in adapters
            if weight > 0
        ]
        self._clipped: list[Tensor] = []
        self._intent: Tensor | None = None
        for member in self._members:
            if member.adapter.intent is not None:
                wanted = member.adapter.intent(cues.partners, cues.partner_present)
                shift = member.weight * wanted
                self._intent = shift if self._intent is None else self._intent + shift

    def forked(self) -> AdapterMix:
        """The same mix, which counts for itself what it clips from now on."""
        other = copy(self)
        other._clipped = list(self._clipped)
        return other

    def intent(self) -> Tensor | None:
        """Weighted sum of what the adapters' partners ask for, (B, width)."""
        return self._intent

    def __call__(self, layer: int, hidden: Tensor) -> Tensor:
        """Add the mixed delta after every second layer."""
        if layer % BLOCK_EVERY or not self._members:
            return hidden
        number = layer // BLOCK_EVERY - 1
        delta = torch.zeros_like(hidden)
        for member in self._members:
            block = member.adapter.blocks[number]
            delta = delta + member.weight * block(hidden, member.contexts[number])
        limit = min(member.adapter.clip for member in self._members)
        delta, clipped = clip_delta(delta, hidden, limit)
        self._clipped.append(clipped)
        return hidden + delta

    def clipped_share(self) -> Tensor:
        """() share of token deltas that were clipped so far, 0 .. 1; of at least one layer."""
        return torch.cat(self._clipped, dim=-1).float().mean()

    @property
    def clip_ratio(self) -> float:
        """The same as a number, which waits for a GPU; 0 before the first layer."""
        return float(self.clipped_share()) if self._clipped else 0.0
