"""Losses on normalised features, and on what they mean in space."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from remogen_ros.motion import features as layout
from remogen_ros.motion.arms import palms_of_joints
from remogen_ros.motion.kinematics import forward_kinematics, joint_index
from remogen_ros.motion.rotations import matrix_from_6d, matrix_to_6d
from remogen_ros.motion.skeleton import FOOT_JOINTS, JOINT_COUNT, joint_pair
from remogen_ros.motion.statistics import Statistics
from remogen_ros.networks.precision import exact

_CONTACT_SPEED = 0.02
"""A foot that moves less than this per frame (0.2 m/s) counts as planted, metres."""

_NEAR = 1.0
"""Distance from which two points of two people have nothing to do with each other, metres."""

_HANDS_NEAR = 0.4
"""Distance from which two palms have nothing to do with each other, metres."""

_ELBOWS, _WRISTS = joint_pair("elbow"), joint_pair("wrist")


@dataclass(frozen=True)
class Beside:
    """Who is beside the ego of a segment while it lasts: for a loss, never for the ego to see.

    Attributes:
        joints: (B, F, 22, 3) metres, in the segment's canonical frame.
        seen: (B, F, 22) bool, which of them count.
    """

    joints: Tensor
    seen: Tensor


def feature_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """Huber loss of normalised features (..., 276): squared for errors below one deviation."""
    return smooth_l1_loss(predicted, target)


@exact
def body_losses(
    predicted: Tensor,
    target: Tensor,
    last: Tensor,
    statistics: Statistics,
    beside: Beside | None = None,
) -> dict[str, Tensor]:
    """Mean squared errors (m^2) of the pose that predicted rotations make.

    Squared, because a denoiser must predict the mean of all that could come next. Norms would ask
    for the median, and of a person who stands the median is to go on standing: sampling then
    never sets off.

    Args:
        predicted, target: (B, F, 276) normalised features of a segment.
        last: (B, 276) normalised last history frame.
        beside: the partner, for the distances to them.

    Returns:
        joints: of the posed body against the target's joints; velocity: of its frame-to-frame
        motion, first frame against the history included; feet: movement of planted feet, which
        are shown where the joint features are (`motion.features.decode`);
        consistency: of the predicted joint features against the posed body; deltas: of the
        predicted delta features (joints, translation, root orientation, whose 6D numbers are those
        of points a metre away) against differences of the predicted states (DART); distances,
        beside a partner: see `distance_loss`; palms, beside a partner: see `palm_loss`.
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
    feet = joint_index(FOOT_JOINTS, values.device)
    planted = true_steps.index_select(2, feet).norm(dim=-1) < _CONTACT_SPEED
    joints = values[..., layout.JOINTS].unflatten(-1, (JOINT_COUNT, 3))
    shown_feet = torch.cat((first, joints), dim=1).index_select(2, feet)[..., :2]
    slide = shown_feet.diff(dim=1).square().sum(-1)
    states = torch.cat((start, values), dim=1)
    moved = torch.diff(states[..., layout.JOINTS], dim=1)
    travelled = torch.diff(states[..., layout.TRANSLATION], dim=1)
    orientations = matrix_from_6d(states[..., layout.ORIENTATION])
    turned = matrix_to_6d(orientations[:, 1:] @ orientations[:, :-1].mT)
    deltas = (
        (values[..., layout.JOINT_DELTAS] - moved).square().mean()
        + (values[..., layout.TRANSLATION_DELTA] - travelled).square().mean()
        + (values[..., layout.ORIENTATION_DELTA] - turned).square().mean()
    )
    terms = {
        "joints": (posed - true_joints).square().sum(-1).mean(),
        "velocity": (steps - true_steps).square().sum(-1).mean(),
        "feet": (slide * planted).mean(),
        "consistency": (joints - posed).square().mean(),
        "deltas": deltas,
    }
    if beside is not None:
        terms["distances"] = distance_loss(posed, true_joints, beside)
        terms["palms"] = palm_loss(posed, true_joints, beside)
    return terms


def distance_loss(ego: Tensor, true_ego: Tensor, beside: Beside) -> Tensor:
    """Squared error of the distances between two people's points (m^2), the nearer the more.

    InterGen's masked distance map (Liang et al., IJCV 2024), with palms among the ego's points: the
    weight of a distance falls from 1 where points touch to 0 at a metre, and the mean is over all
    weights of the batch.

    Args:
        ego, true_ego: (B, F, 22, 3) metres, in the frame of `beside`.
        beside: the other.
    """
    found = torch.cdist(_with_palms(ego), beside.joints)
    true = torch.cdist(_with_palms(true_ego), beside.joints)
    weight = (1 - true / _NEAR).clamp_min(0) * beside.seen[..., None, :]
    return (weight * (found - true).square()).sum() / weight.sum().clamp_min(1.0)


def palm_loss(ego: Tensor, true_ego: Tensor, beside: Beside) -> Tensor:
    """Squared error of the ego's palms where they are near the partner's (m^2).

    Hands that miss each other by a hand's breadth do not meet, and among all the distances between
    two bodies theirs are few. The weight of a palm falls from 1 where it truly touches one of the
    partner's to 0 at _HANDS_NEAR; the mean is over all weights of the batch.

    Args:
        ego, true_ego: (B, F, 22, 3) metres, in the frame of `beside`.
        beside: the other.
    """
    found, true = palms_of_joints(ego), palms_of_joints(true_ego)
    gaps = torch.cdist(true, palms_of_joints(beside.joints))
    hands = beside.seen[..., _WRISTS] & beside.seen[..., _ELBOWS]
    weight = ((1 - gaps / _HANDS_NEAR).clamp_min(0) * hands[..., None, :]).amax(-1)
    return (weight * (found - true).square().sum(-1)).sum() / weight.sum().clamp_min(1.0)


def _with_palms(joints: Tensor) -> Tensor:
    """(..., 22, 3) -> (..., 24, 3)."""
    return torch.cat((joints, palms_of_joints(joints)), dim=-2)
