"""Training windows cut into segments, as the online generator will see them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.canonical import CanonicalFrame, canonical_frame
from remogen_ros.motion.features import encode
from remogen_ros.motion.poses import Motion, concatenate
from remogen_ros.motion.rotations import (
    matrix_from_axis_angle,
    turn_vector,
    yaw_matrix,
)
from remogen_ros.motion.statistics import Statistics
from remogen_ros.networks.config import FUTURE_FRAMES, HISTORY_FRAMES
from remogen_ros.networks.precision import exact

CONTEXT_FRAMES = HISTORY_FRAMES + 1
"""Frames that give H history features: the first only serves the first backward delta."""


def window_frames(segments: int) -> int:
    """Frames of a training window of so many segments."""
    return CONTEXT_FRAMES + segments * FUTURE_FRAMES


@dataclass(frozen=True)
class Segment:
    """One segment of a batch, in the canonical frame of its last history frame.

    Attributes:
        history: (B, H, 276) normalised.
        future: (B, F, 276) normalised.
        frame: (B) canonical frames.
        start: index of the first future frame in the window.
    """

    history: Tensor
    future: Tensor
    frame: CanonicalFrame
    start: int


def frame_of_last(motion: Motion) -> CanonicalFrame:
    """Canonical frame of the last pose of each motion in a batch."""
    return canonical_frame(motion.root_positions[..., -1, :], motion.rotations[..., -1, 0, :, :])


def segment_at(window: Motion, number: int, statistics: Statistics) -> Segment:
    """Segment `number` of a window of ground truth."""
    start = CONTEXT_FRAMES + number * FUTURE_FRAMES
    context = window.frames(start - CONTEXT_FRAMES, start)
    return segment_of(context, window.frames(start, start + FUTURE_FRAMES), start, statistics)


@exact
def segment_of(context: Motion, future: Motion, start: int, statistics: Statistics) -> Segment:
    """A segment from H + 1 frames of context and F frames of future, both in the world."""
    frame = frame_of_last(context)
    if context.known_joints is not None and future.known_joints is None:
        future = Motion(future.root_positions, future.rotations, future.joints())
    features = statistics.normalise(encode(concatenate([context, future]), frame))
    return Segment(features[:, :HISTORY_FRAMES], features[:, HISTORY_FRAMES:], frame, start)


@exact
def eased_future(context: Motion, true_context: Motion, future: Motion, meet: bool) -> Motion:
    """The target after a rolled-out context: it starts where the roll-out is, without a jump.

    The true future is carried to where the roll-out has drifted (yaw and floor position). The
    difference in pose (joint rotations, tilt, height) fades over the segment. With `meet`, so does
    the drift: adapters see partner and room, and must learn to correct it. The prior cannot know
    that it drifted, so it goes on from there.

    Args:
        context, true_context: (B, H + 1) rolled-out and true frames of the same times.
        future: (B, F) true frames.
    """
    drifted, true = frame_of_last(context), frame_of_last(true_context)
    yaw_turn = drifted.rotation @ true.rotation.transpose(-1, -2)
    yaw = torch.atan2(yaw_turn[:, 1, 0], yaw_turn[:, 0, 0])
    steps = torch.arange(1, FUTURE_FRAMES + 1, device=yaw.device) / FUTURE_FRAMES
    fading, kept = 1 - steps, torch.ones_like(steps)
    share = fading if meet else kept
    turn = yaw_matrix(yaw[:, None] * share)
    shift = (drifted.origin - true.origin)[:, None] * share[:, None]
    origin = true.origin[:, None]
    roots = ((future.root_positions - origin)[..., None, :] @ turn.transpose(-1, -2))[..., 0, :]
    roots = roots + origin + shift
    lifted = (context.root_positions - true_context.root_positions)[:, -1, 2]
    roots[..., 2] += lifted[:, None] * fading
    last, true_last = context.rotations[:, -1], true_context.rotations[:, -1]
    true_last = with_root(yaw_turn @ true_last[:, 0], true_last)
    posed = turn_vector(true_last.transpose(-1, -2) @ last)
    carried = with_root(turn @ future.rotations[:, :, 0], future.rotations)
    fade = fading[:, None, None]
    return Motion(roots, carried @ matrix_from_axis_angle(posed[:, None] * fade))


def with_root(orientation: Tensor, rotations: Tensor) -> Tensor:
    """(..., 22, 3, 3) rotations whose root orientation is replaced by (..., 3, 3)."""
    return torch.cat((orientation[..., None, :, :], rotations[..., 1:, :, :]), dim=-3)
