"""Two who go the same way: one follows, walks beside, runs away from, or stops with the other."""

from __future__ import annotations

import math

import torch

from remogen_ros.data.composing.joining import placed, yaw_of
from remogen_ros.data.composing.tracks import (
    STOPPING,
    lengthened,
    onset,
    pace,
    paced,
    walk_off,
    walk_until,
)
from remogen_ros.data.duets.answering import answer
from remogen_ros.data.duets.casting import Cast, Duo
from remogen_ros.motion.poses import FRAME_RATE, Motion

_PARTNER_STOPS = (28, 50)
"""Frames after which the one of two walkers stops."""


def accompany(cast: Cast) -> Duo | None:
    """Both, the ego from the origin along x; None where a clip is too short."""
    motions = _stop(cast) if cast.rule.stops else _set_off(cast)
    if motions is None:
        return None
    partner, ego = motions
    ego = placed(ego, 0, (0.0, 0.0), 0.0)
    course = _course(ego)
    ahead = cast.draw(cast.rule.place.distance)
    aside = cast.either(cast.rule.place.aside)
    place = (
        ahead * math.cos(course) - aside * math.sin(course),
        ahead * math.sin(course) + aside * math.cos(course),
    )
    partner = placed(partner, 0, place, yaw_of(partner, 0) + course - _course(partner))
    frames = cast.frames(partner, ego)
    return Duo(
        lengthened(partner, frames, cast.material, cast.random),
        lengthened(ego, frames, cast.material, cast.random),
    )


def _course(motion: Motion) -> float:
    """Direction from where someone starts to where they end, radians."""
    way = (motion.root_positions[-1] - motion.root_positions[0]).tolist()
    return math.atan2(way[1], way[0])


def _set_off(cast: Cast) -> tuple[Motion, Motion] | None:
    """Both stand; the partner goes, and after a reaction time the ego at the same pace."""
    rule = cast.rule
    if cast.partner is None or rule.walked is None:
        return None
    length = cast.draw(rule.walked)
    partner = walk_off(cast.material, cast.partner, cast.begins(), length, cast.random)
    if partner is None:
        return None
    speed = _going(partner.motion)
    ego = answer(cast, cast.answers(onset(partner)), length, speed)
    return None if ego is None else (partner.motion, ego.motion)


def _stop(cast: Cast) -> tuple[Motion, Motion] | None:
    """Both walk; the partner stops, and after a reaction time the ego."""
    if cast.partner is None or cast.ego is None:
        return None
    stop = int(cast.random.integers(*_PARTNER_STOPS))
    partner = walk_until(
        cast.material, cast.material.corpus.motion_of(cast.partner), stop, cast.random
    )
    stops = cast.answers(_slows(partner)) + STOPPING
    walking = paced(cast.material.corpus.motion_of(cast.ego), _going(partner.frames(0, stop - 8)))
    if cast.ego.count < stops + 4 or len(walking) < stops + 4:
        return None
    return partner, walk_until(cast.material, walking, stops, cast.random)


def _slows(motion: Motion) -> int:
    """The last frame at which someone who comes to a stop still goes at full pace."""
    steps = motion.root_positions[:, :2].diff(dim=0).norm(dim=-1) * FRAME_RATE
    return int((steps > 0.7 * _going(motion)).nonzero()[-1])


def _going(motion: Motion) -> float:
    """The pace of someone, m/s, while they go."""
    steps = motion.root_positions[:, :2].diff(dim=0).norm(dim=-1) * FRAME_RATE
    going = steps[steps > 0.5 * torch.quantile(steps, 0.9)]
    return float(going.mean()) if len(going) else pace(motion)
