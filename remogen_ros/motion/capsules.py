"""A body as capsules, and how far two bodies are apart.

Radii are rounded from the mean breadths and girths of adults in Pheasant and Haslegrave,
"Bodyspace" (2005), a little on the slim side: two capsules that touch are bodies that do.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from remogen_ros.motion.arms import PALM
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX

RADII: dict[str, tuple[str, str, float]] = {
    "hips": ("left_hip", "right_hip", 0.10),
    "belly": ("pelvis", "spine2", 0.12),
    "chest": ("spine2", "neck", 0.11),
    "shoulders": ("left_shoulder", "right_shoulder", 0.06),
    "head": ("neck", "head", 0.09),
    **{
        f"{side}_{name}": (f"{side}_{first}", f"{side}_{second}", radius)
        for side in ("left", "right")
        for name, first, second, radius in (
            ("thigh", "hip", "knee", 0.07),
            ("shank", "knee", "ankle", 0.05),
            ("foot", "ankle", "foot", 0.04),
            ("upper_arm", "shoulder", "elbow", 0.045),
            ("forearm", "elbow", "wrist", 0.035),
            ("hand", "wrist", "palm", 0.03),
        )
    },
}
"""Each capsule's two ends, joints or palms, and its radius in metres."""

_ENDS = (*JOINT_INDEX, "left_palm", "right_palm")
_FIRST = [_ENDS.index(first) for first, _, _ in RADII.values()]
_SECOND = [_ENDS.index(second) for _, second, _ in RADII.values()]
_THICKNESS = torch.tensor([radius for _, _, radius in RADII.values()])
_HEAD_TOP = 0.06
"""Metres by which the head goes on above its joint, before the cap."""

_ELBOWS = [JOINT_INDEX["left_elbow"], JOINT_INDEX["right_elbow"]]
_WRISTS = [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]
_FOREARM = float(ADULT.bone_lengths[_WRISTS[0]])


def separation(first: Tensor, second: Tensor, spared: Iterable[tuple[str, str]] = ()) -> Tensor:
    """(..., T) metres between the surfaces of two bodies; negative where one is in the other.

    Hands are taken to go on straight from the forearm.

    Args:
        first, second: (..., T, 22, 3) joints.
        spared: pairs of capsules, of the first and of the second body, that may touch.
    """
    one, other = _capsules(first), _capsules(second)
    gaps = segment_distance(one[0][..., :, None, :], one[1][..., :, None, :],
                            other[0][..., None, :, :], other[1][..., None, :, :])  # fmt: skip
    thick = _THICKNESS.to(first)
    gaps = gaps - (thick[:, None] + thick)
    names = list(RADII)
    for mine, theirs in spared:
        gaps[..., names.index(mine), names.index(theirs)] = np.inf
    return gaps.flatten(-2).amin(-1)


def _capsules(joints: Tensor) -> tuple[Tensor, Tensor]:
    """(..., T, 22, 3) joints -> (..., T, K, 3) first and second ends."""
    forearms = joints[..., _WRISTS, :] - joints[..., _ELBOWS, :]
    hands = joints[..., _WRISTS, :] + forearms * (PALM / _FOREARM)
    ends = torch.cat((joints, hands), dim=-2)
    head = JOINT_INDEX["head"]
    crown = torch.nn.functional.normalize(
        joints[..., head, :] - joints[..., JOINT_INDEX["neck"], :], dim=-1
    )
    ends[..., head, :] += _HEAD_TOP * crown
    return ends[..., _FIRST, :], ends[..., _SECOND, :]


def segment_distance(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """(...) least distance between the segments a-b and c-d, all (..., 3).

    After Ericson, "Real-Time Collision Detection" (2005), section 5.1.9.
    """
    u, v, w = b - a, d - c, a - c
    uu, vv = (u * u).sum(-1).clamp_min(1e-12), (v * v).sum(-1).clamp_min(1e-12)
    uv, uw, vw = (u * v).sum(-1), (u * w).sum(-1), (v * w).sum(-1)
    steep = uu * vv - uv * uv
    s = torch.where(steep > 1e-9 * uu * vv, (uv * vw - uw * vv) / steep.clamp_min(1e-12), 0.0)
    t = (uv * s.clamp(0, 1) + vw) / vv
    # Where the second segment's end is nearest, the first one's nearest point follows from it.
    inside = t.clamp(0, 1)
    s = torch.where(t == inside, s.clamp(0, 1), (uv * inside - uw) / uu).clamp(0, 1)
    return (w + s[..., None] * u - inside[..., None] * v).norm(dim=-1)
