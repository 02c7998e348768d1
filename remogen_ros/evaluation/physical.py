"""Whether motion is a body's: feet that skate, jerk and its peaks, where pelvises are.

Joints are (B, T, 22, 3) metres at FRAME_RATE, z up, the floor at z = 0; `valid` (B, T) bool says
which frames a clip has. DART's velocity form of skating and its jerk are `motion.quality`'s
`foot_skate` and `jerk`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.quality import BALLS, joint_jerk, lasting, mean_over_frames
from remogen_ros.motion.skeleton import FOOT_HEIGHT, JOINT_INDEX
from remogen_ros.networks.config import FUTURE_FRAMES

SKATING_HEIGHT = 0.05
"""Height of the ball of a foot above where it stands under which it is on the floor, metres."""

SKATING_SPEED = 0.5
"""Speed over the floor from which a foot on the floor skates, m/s."""

_SMOOTHING = 1
"""Speeds before and after each that its smoothed one is the mean of."""

_PELVIS = JOINT_INDEX["pelvis"]


def skating_ratio(joints: Tensor, valid: Tensor | None = None) -> Tensor:
    """Share of frames in which a foot skates.

    As in GMD (Karunratanakul et al., ICCV 2023) and OmniControl: the ball of either foot is on the
    floor in two adjacent frames and moves over it faster than 0.5 m/s, and so does it on the mean
    of the speeds around. There five speeds at 20 fps are the mean; here three at 10 fps, and at the
    ends of a clip the two that there are, where GMD takes the missing ones as zero. Heights are
    from where the ball of a standing foot is (FOOT_HEIGHT).

    Args:
        joints: (B, T, 22, 3) metres.
        valid: (B, T) bool.

    Returns:
        (B,) of 0 to 1.
    """
    balls = joints[..., BALLS, :]
    speed = balls[..., :2].diff(dim=-3).norm(dim=-1) * FRAME_RATE
    whole = torch.ones(joints.shape[:-2], dtype=torch.bool, device=joints.device)
    counts = lasting(whole if valid is None else valid, 2)
    low = balls[..., 2] < FOOT_HEIGHT + SKATING_HEIGHT
    low = low[..., 1:, :] & low[..., :-1, :]
    fast = (speed > SKATING_SPEED) & (_smoothed(speed, counts) > SKATING_SPEED)
    return mean_over_frames((low & fast).any(-1).to(joints), valid)


def _smoothed(speed: Tensor, counts: Tensor) -> Tensor:
    """(B, N, 2) the mean of each speed and of those of its neighbours that count, (B, N)."""
    weight = counts[..., None].expand_as(speed).to(speed)

    def around(values: Tensor) -> Tensor:
        padded = torch.nn.functional.pad(values, (0, 0, _SMOOTHING, _SMOOTHING))
        return padded.unfold(-2, 2 * _SMOOTHING + 1, 1).sum(-1)

    known = torch.where(counts[..., None], speed, 0.0)
    return around(known) / around(weight).clamp_min(1)


def largest_jerk(joints: Tensor, valid: Tensor | None = None) -> Tensor:
    """The jerk of whichever joint has most of it, frame by frame.

    The curve of FlowMDM (Barquero et al., CVPR 2024), which takes the L1 norm of third differences
    and no frame rate: here the Euclidean norm, so that turning the world changes nothing, in
    m/s^3. Its numbers are other numbers.

    Args:
        joints: (B, T, 22, 3) metres.
        valid: (B, T) bool.

    Returns:
        (B, T - 3) m/s^3; NaN where not all four frames are valid.
    """
    curve = joint_jerk(joints).amax(-1)
    return curve if valid is None else curve.masked_fill(~lasting(valid, 4), torch.nan)


def mean_jerk_curve(curves: Sequence[Tensor], frames: int | None = None) -> Tensor:
    """The mean over all clips, as far as half of them last.

    Args:
        curves: (B, N) m/s^3, of `largest_jerk`; batches may be of different lengths.
        frames: how far that is, if it is known; of motion that is not finite it cannot be told.

    Returns:
        (N,) m/s^3; NaN where no clip has any.
    """
    longest = max(curve.shape[-1] for curve in curves)
    padded = [
        torch.nn.functional.pad(curve, (0, longest - curve.shape[-1]), value=torch.nan)
        for curve in curves
    ]
    clips = torch.cat(padded)
    mean = clips.nanmean(0)
    if frames is not None:
        return mean[:frames]
    lasting_clips = (~clips.isnan()).sum(0)
    return mean[lasting_clips * 2 >= lasting_clips.amax().clamp_min(1)]


def peak_jerk(curve: Tensor) -> Tensor:
    """PJ of FlowMDM: the highest point of an (N,) mean curve, () m/s^3."""
    return curve.amax()


def area_under_jerk(curve: Tensor, true: Tensor) -> Tensor:
    """AUJ of FlowMDM: the area between the mean curve and that of ground truth.

    Smoothed and jolting motion both have some. FlowMDM takes the 30 frames around a transition,
    where ground truth is as good as level, and the mean of its curve; clips here begin at rest,
    and are held against the curve itself. FlowMDM sums frames; this integrates over seconds.

    Args:
        curve, true: (N,) m/s^3, of `mean_jerk_curve`.

    Returns:
        () m/s^2; 0 of ground truth.
    """
    return (curve - true).abs().sum() / FRAME_RATE


def jumps_at_boundaries(
    joints: Tensor, valid: Tensor | None = None, period: int = FUTURE_FRAMES
) -> tuple[Tensor, Tensor]:
    """How much more abruptly joints move where a segment begins than inside of segments.

    Args:
        joints: (B, T, 22, 3) metres; a segment begins at every frame that `period` divides.
        valid: (B, T) bool.
        period: frames of a segment.

    Returns:
        (B,) change of velocity from one frame to the next, and (B,) change of acceleration, mean
        over joints and boundaries relative to the mean over all other frames: 1 where nobody sees
        the boundary. NaN of a clip without both.
    """
    whole = torch.ones(joints.shape[:-2], dtype=torch.bool, device=joints.device)
    counts = whole if valid is None else valid
    ratios = []
    for order in (2, 3):
        change = joints.diff(n=order, dim=-3).norm(dim=-1).mean(-1)
        frame = torch.arange(order, joints.shape[-3], device=joints.device)
        there, known = frame % period == 0, lasting(counts, order + 1)
        at, inside = (
            change.masked_fill(~(known & where), torch.nan).nanmean(-1) for where in (there, ~there)
        )
        ratios.append(at / inside)
    return ratios[0], ratios[1]


@dataclass(frozen=True)
class PelvisRange:
    """Where the pelvises of a corpus are, and how fast.

    Attributes:
        lowest, highest: metres above the floor.
        fastest: m/s over the floor.
    """

    lowest: float
    highest: float
    fastest: float

    @staticmethod
    def of(joints: Tensor, valid: Tensor | None = None) -> PelvisRange:
        """The range of (B, T, 22, 3) clips."""
        height, speed = _pelvis(joints)
        if valid is not None:
            height, speed = height[valid], speed[lasting(valid, 2)]
        return PelvisRange(float(height.min()), float(height.max()), float(speed.max()))

    def joined(self, other: PelvisRange) -> PelvisRange:
        """The range of both."""
        return PelvisRange(
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
            max(self.fastest, other.fastest),
        )


def share_out_of_range(joints: Tensor, usual: PelvisRange, valid: Tensor | None = None) -> Tensor:
    """Share of frames in which the pelvis is where, or as fast as, none of a corpus is.

    Zero: the roll-out has not diverged.

    Args:
        joints: (B, T, 22, 3) metres, two frames or more.
        usual: of the corpus.
        valid: (B, T) bool.

    Returns:
        (B,) of 0 to 1, over frames from the second on.
    """
    height, speed = _pelvis(joints)
    height = height[..., 1:]
    inside = (height >= usual.lowest) & (height <= usual.highest) & (speed <= usual.fastest)
    return mean_over_frames((~inside).to(joints), valid)


def _pelvis(joints: Tensor) -> tuple[Tensor, Tensor]:
    """(B, T) metres above the floor, (B, T - 1) m/s over it."""
    pelvis = joints[..., _PELVIS, :]
    return pelvis[..., 2], pelvis[..., :2].diff(dim=-2).norm(dim=-1) * FRAME_RATE
