"""What the model itself shows for a segment: the history of the next one in training."""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.diffusion.sampler import Conditions
from remogen_ros.diffusion.schedule import Schedule
from remogen_ros.motion.poses import Motion
from remogen_ros.networks.assembly import Prior
from remogen_ros.networks.mixing import AdapterMix
from remogen_ros.networks.precision import exact
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import CONTEXT_FRAMES, Segment, frame_of_last

ROLLOUT_STEPS = 4
"""Denoising steps of a roll-out: only its history is used, so few are enough."""

_LOST = 0.25
"""A roll-out whose pose is further than this from the truth (mean joint error, metres, place and
heading aside) teaches nothing: that sample goes back to true history."""


@torch.no_grad()
def generated(
    prior: Prior,
    mix: AdapterMix | None,
    schedule: Schedule,
    segment: Segment,
    given: Conditions,
    random: Randomness,
) -> Tensor:
    """What the model makes of a segment: (B, F, 276) normalised features.

    Args:
        prior: with its statistics.
        mix: adapters whose cues are those of the segment, already encoded; None for the prior.
        schedule: all of its steps are taken.
        segment: what is to be generated; its future is not looked at.
        given: its conditions.
        random: where noise comes from.
    """
    latent = random.normal(len(given.history), prior.vae.latent)
    for index in reversed(range(schedule.steps)):
        step = schedule.numbers[index].expand(len(latent))
        clean = prior.denoiser(latent, step, given.history, given.text, given.text_known, mix)
        latent = schedule.posterior_clean[index] * clean.float() + (
            schedule.posterior_noisy[index] * latent
        )
        if index:
            latent = latent + schedule.posterior_std[index] * random.normal(*latent.shape)
    return prior.decode(latent, segment.history)


@torch.no_grad()
def rolled_out(
    prior: Prior,
    mix: AdapterMix | None,
    schedule: Schedule,
    segment: Segment,
    context: Motion,
    given: Conditions,
    random: Randomness,
) -> Motion:
    """The world poses (B, H + 1) that the segment after this one continues.

    Args:
        context: (B, H + 1) world poses before the segment.
        prior, mix, schedule, segment, given, random: as for `generated`.
    """
    future = generated(prior, mix, schedule, segment, given, random)
    shown = posed(prior, future[:, -CONTEXT_FRAMES:], segment)
    roots = torch.cat((context.root_positions, shown.root_positions), dim=1)[:, -CONTEXT_FRAMES:]
    rotations = torch.cat((context.rotations, shown.rotations), dim=1)[:, -CONTEXT_FRAMES:]
    return Motion(roots, rotations, _joints(Motion(roots, rotations)))


@exact
def posed(prior: Prior, features: Tensor, segment: Segment) -> Motion:
    """World poses (B, T) of normalised features (B, T, 276) of a segment."""
    return prior.posed(features, segment.frame)


@exact
def _joints(motion: Motion) -> Tensor:
    return motion.joints()


@exact
def recovered(context: Motion, true_context: Motion) -> Motion:
    """A rolled-out context (B, H + 1), true where it is lost."""
    apart = (_pose(context) - _pose(true_context)).norm(dim=-1).mean(-1) > _LOST
    return either(apart, true_context, context)


def either(which: Tensor, first: Motion, second: Motion) -> Motion:
    """The first motion (B, T) where `which` (B,) says so, elsewhere the second."""
    rows = which[:, None, None]
    return Motion(
        torch.where(rows, first.root_positions, second.root_positions),
        torch.where(rows[..., None, None], first.rotations, second.rotations),
        torch.where(rows[..., None], first.joints(), second.joints()),
    )


def _pose(motion: Motion) -> Tensor:
    """(B, 22, 3) joints of the last frame from the pelvis on, in its heading."""
    joints = motion.frames(-1).joints()[:, 0]
    return frame_of_last(motion).vectors_to_local(joints - joints[:, :1])
