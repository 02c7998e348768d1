"""What partners ask for, in the prior's own terms: a shift of its text token."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from remogen_ros.networks.others import OthersEncoder


class IntentEncoder(nn.Module):
    """Partner windows to what would be said of the reaction, where nothing is said in words.

    It starts at zero, so that an untrained one changes nothing.
    """

    def __init__(
        self, tcn_width: int, tcn_layers: int, width: int, normalised: bool = True
    ) -> None:
        super().__init__()
        self.others = OthersEncoder(tcn_width, tcn_layers, 1, width, normalised)
        self.norm = nn.LayerNorm(width)
        self.hidden = nn.Linear(width, width)
        self.salience = nn.Linear(width, 1)
        self.out = nn.Linear(width, width)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, partners: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """What partners ask for, and how much each is heeded.

        Args:
            partners: (B, P, 16, 159) partner features.
            present: (B, P) bool, who is there.

        Returns:
            (B, width), 0 for nobody; and (B, P), 1 in sum and 0 for who is absent.
        """
        if not partners.shape[1]:
            nothing = self.out.weight.new_zeros(len(partners), self.out.out_features)
            return nothing, nothing[:, :0]
        each = nn.functional.gelu(self.hidden(self.norm(self.others(partners))))
        salience = self.salience(each)[..., 0].masked_fill(~present, -1e9)
        heed = salience.softmax(-1)
        asked = self.out((heed[..., None] * each).sum(1))
        return torch.where(present.any(-1, keepdim=True), asked, 0.0), heed
