"""Partners who do something else than a segment was made for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from remogen_ros.cues.partners import newest_joints, newest_velocities
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.poses import FRAME_RATE


@dataclass(frozen=True)
class Expectation:
    """Partners as they were when a segment was denoised, going on as they moved.

    Attributes:
        joints: (B, P, 22, 3) where they are taken to be by now, in the world, metres.
        step: (B, P, 1, 3) how far they are taken to go until the next frame, metres: all joints
            alike, for who gestures comes back, and who walks goes on.
        known: (B, P, 22) bool.
    """

    joints: Tensor
    step: Tensor
    known: Tensor

    @staticmethod
    def of(partners: Tensor, frame: CanonicalFrame) -> Expectation:
        """From partner features (B, P, 16, 159), seen from (B) canonical frames."""
        joints, known = newest_joints(partners, frame)
        step = newest_velocities(partners, frame) / FRAME_RATE
        going = step.sum(-2) / known.sum(-1, keepdim=True).clamp_min(1)
        return Expectation(joints, going[..., None, :], known)

    def later(self) -> Expectation:
        """One frame later."""
        return replace(self, joints=self.joints + self.step)

    def deviation(self, joints: Tensor, known: Tensor) -> Tensor:
        """How far off the partners are by now.

        Args:
            joints, known: (B, P, 22, 3) metres, (B, P, 22) bool: where they really are.

        Returns:
            (B,) metres, the mean distance of the joints of whoever is furthest off; 0 if that
            cannot be told, as when others are seen than before.
        """
        if joints.shape != self.joints.shape or not joints.shape[1]:
            return joints.new_zeros(len(joints))
        both = known & self.known
        distance = (joints - self.joints).norm(dim=-1) * both
        return (distance.sum(-1) / both.sum(-1).clamp_min(1)).amax(-1)


def correction(latent: Tensor, refined: Tensor) -> Tensor:
    """(B,) how much refinement changes latents (B, latent), relative to their size."""
    change = torch.linalg.vector_norm(refined - latent, dim=-1)
    return change / torch.linalg.vector_norm(latent, dim=-1).clamp_min(1e-6)
