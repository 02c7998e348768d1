"""A motion as root positions and parent-relative joint rotations, and what is done to one."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.kinematics import forward_kinematics, joint_index
from remogen_ros.motion.skeleton import ADULT, JOINT_COUNT, MIRRORED_JOINTS, Skeleton

FRAME_RATE = 10.0
"""Frames per second of everything the networks see."""


@dataclass(frozen=True)
class Motion:
    """Consecutive poses of one body, or a batch of bodies.

    Attributes:
        root_positions: (..., T, 3) pelvis positions, metres, z up, floor at z = 0.
        rotations: (..., T, 22, 3, 3) parent-relative; joint 0 is the root orientation in the world.
        known_joints: (..., T, 22, 3) what `joints()` gives, where it has been worked out before.
    """

    root_positions: Tensor
    rotations: Tensor
    known_joints: Tensor | None = None

    def __post_init__(self) -> None:
        frames = self.root_positions.shape[:-1]
        if self.root_positions.shape[-1:] != (3,) or self.rotations.shape != (
            *frames,
            JOINT_COUNT,
            3,
            3,
        ):
            raise ValueError(
                "a motion needs root positions (..., T, 3) and rotations (..., T, 22, 3, 3), not "
                f"{tuple(self.root_positions.shape)} and {tuple(self.rotations.shape)}"
            )

    def __len__(self) -> int:
        return self.root_positions.shape[-2]

    def joints(self, skeleton: Skeleton = ADULT) -> Tensor:
        """(..., T, 22, 3) joint positions, metres."""
        if self.known_joints is not None and skeleton is ADULT:
            return self.known_joints
        return forward_kinematics(self.rotations, self.root_positions, skeleton)

    def frames(self, start: int | None, stop: int | None = None) -> Motion:
        """The frames start .. stop - 1, counted as a slice counts."""
        known = self.known_joints
        return Motion(
            self.root_positions[..., start:stop, :],
            self.rotations[..., start:stop, :, :, :],
            None if known is None else known[..., start:stop, :, :],
        )

    def moved(self, rotation: Tensor, translation: Tensor) -> Motion:
        """Every pose turned by `rotation` (..., 3, 3) about the origin, then shifted (..., 3)."""
        roots = self.root_positions @ rotation.transpose(-1, -2) + translation[..., None, :]
        oriented = rotation[..., None, :, :] @ self.rotations[..., 0, :, :]
        rotations = torch.cat((oriented[..., None, :, :], self.rotations[..., 1:, :, :]), dim=-3)
        return Motion(roots, rotations)

    def shifted(self, translation: Tensor) -> Motion:
        """Every pose shifted by `translation` (..., T, 3), or all of them by (..., 1, 3)."""
        known = self.known_joints
        joints = None if known is None else known + translation[..., None, :]
        return Motion(self.root_positions + translation, self.rotations, joints)

    def mirrored(self) -> Motion:
        """Left and right exchanged: the reflection through the xz plane."""
        flip = mirror_axes(self.root_positions)
        swapped = self.rotations.index_select(-3, joint_index(MIRRORED_JOINTS, flip.device))
        return Motion(self.root_positions * flip, swapped * torch.outer(flip, flip))

    def to(self, target: torch.device | torch.dtype | str) -> Motion:
        """The same motion on another device or of another floating-point type."""
        known = self.known_joints
        return Motion(
            self.root_positions.to(target),
            self.rotations.to(target),
            None if known is None else known.to(target),
        )


def mirror_axes(like: Tensor) -> Tensor:
    """(3,) factors of x, y and z in the reflection through the xz plane."""
    flip = like.new_ones(3)
    flip[1] = -1.0
    return flip


def concatenate(motions: list[Motion]) -> Motion:
    """Motions one after the other in time."""
    known = [m.known_joints for m in motions if m.known_joints is not None]
    return Motion(
        torch.cat([m.root_positions for m in motions], dim=-2),
        torch.cat([m.rotations for m in motions], dim=-4),
        torch.cat(known, dim=-3) if len(known) == len(motions) else None,
    )
