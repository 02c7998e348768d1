"""The 276 motion features: DART's pieces in DART's order, with backward deltas.

    translation 3 | rotations 22 x 6D = 132 | translation delta 3 | root-orientation delta 6D = 6
    | joint positions 66 | joint deltas 66

Everything is in a canonical frame (`canonical.py`). Deltas are x_t - x_(t-1), and for the root
orientation R_t R_(t-1)^T: a live system has no next frame.
"""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.legs import Feet, standing_on
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import matrix_from_6d, matrix_to_6d
from remogen_ros.motion.skeleton import ADULT, JOINT_COUNT, Skeleton

TRANSLATION = slice(0, 3)
ROTATIONS = slice(3, 135)
ORIENTATION = slice(3, 9)
TRANSLATION_DELTA = slice(135, 138)
ORIENTATION_DELTA = slice(138, 144)
JOINTS = slice(144, 210)
JOINT_DELTAS = slice(210, 276)
FEATURE_COUNT = 276


def encode(motion: Motion, frame: CanonicalFrame, skeleton: Skeleton = ADULT) -> Tensor:
    """Features of a motion, seen from a canonical frame.

    Args:
        motion: (..., T + 1) world frames; the first only serves the first delta.
        frame: (...) canonical frames.
        skeleton: whose bone offsets to use.

    Returns:
        (..., T, 276).
    """
    roots = frame.points_to_local(motion.root_positions)
    orientations = frame.rotations_to_local(motion.rotations[..., 0, :, :])
    if motion.known_joints is not None and skeleton is ADULT:
        known = motion.known_joints
        joints = frame.points_to_local(known.flatten(-3, -2)).unflatten(-2, known.shape[-3:-1])
    else:
        above = orientations[..., None, :, :]
        rotations = torch.cat((above, motion.rotations[..., 1:, :, :]), dim=-3)
        joints = Motion(roots, rotations).joints(skeleton)
    shown = motion.rotations[..., 1:, 1:, :, :]
    turn = orientations[..., 1:, :, :] @ orientations[..., :-1, :, :].transpose(-1, -2)
    return torch.cat(
        (
            roots[..., 1:, :],
            matrix_to_6d(orientations[..., 1:, :, :]),
            matrix_to_6d(shown).flatten(-2),
            roots[..., 1:, :] - roots[..., :-1, :],
            matrix_to_6d(turn),
            joints[..., 1:, :, :].flatten(-2),
            (joints[..., 1:, :, :] - joints[..., :-1, :, :]).flatten(-2),
        ),
        dim=-1,
    )


def decode(features: Tensor, frame: CanonicalFrame) -> Motion:
    """World motion of features (..., T, 276), seen from canonical frames (...) -> T frames.

    Translation and rotations make the pose; the legs then bend so that the feet are where the
    joint features say. Errors of rotations add up along a leg, and feet would slide.
    """
    rotations = matrix_from_6d(features[..., ROTATIONS].unflatten(-1, (JOINT_COUNT, 6)))
    seen = Motion(features[..., TRANSLATION], rotations)
    joints = features[..., JOINTS].unflatten(-1, (JOINT_COUNT, 3))
    rotations = standing_on(seen, Feet.of(seen).put_where(joints), same_side=True).rotations
    orientations = frame.rotations_to_world(rotations[..., 0, :, :])
    rotations = torch.cat((orientations[..., None, :, :], rotations[..., 1:, :, :]), dim=-3)
    return Motion(frame.points_to_world(features[..., TRANSLATION]), rotations)


def recanonicalise(features: Tensor, old: CanonicalFrame, new: CanonicalFrame) -> Tensor:
    """The same features (..., T, 276) seen from another canonical frame, without kinematics."""
    relative = CanonicalFrame(
        old.rotation.transpose(-1, -2) @ new.rotation,
        old.points_to_local(new.origin[..., None, :])[..., 0, :],
    )
    turn = relative.rotation.transpose(-1, -2)

    def point(columns: slice) -> Tensor:
        points = features[..., columns].unflatten(-1, (-1, 3))
        moved = relative.points_to_local(points.flatten(-3, -2))
        return moved.unflatten(-2, points.shape[-3:-1]).flatten(-2)

    def vector(columns: slice) -> Tensor:
        vectors = features[..., columns].unflatten(-1, (-1, 3))
        turned = relative.vectors_to_local(vectors.flatten(-3, -2))
        return turned.unflatten(-2, vectors.shape[-3:-1]).flatten(-2)

    six = features[..., ROTATIONS].unflatten(-1, (JOINT_COUNT, 6))
    # The columns of R' = C^T R are C^T times the columns of R.
    root = (six[..., 0, :].unflatten(-1, (2, 3)) @ relative.rotation[..., None, :, :]).flatten(-2)
    delta = matrix_from_6d(features[..., ORIENTATION_DELTA])
    delta = turn[..., None, :, :] @ delta @ relative.rotation[..., None, :, :]
    return torch.cat(
        (
            point(TRANSLATION),
            torch.cat((root[..., None, :], six[..., 1:, :]), dim=-2).flatten(-2),
            vector(TRANSLATION_DELTA),
            matrix_to_6d(delta),
            point(JOINTS),
            vector(JOINT_DELTAS),
        ),
        dim=-1,
    )
