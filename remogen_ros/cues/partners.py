"""The partner cue: the last 1.6 s of every tracked person, seen from the ego."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.canonical import CanonicalFrame, heading_of_joints
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.skeleton import ADULT, JOINT_COUNT, JOINT_INDEX
from remogen_ros.motion.standing import standing_joints

PARTNER_FRAMES = 16
"""Frames of partner history, the newest last (1.6 s at 10 Hz)."""

PARTNER_FEATURE_COUNT = 2 * 3 * JOINT_COUNT + 5 + JOINT_COUNT
"""22 positions, 22 velocities, root pose relative to the ego (x, y, z, cos, sin), 22 validities."""

_POSE = 3 * JOINT_COUNT
"""Numbers of a pose."""


@dataclass(frozen=True)
class PartnerWindow:
    """Newest observed joint positions of P partners, in the fixed frame (or any one world frame).

    Attributes:
        positions: (..., P, 16, 22, 3) metres at 10 Hz, the last frame at the current tick;
            any value where not valid.
        valid: (..., P, 16, 22) bool: the joint was observed, or filled from near observations.
    """

    positions: Tensor
    valid: Tensor

    def __post_init__(self) -> None:
        if self.positions.shape[-3:] != (PARTNER_FRAMES, JOINT_COUNT, 3):
            raise ValueError(
                "partner positions must have shape (..., P, 16, 22, 3), not "
                f"{tuple(self.positions.shape)}"
            )
        if self.valid.shape != self.positions.shape[:-1]:
            raise ValueError("every partner joint needs one validity flag")

    @staticmethod
    def nobody(device: torch.device | str = "cpu") -> PartnerWindow:
        """A window with no partner in it (P = 0)."""
        return PartnerWindow(
            torch.zeros(0, PARTNER_FRAMES, JOINT_COUNT, 3, device=device),
            torch.zeros(0, PARTNER_FRAMES, JOINT_COUNT, dtype=torch.bool, device=device),
        )


def newest_roots(features: Tensor) -> Tensor:
    """(B, P, 3) where partners (B, P, 16, 159) are now, seen as the features are, metres."""
    size = 3 * JOINT_COUNT
    return features[..., -1, 2 * size : 2 * size + 3]


def newest_joints(features: Tensor, frame: CanonicalFrame) -> tuple[Tensor, Tensor]:
    """Where the partners' joints are now, from what `partner_features` made of them.

    Args:
        features: (B, P, 16, 159), seen from `frame`.
        frame: (B) canonical frames.

    Returns:
        (B, P, 22, 3) in the world, metres, and (B, P, 22) bool, which of them are known.
    """
    newest = features[..., -1, :]
    size = 3 * JOINT_COUNT
    local = (
        newest[..., :size].unflatten(-1, (JOINT_COUNT, 3)) + newest_roots(features)[..., None, :]
    )
    world = frame.points_to_world(local.flatten(1, 2)).unflatten(1, local.shape[1:3])
    return world, newest[..., -JOINT_COUNT:] > 0


def partner_paths(features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Where the partners were over the floor, from what `partner_features` made of them.

    Args:
        features: (..., P, 16, 159), seen from some frame.

    Returns:
        In that frame (..., P, 16, 2) the roots, metres, and (..., P, 16, 2) where they faced, zero
        where the hips were not seen; and (..., P, 16) bool, when anything was seen of them.
    """
    size = 2 * 3 * JOINT_COUNT
    roots, headings = features[..., size : size + 2], features[..., size + 3 : size + 5]
    return roots, headings, (features[..., -JOINT_COUNT:] > 0).any(-1)


def newest_velocities(features: Tensor, frame: CanonicalFrame) -> Tensor:
    """(B, P, 22, 3) how the partners' joints move now, in the world, metres per second.

    Args:
        features: (B, P, 16, 159), seen from `frame`.
        frame: (B) canonical frames.
    """
    size = 3 * JOINT_COUNT
    moving = features[..., -1, size : 2 * size].unflatten(-1, (JOINT_COUNT, 3))
    return frame.vectors_to_world(moving.flatten(1, 2)).unflatten(1, moving.shape[1:3])


def partner_features(window: PartnerWindow, frame: CanonicalFrame) -> Tensor:
    """What the others encoder sees: of each frame, how the partner is posed, and where it is.

    Args:
        window: P partners, batch dimensions (...).
        frame: (...) canonical frames of the egos.

    Returns:
        (..., P, 16, 159): positions from the partner's root, velocities, the root (the pelvis, or
        the mean of what is seen without it), heading, validity; zeros wherever a joint is not
        valid. Gestures are small beside where people are, so the two are told apart here.
    """
    valid = window.valid
    # A product masks several times faster than a choice does, once everything is finite.
    mask = valid[..., None].expand_as(window.positions).to(window.positions.dtype)
    positions = torch.nan_to_num(window.positions, 0.0, 0.0, 0.0) * mask
    shape = positions.shape[-4:]
    local = frame.points_to_local(positions.flatten(-4, -2)).unflatten(-2, shape[:-1]) * mask
    moving = mask[..., 1:, :, :] * mask[..., :-1, :, :] * FRAME_RATE
    velocities = (local[..., 1:, :, :] - local[..., :-1, :, :]) * moving
    velocities = torch.cat((torch.zeros_like(velocities[..., :1, :, :]), velocities), dim=-3)
    pelvis = JOINT_INDEX["pelvis"]
    seen = valid.sum(-1, keepdim=True).clamp_min(1)
    root = torch.where(valid[..., pelvis, None], local[..., pelvis, :], local.sum(-2) / seen)
    posed = (local - root[..., None, :]) * mask
    hips = valid[..., JOINT_INDEX["left_hip"]] & valid[..., JOINT_INDEX["right_hip"]]
    heading = torch.where(hips[..., None], heading_of_joints(local), 0.0)
    return torch.cat(
        (
            posed.flatten(-2),
            velocities.flatten(-2),
            root,
            heading,
            valid.to(local.dtype),
        ),
        dim=-1,
    )


def typical_partner() -> tuple[Tensor, Tensor]:
    """What partners have in common, and how far they differ: (159,) means and spreads of features.

    Somebody who stands in front of the ego, and round numbers for the rest, about those of the
    composed pairs. Without them, what all partners have in common drowns where one is and what it
    does.
    """
    heights = torch.zeros(JOINT_COUNT, 3)
    heights[:, 2] = (standing_joints() - standing_joints()[:1])[:, 2]
    opposite = torch.tensor((1.5, 0.0, ADULT.pelvis_height))
    nothing, full = torch.zeros, torch.full
    mean = (heights.flatten(), nothing(_POSE), opposite, nothing(2), torch.ones(JOINT_COUNT))
    spread = (
        full((_POSE,), 0.2),
        full((_POSE,), 0.4),
        torch.tensor((1.5, 0.8, 0.2)),
        full((2,), 0.5),
        full((JOINT_COUNT,), 0.5),
    )
    return torch.cat(mean), torch.cat(spread)


def known_features(features: Tensor) -> Tensor:
    """(..., 159) bool, which features are of joints that are known, or of no joint."""
    valid = features[..., -JOINT_COUNT:] > 0
    coordinates = valid[..., None].expand(*valid.shape, 3).flatten(-2)
    rest = torch.ones_like(features[..., 2 * _POSE :], dtype=torch.bool)
    return torch.cat((coordinates, coordinates, rest), dim=-1)
