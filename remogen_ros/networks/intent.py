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

    def forward(self, partners: Tensor, present: Tensor) -> Tensor:
        """(B, P, 16, 159) partner features, (B, P) who is there -> (B, width); 0 for nobody."""
        somebody = present.any(-1, keepdim=True)
        if not partners.shape[1]:
            return self.out.weight.new_zeros(len(partners), self.out.out_features)
        each = nn.functional.gelu(self.hidden(self.norm(self.others(partners))))
        salience = self.salience(each)[..., 0].masked_fill(~present, -1e9)
        chosen = (salience.softmax(-1)[..., None] * each).sum(1)
        return torch.where(somebody, self.out(chosen), 0.0)
