"""Scene encoder: a vision transformer over the ego's occupancy, height as channels."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from remogen_ros.cues.occupancy import EGO_CELLS, OCCUPIED, UNSEEN
from remogen_ros.networks.layers import TransformerLayer, learned_positions


class SceneEncoder(nn.Module):
    """Occupancy to patch tokens. Unseen cells are a channel of their own: unknown is not free."""

    def __init__(
        self, vit_width: int, layers: int, heads: int, hidden: int, patch: int, width: int
    ) -> None:
        super().__init__()
        if EGO_CELLS[0] % patch or EGO_CELLS[1] % patch:
            raise ValueError(f"a patch of {patch} cells does not divide the view {EGO_CELLS}")
        count = (EGO_CELLS[0] // patch) * (EGO_CELLS[1] // patch)
        self.patches = nn.Conv2d(2 * EGO_CELLS[2], vit_width, patch, stride=patch)
        self.positions = learned_positions(count, vit_width)
        self.layers = nn.Sequential(
            *(TransformerLayer(vit_width, heads, hidden, 0.0) for _ in range(layers))
        )
        self.out = nn.Linear(vit_width, width)

    def forward(self, occupancy: Tensor) -> Tensor:
        """(B, 32, 32, 20) uint8 states -> (B, patches, width)."""
        states = torch.cat((occupancy == OCCUPIED, occupancy == UNSEEN), dim=-1)
        image = states.permute(0, 3, 1, 2).to(self.positions.dtype)
        tokens = self.patches(image).flatten(2).transpose(1, 2) + self.positions
        return self.out(self.layers(tokens))
