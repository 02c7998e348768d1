"""A partner who walks: up to the ego, away from it, or past it."""

from __future__ import annotations

import math

import torch

from remogen_ros.data.composing.joining import placed, yaw_of
from remogen_ros.data.composing.tracks import lengthened, stand, walk_by, walk_up
from remogen_ros.data.duets.answering import answer
from remogen_ros.data.duets.casting import LONGEST, Cast, Duo
from remogen_ros.motion.poses import Motion


def meet(cast: Cast) -> Duo | None:
    """Both, the ego from the origin along x; None where the ego notices nothing, or cannot walk."""
    rule = cast.rule
    if cast.partner is None:
        return None
    if rule.place.facing == "toward":
        partner = walk_up(cast.material, cast.partner, LONGEST - 30, cast.random)
    else:
        partner = walk_by(cast.material, cast.partner, LONGEST)
    walking = _walking_place(cast, partner.motion, _side(cast))
    if cast.ego is None:
        ego = stand(cast.material, len(walking), cast.random)
    else:
        noticed = _noticed(cast, walking)
        if noticed is None:
            return None
        length = cast.draw(rule.walked) if rule.walked else 0.0
        answered = answer(cast, cast.answers(noticed, evident=True), length)
        if answered is None:
            return None
        ego = answered
    motion = placed(ego.motion, 0, (0.0, 0.0), 0.0)
    stops = rule.place.facing == "toward"
    frames = cast.frames(walking, motion) if stops else min(len(walking), LONGEST)
    return Duo(
        lengthened(walking, frames, cast.material, cast.random),
        lengthened(motion, frames, cast.material, cast.random),
    )


def _side(cast: Cast) -> float:
    """On which side the partner passes: 1 left, -1 right; not where the ego dodges to."""
    if cast.rule.ego.motion == "walk" and cast.ego is not None:
        return -1.0 if "left" in cast.ego.content else 1.0
    return 1.0 if cast.random.random() < 0.5 else -1.0


def _walking_place(cast: Cast, motion: Motion, side: float) -> Motion:
    """The partner's walk, laid where the rule wants it relative to an ego at the origin."""
    rule = cast.rule
    start, end = motion.root_positions[0, :2], motion.root_positions[-1, :2]
    way = end - start
    course = math.atan2(float(way[1]), float(way[0]))
    heading_off = yaw_of(motion, 0) - course
    bearing = cast.either(rule.place.bearing)
    distance = cast.draw(rule.place.distance)
    ahead = torch.tensor([math.cos(bearing), math.sin(bearing)])
    if rule.place.facing == "toward":
        anchor, course, at = ahead * distance, bearing + math.pi, len(motion) - 1
    elif rule.place.facing == "away":
        anchor, course, at = ahead * distance, bearing, 0
    else:
        left = torch.tensor([-ahead[1], ahead[0]])
        at = int(len(motion) * cast.random.uniform(0.5, 0.8))
        anchor, course = left * (side * distance), bearing + math.pi
    turned = placed(motion, 0, (0.0, 0.0), course + heading_off)
    shift = torch.zeros(3)
    shift[:2] = anchor - turned.root_positions[at, :2]
    return turned.moved(torch.eye(3), shift)


def _noticed(cast: Cast, walking: Motion) -> int | None:
    """When a walking partner is near enough, or gone far enough, to be reacted to."""
    rule = cast.rule
    if rule.notice is None:
        return None
    limit = cast.draw(rule.notice)
    away = walking.root_positions[:, :2].norm(dim=-1)
    there = away > limit if rule.place.facing == "away" else away < limit
    return int(there.int().argmax()) if bool(there.any()) else None
