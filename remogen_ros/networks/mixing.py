"""The mix of several Meta-Interaction adapters: a weighted, clipped sum of their deltas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.networks.adapter import BLOCK_EVERY, Adapter, Cues, Perceived
from remogen_ros.networks.interaction import clip_delta

_WHOLE_FROM = 0.5
"""Weight of adapters from which on what their partners ask for is said in full."""


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
        self._intent = _intent(members)

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
        """What the adapters' partners ask for, (B, width); None where no adapter hears them."""
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


def _intent(members: Sequence[MixedAdapter]) -> Tensor | None:
    """Weighted sum of what partners ask for, said in full from half of the weight on.

    Words said by half are other words. Deltas may halve; what is asked for only fades below that.
    """
    heard = [(m.weight[:, None], m.perceived.intent) for m in members]
    asked = [(weight.to(wanted.dtype), wanted) for weight, wanted in heard if wanted is not None]
    if not asked:
        return None
    weight = torch.stack([weight for weight, _ in asked]).sum(0)
    strength = torch.maximum(weight, (weight / _WHOLE_FROM).clamp(max=1.0))
    shift = torch.stack([weight * wanted for weight, wanted in asked]).sum(0)
    return shift * strength / weight.clamp_min(torch.finfo(weight.dtype).tiny)
