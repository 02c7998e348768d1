"""What the prior must know of its corpus before it is trained."""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.motion.features import FEATURE_COUNT, JOINT_DELTAS, JOINTS
from remogen_ros.motion.skeleton import JOINT_COUNT
from remogen_ros.motion.standing import standing_joints
from remogen_ros.motion.statistics import Statistics
from remogen_ros.networks.assembly import Prior
from remogen_ros.networks.linear_code import FittedCode
from remogen_ros.training.batches import Window
from remogen_ros.training.linear_code import fit_linear_code
from remogen_ros.training.segments import frame_of_last, segment_at, with_root

MEASURES = (
    "feature_mean",
    "feature_std",
    "code_prediction",
    "code_analysis",
    "code_synthesis",
    "idle_rotations",
    "idle_height",
)
"""Names of what `measured` gives."""


@torch.no_grad()
def measured(window: Window, latent: int, noise: float) -> dict[str, Tensor]:
    """Feature statistics, the VAE's linear code, and the pose in which streaming starts.

    Args:
        window: many windows of one segment each, on the CPU.
        latent: length of the VAE's latent.
        noise: of a live history, metres.
    """
    identity = Statistics(torch.zeros(FEATURE_COUNT), torch.ones(FEATURE_COUNT))
    segment = segment_at(window.motion, 0, identity)
    statistics = Statistics.of(torch.cat((segment.history, segment.future), dim=1))
    code = fit_linear_code(segment.history, segment.future, statistics, latent, noise)
    standing = int(_restlessness(segment.future).argmin())
    last = window.motion.frames(-1)
    facing = frame_of_last(last).rotation[standing]
    rotations = last.rotations[standing, 0]
    return {
        "feature_mean": statistics.mean,
        "feature_std": statistics.std,
        "code_prediction": code.prediction,
        "code_analysis": code.analysis,
        "code_synthesis": code.synthesis,
        "idle_rotations": with_root(facing.mT @ rotations[0], rotations),
        "idle_height": last.root_positions[standing, 0, 2].clone(),
    }


def teach(prior: Prior, measures: dict[str, Tensor]) -> None:
    """Tell the prior what was measured; its VAE starts from the linear code."""
    prior.set_statistics(Statistics(measures["feature_mean"], measures["feature_std"]))
    prior.set_idle_pose(measures["idle_rotations"], measures["idle_height"])
    code = ("code_prediction", "code_analysis", "code_synthesis")
    prior.vae.start_from(FittedCode(*(measures[name] for name in code)))


def _restlessness(future: Tensor) -> Tensor:
    """How far each segment (B, F, 276), not normalised, is from a person who just stands, (B,).

    Metres from the standing pose, and metres moved in half a second.
    """
    joints = future[:, -1, JOINTS].unflatten(-1, (JOINT_COUNT, 3))
    floor = torch.tensor((1.0, 1.0, 0.0))
    placed = joints - joints[:, :1] * floor
    off = (placed - standing_joints()).norm(dim=-1).mean(-1)
    return off + 5 * future[..., JOINT_DELTAS].abs().mean((1, 2))
