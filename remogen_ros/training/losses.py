"""Losses on normalised features, and on what they mean in space."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from remogen_ros.motion import features as layout
from remogen_ros.motion.kinematics import forward_kinematics
from remogen_ros.motion.rotations import matrix_from_6d
from remogen_ros.motion.skeleton import FOOT_JOINTS, JOINT_COUNT
from remogen_ros.motion.statistics import Statistics
from remogen_ros.networks.precision import exact

_CONTACT_SPEED = 0.02
"""A foot that moves less than this per frame (0.2 m/s) counts as planted, metres."""


def feature_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """Huber loss of normalised features (..., 276): squared for errors below one deviation."""
    return smooth_l1_loss(predicted, target)


@exact
def body_losses(
    predicted: Tensor, target: Tensor, last: Tensor, statistics: Statistics
) -> dict[str, Tensor]:
    """Mean squared errors (m^2) of the pose that predicted rotations make.

    Squared, because a denoiser must predict the mean of all that could come next. Norms would ask
    for the median, and of a person who stands the median is to go on standing: sampling then
    never sets off.

    Args:
        predicted, target: (B, F, 276) normalised features of a segment.
        last: (B, 276) normalised last history frame.

    Returns:
        joints: of the posed body against the target's joints; velocity: of its frame-to-frame
        motion, first frame against the history included; feet: movement of planted feet, which
        are shown where the joint features are (`motion.features.decode`);
        consistency: of the predicted joint features against the posed body; deltas: of the
        predicted delta features against differences of the predicted states (DART).
    """
    values = statistics.denormalise(predicted)
    truth = statistics.denormalise(target)
    start = statistics.denormalise(last)[:, None]
    rotations = matrix_from_6d(values[..., layout.ROTATIONS].unflatten(-1, (JOINT_COUNT, 6)))
    posed = forward_kinematics(rotations, values[..., layout.TRANSLATION])
    true_joints = truth[..., layout.JOINTS].unflatten(-1, (JOINT_COUNT, 3))
    first = start[..., layout.JOINTS].unflatten(-1, (JOINT_COUNT, 3))
    steps = torch.diff(torch.cat((first, posed), dim=1), dim=1)
    true_steps = torch.diff(torch.cat((first, true_joints), dim=1), dim=1)
    feet = list(FOOT_JOINTS)
    planted = true_steps[:, :, feet].norm(dim=-1) < _CONTACT_SPEED
    joints = values[..., layout.JOINTS].unflatten(-1, (JOINT_COUNT, 3))
    shown_feet = torch.cat((first, joints), dim=1)[:, :, feet, :2]
    slide = shown_feet.diff(dim=1).square().sum(-1)
    states = torch.cat((start, values), dim=1)
    moved = torch.diff(states[..., layout.JOINTS], dim=1)
    travelled = torch.diff(states[..., layout.TRANSLATION], dim=1)
    deltas = (values[..., layout.JOINT_DELTAS] - moved).square().mean() + (
        values[..., layout.TRANSLATION_DELTA] - travelled
    ).square().mean()
    return {
        "joints": (posed - true_joints).square().sum(-1).mean(),
        "velocity": (steps - true_steps).square().sum(-1).mean(),
        "feet": (slide * planted).mean(),
        "consistency": (joints - posed).square().mean(),
        "deltas": deltas,
    }
