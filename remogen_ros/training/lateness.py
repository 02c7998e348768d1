"""Egos that have missed a reaction's moment, as an adapter's roll-outs do: they set off now.

Who is late does what was due as it was to be done, only later: that is a true motion, and its cause
has been in sight for long. Where hands are to meet, the partner does not wait: who is late catches
up (`DenoisingLoss`).
"""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.data.windows import ACTING
from remogen_ros.motion.poses import FRAME_RATE, Motion
from remogen_ros.motion.skeleton import joint_pair
from remogen_ros.networks.precision import exact
from remogen_ros.training.batches import Window
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import CONTEXT_FRAMES

_LATEST = 16
"""Frames by which an ego may be late: after that, a partner's past shows no more of the cause."""

_LEAD = 3
"""Setting off begins within so many frames."""

_STANDING = (4, 8)
"""Frames before setting off at which nothing of it shows yet: it begins slowly."""

_HANDS_MEET = 0.5
"""Wrists of two people that ever come nearer than this are to meet, metres."""

_WRISTS = joint_pair("wrist")


def due(window: Window, start: int, random: Randomness) -> Tensor:
    """(B,) frames of the window at which egos who set off at `start` should have done so.

    `start` itself where nothing was due: the ego does nothing, did so before the window began, set
    off too long ago, or is to meet the partner's hands.
    """
    now = torch.full((len(window.text),), start, device=window.text.device)
    if window.acts is None:
        return now
    onset = window.acts.to(torch.uint8).argmax(1)
    moment = onset - random.below(_LEAD, len(now))
    missed = window.acts[:, start] & (moment >= CONTEXT_FRAMES) & (moment < start)
    missed &= (start - moment <= _LATEST) & ~hands_meet(window)
    return torch.where(missed, moment, now)


def stood(moment: Tensor, random: Randomness) -> Tensor:
    """(B,) frames at which egos who are to set off at a moment (B,) still only stand.

    A history in which setting off has begun tells what comes; a late ego's says nothing.
    """
    least, most = _STANDING
    back = least + random.below(most - least + 1, len(moment))
    return (moment - back).clamp_min(CONTEXT_FRAMES)


@exact
def hands_meet(window: Window) -> Tensor:
    """(B,) bool, whether hands of the two people meet in the window."""
    ego = window.motion.joints()[:, :, _WRISTS]
    if window.partner is None:
        return torch.zeros(len(ego), dtype=torch.bool, device=ego.device)
    partner = window.partner[:, -ego.shape[1] :, _WRISTS]
    return torch.cdist(ego, partner).flatten(1).amin(1) < _HANDS_MEET


def still(context: Motion) -> Tensor:
    """(B,) bool, whether people have not moved in these (B, T) frames."""
    speeds = context.joints().diff(dim=1).norm(dim=-1) * FRAME_RATE
    return speeds.flatten(1).amax(1) <= ACTING


def from_moment(motion: Motion, moment: Tensor, first: int, stop: int) -> Motion:
    """Frames `first` to `stop` - 1, counted from each row's moment (B,), of motions (B, T)."""
    index = moment[:, None] + torch.arange(first, stop, device=moment.device)
    rows = torch.arange(len(moment), device=moment.device)[:, None]
    return Motion(
        motion.root_positions[rows, index],
        motion.rotations[rows, index],
        motion.joints()[rows, index],
    )
