"""The mix of several Meta-Interaction adapters: a weighted, clipped sum of their deltas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.networks.adapter import BLOCK_EVERY, Adapter, Cues, Perceived
from remogen_ros.networks.interaction import clip_delta


@dataclass(frozen=True)
class MixedAdapter:
    """One adapter of a mix.

    Attributes:
        adapter: whose deltas are added.
        weight: (B,) of each row.
        perceived: the cues of the same rows.
    """

    adapter: Adapter
    weight: Tensor
    perceived: Perceived


class AdapterMix:
    """Modulation by the clipped, weighted sum of several adapters' deltas (paper, Eq. 7).

    An instance serves one segment: its cues are encoded once, for all denoising steps.
    """

    def __init__(self, members: Sequence[MixedAdapter]) -> None:
        self._members = members
        self._clipped: list[Tensor] = []
        self._intent: Tensor | None = None
        for member in members:
            wanted = member.perceived.intent
            if wanted is not None:
                shift = member.weight[:, None].to(wanted.dtype) * wanted
                self._intent = shift if self._intent is None else self._intent + shift

    @staticmethod
    def of(adapters: Sequence[tuple[Adapter, float]], cues: Cues) -> AdapterMix:
        """Adapters that weigh the same for the whole batch; weights of 0 cost nothing."""
        rows = (len(cues.goal),)
        return AdapterMix(
            [
                MixedAdapter(adapter, cues.goal.new_full(rows, weight), adapter.perceived(cues))
                for adapter, weight in adapters
                if weight > 0
            ]
        )

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
            change = member.adapter.blocks[number](hidden, member.perceived.contexts[number])
            delta = delta + member.weight[:, None, None].to(change.dtype) * change
        limit = min(member.adapter.clip for member in self._members)
        delta, clipped = clip_delta(delta, hidden, limit)
        self._clipped.append(clipped)
        return hidden + delta

    def clipped_share(self) -> Tensor:
        """() share of token deltas that were clipped so far, 0 .. 1; 0 before the first layer."""
        if not self._clipped:
            return torch.zeros(())
        return torch.cat(self._clipped, dim=-1).float().mean()
