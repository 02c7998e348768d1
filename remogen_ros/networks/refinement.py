"""Frame-wise Segment Refinement: the segment's latent, updated at every frame (paper, Eq. 8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

from remogen_ros.motion.features import FEATURE_COUNT
from remogen_ros.networks.config import FUTURE_FRAMES, HISTORY_FRAMES, RefinementConfig
from remogen_ros.networks.interaction import InteractionBlock
from remogen_ros.networks.layers import learned_positions
from remogen_ros.networks.others import OthersEncoder


class Refinement(nn.Module):
    """Interaction blocks on the single latent token; the context is the newest history and cues."""

    def __init__(self, config: RefinementConfig, latent: int) -> None:
        super().__init__()
        self.embed_history = nn.Linear(FEATURE_COUNT, latent)
        self.history_positions = learned_positions(HISTORY_FRAMES, latent)
        self.frame_positions = learned_positions(FUTURE_FRAMES, latent)
        self.others = OthersEncoder(
            config.tcn_width,
            config.tcn_layers,
            config.partner_tokens,
            latent,
            config.partners_normalised,
        )
        self.blocks = nn.ModuleList(
            InteractionBlock(latent, config.heads, 2 * latent) for _ in range(config.blocks)
        )

    def forward(
        self,
        latent: Tensor,
        frame: Tensor,
        history: Tensor,
        partners: Tensor,
        partner_present: Tensor,
    ) -> Tensor:
        """The latent to decode frame `frame` from.

        Args:
            latent: (B, latent) clean latent of the segment.
            frame: (B,) index of the frame about to be shown, 0 .. F - 1.
            history: (B, H, 276) the newest shown frames, in the segment's canonical frame.
            partners: (B, P, 16, 159) newest partner features, in the segment's canonical frame.
            partner_present: (B, P) bool.

        Returns:
            (B, latent).
        """
        place = self.frame_positions[frame][:, None]
        context = [self.embed_history(history) + self.history_positions + place]
        usable = [torch.ones(context[0].shape[:2], dtype=torch.bool, device=latent.device)]
        if partners.shape[1]:
            context.append(self.others(partners))
            usable.append(self.others.token_mask(partner_present))
        tokens, mask = torch.cat(context, dim=1), torch.cat(usable, dim=1)
        token = latent[:, None]
        for block in cast("Iterable[InteractionBlock]", self.blocks):
            token = token + block(token, block.context(tokens, mask))
        return token[:, 0]
