"""A Meta-Interaction adapter: encoders of its cues, and interaction blocks for the denoiser."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from remogen_ros.networks.config import AdapterConfig, DenoiserConfig
from remogen_ros.networks.intent import IntentEncoder
from remogen_ros.networks.interaction import InteractionBlock
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


class Perceived(NamedTuple):
    """Cues as one adapter encodes them, once for all denoising steps of a segment.

    Attributes:
        intent: (B, width) shift of the text token; None of an adapter that sees no partners.
        contexts: prepared for each interaction block, all with the same mask. The first token is
            usable in every row.
    """

    intent: Tensor | None
    contexts: tuple[Context, ...]

    def with_unconditional(self) -> Perceived:
        """The batch, followed by itself with no cue known."""
        mask = self.contexts[0].mask
        if mask is None:
            raise ValueError("the cues of an adapter come with a mask")
        nothing = torch.zeros_like(mask)
        nothing[..., 0] = True
        mask = torch.cat((mask, nothing))
        return Perceived(
            None if self.intent is None else torch.cat((self.intent, 0 * self.intent)),
            tuple(
                Context(torch.cat((c.key, c.key)), torch.cat((c.value, c.value)), mask)
                for c in self.contexts
            ),
        )


class Adapter(nn.Module):
    """Cue encoders and interaction blocks of one domain (human-human or human-scene)."""

    def __init__(self, config: AdapterConfig, denoiser: DenoiserConfig) -> None:
        super().__init__()
        width = denoiser.width
        self.clip = config.clip
        self.null_token = learned_positions(1, width)
        self.others = (
            OthersEncoder(
                config.tcn_width,
                config.tcn_layers,
                config.partner_tokens,
                width,
                config.partners_normalised,
            )
            if "partners" in config.cues
            else None
        )
        self.intent = (
            IntentEncoder(config.tcn_width, config.tcn_layers, width, config.partners_normalised)
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

    @property
    def untrained(self) -> bool:
        """Whether its deltas are still zero, whatever it perceives."""
        blocks = cast("Iterable[InteractionBlock]", self.blocks)
        return not any(block.film.weight.any() for block in blocks)

    def encode(self, cues: Cues, heed: Tensor | None) -> tuple[Tensor, Tensor]:
        """Cue tokens (B, M, width) and which are usable (B, M), of partners as they are heeded.

        The first token is learned and always usable: with no cue at all it says just that.

        Args:
            cues: of the egos.
            heed: (B, P) how much each partner matters, 1 in sum; None if partners are not seen.
        """
        batch = len(cues.partners)
        tokens = [self.null_token.expand(batch, -1, -1)]
        usable = [torch.ones(batch, 1, dtype=torch.bool, device=self.null_token.device)]
        if self.others is not None and heed is not None and heed.shape[1]:
            # Attention over two people's tokens would take from both: half a handshake, half a bow.
            each = self.others(cues.partners).unflatten(1, (-1, self.others.tokens))
            tokens.append((heed[..., None, None] * each).sum(1))
            somebody = cues.partner_present.any(-1, keepdim=True)
            usable.append(somebody.expand(-1, self.others.tokens))
        if self.scene is not None:
            patches = self.scene(cues.occupancy)
            tokens.append(patches)
            usable.append(cues.scene_known[:, None].expand(-1, patches.shape[1]))
        if self.goal is not None:
            tokens.append(self.goal(cues.goal)[:, None])
            usable.append(cues.goal_known[:, None])
        return torch.cat(tokens, dim=1), torch.cat(usable, dim=1)

    def perceived(self, cues: Cues) -> Perceived:
        """The cues, encoded and prepared for each interaction block."""
        intent = heed = None
        if self.intent is not None:
            intent, heed = self.intent(cues.partners, cues.partner_present)
        tokens, usable = self.encode(cues, heed)
        blocks = cast("Iterable[InteractionBlock]", self.blocks)
        return Perceived(intent, tuple(block.context(tokens, usable) for block in blocks))
