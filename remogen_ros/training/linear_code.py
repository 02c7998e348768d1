"""The linear code from which the motion VAE starts: principal components of segments, in metres."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from remogen_ros.motion import features as layout
from remogen_ros.motion.skeleton import ADULT, FOOT_JOINTS, JOINT_COUNT, PARENTS
from remogen_ros.motion.statistics import Statistics
from remogen_ros.networks.linear_code import FittedCode

_SPREAD = 0.5
"""Latents grow with this power of their components' spread: 1 keeps metres, 0 whitens. In between,
a denoiser sees large components early and small ones still above the noise."""

_FEET_COUNT = 4.0
"""Metres of a foot count so many times: it is shown where its joint feature is, and an eye sees a
centimetre of slide."""


@cache
def feature_metres() -> Tensor:
    """(276,) how far one unit of each feature moves the body's joints (root of summed squares).

    A translation moves all joints, a rotation those that hang on it.
    """
    rest = torch.from_numpy(ADULT.rest_joints)
    metres = torch.ones(layout.FEATURE_COUNT)
    metres[layout.TRANSLATION] = JOINT_COUNT**0.5
    levers = torch.zeros(JOINT_COUNT)
    for joint in range(JOINT_COUNT):
        carrier = joint
        while carrier >= 0:
            levers[carrier] += (rest[joint] - rest[carrier]).square().sum() / 2
            carrier = PARENTS[carrier]
    metres[layout.ROTATIONS] = levers.sqrt().clamp_min(0.05).repeat_interleave(6)
    metres[layout.ORIENTATION_DELTA] = 0.02
    metres[layout.JOINTS].unflatten(0, (JOINT_COUNT, 3))[list(FOOT_JOINTS)] *= _FEET_COUNT
    return metres


def fit_linear_code(
    history: Tensor, future: Tensor, statistics: Statistics, latent: int, noise: float
) -> FittedCode:
    """Least squares from the history, and principal components of what it does not tell.

    Args:
        history, future: (N, H, 276), (N, F, 276) features, not normalised.
        statistics: by which networks will see them normalised.
        latent: length of the code.
        noise: metres of error of a live history, which the prediction must not amplify.
    """
    frames = future.shape[1]
    scale = (feature_metres() * statistics.std).repeat(frames).double()
    known = statistics.normalise(history).flatten(1).double()
    known = torch.cat((known, known.new_ones(len(known), 1)), dim=1)
    shift = (future - history[:, -1:]) / statistics.std
    offsets = shift.flatten(1).double() * scale
    blur = (noise / statistics.std.clamp_min(noise)).square().repeat(history.shape[1]).double()
    ridge = len(known) * torch.diag(torch.cat((blur, blur.new_zeros(1))))
    prediction = torch.linalg.solve(known.mT @ known + ridge, known.mT @ offsets)
    rest = offsets - known @ prediction
    variances, components = torch.linalg.eigh(rest.mT @ rest / len(rest))
    variances, components = variances[-latent:].clamp_min(1e-12), components[:, -latent:]
    spread = variances.sqrt() ** (1 - _SPREAD)
    return FittedCode(
        (prediction / scale).float(),
        (scale[:, None] * components / spread).float(),
        ((components * spread).mT / scale).float(),
    )
