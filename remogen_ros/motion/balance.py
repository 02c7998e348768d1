"""Where the mass of a body is, by the shares of its segments."""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.motion.skeleton import JOINT_COUNT, JOINT_INDEX

_TRUNK = {
    "pelvis": 0.142,
    "spine1": 0.100,
    "spine2": 0.100,
    "spine3": 0.155,
    "neck": 0.020,
    "head": 0.061,
}
"""Shares of trunk and head, laid on their joints."""

_LIMBS = {
    ("hip", "knee"): (0.1000, 0.433),
    ("knee", "ankle"): (0.0465, 0.433),
    ("ankle", "foot"): (0.0145, 0.500),
    ("shoulder", "elbow"): (0.0280, 0.436),
    ("elbow", "wrist"): (0.0220, 0.682),
}
"""Share of each segment of a limb, and how far along it its centre is; forearms have the hands.

Winter, Biomechanics and Motor Control of Human Movement, 4th ed., table 4.1.
"""


def centre_of_mass(joints: Tensor) -> Tensor:
    """(..., 3) of bodies with joints (..., 22, 3), metres."""
    return torch.einsum("j,...jd->...d", _SHARES.to(joints), joints)


def _shares() -> Tensor:
    """(22,) of the whole mass, that each joint's place counts with."""
    shares = torch.zeros(JOINT_COUNT)
    for joint, share in _TRUNK.items():
        shares[JOINT_INDEX[joint]] += share
    for (begin, end), (share, along) in _LIMBS.items():
        for side in ("left", "right"):
            shares[JOINT_INDEX[f"{side}_{begin}"]] += (1.0 - along) * share
            shares[JOINT_INDEX[f"{side}_{end}"]] += along * share
    return shares / shares.sum()


_SHARES = _shares()
