"""Composing duets: a partner's clip and the ego's reaction to it, in one world, by social rules.

Which reaction goes with what is in `social_rules.yaml`; the motion of both is real, from clips of
one and the same split. The reaction begins a human reaction time after the partner's action is
evident. This corpus stands in for recorded interaction where none is at hand; nothing measured on
it is a result on recorded interaction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from remogen_ros.cues.partners import PARTNER_FRAMES
from remogen_ros.data.corpus import Record
from remogen_ros.data.joining import placed, yaw_of
from remogen_ros.data.social_rules import Reaction, Rule, Span, load_social_rules
from remogen_ros.data.texts import texts_of
from remogen_ros.data.tracks import (
    Material,
    Track,
    gesture,
    lengthened,
    onset,
    stand,
    walk_by,
    walk_off,
    walk_up,
)
from remogen_ros.motion.poses import FRAME_RATE, Motion

LONGEST = 90
"""Frames of a pair at most."""

_LEAD = PARTNER_FRAMES
"""Frames before anything happens, so that the first cue already has a whole past."""

_SHORTEST_WALK = 40
_STANDING = (50, 80)
_TAIL = (5, 12)
"""Frames of a partner's walk at least, of just standing, and of standing when all is over."""

_LEAST_PELVIS_DISTANCE = 0.45
_LEAST_JOINT_DISTANCE = 0.08
"""Metres that two bodies keep between them."""

_PLAIN_TEXTS = 2
"""How many phrasings of the ego's own label serve as prompts."""


@dataclass(frozen=True)
class Pair:
    """A composed duet.

    Attributes:
        partner, ego: (T,) each, simultaneous, in one world frame; the ego starts at its origin,
            facing along x.
        partner_clip, ego_clip: what they do; None for who just stands.
        texts: prompts for the ego.
    """

    partner: Motion
    ego: Motion
    partner_clip: Record | None
    ego_clip: Record | None
    texts: tuple[str, ...]


def compose(rule: Rule, material: Material, random: np.random.Generator) -> Pair | None:
    """One pair, or None where this draw does not work out: a collision, or a clip too short."""
    partner_clip = _choose(rule, material, random)
    if (partner_clip is None) != (rule.partner.motion == "stand"):
        return None
    ego_clip = _choose_answer(rule, material, partner_clip, random)
    if (ego_clip is None) != (rule.ego.motion == "stand"):
        return None
    if rule.partner.motion == "walk":
        motions = _meet(rule, material, partner_clip, ego_clip, random)
    else:
        motions = _face(rule, material, partner_clip, ego_clip, random)
    if motions is None or _collide(*motions):
        return None
    return Pair(*motions, partner_clip, ego_clip, _texts(rule, ego_clip))


def _choose(rule: Rule, material: Material, random: np.random.Generator) -> Record | None:
    shortest = _SHORTEST_WALK if rule.partner.motion == "walk" else 0
    contents = tuple(rule.partner.contents)
    return _pick(material.clips(contents, shortest), random)


def _choose_answer(
    rule: Rule, material: Material, partner: Record | None, random: np.random.Generator
) -> Record | None:
    if rule.ego.motion == "stand":
        return None
    return _pick(material.clips(rule.ego.choices(partner.content if partner else "")), random)


def _pick(clips: list[Record], random: np.random.Generator) -> Record | None:
    return clips[random.integers(len(clips))] if clips else None


def _draw(span: Span, random: np.random.Generator) -> float:
    return float(random.uniform(*span))


def _face(
    rule: Rule,
    material: Material,
    partner_clip: Record | None,
    ego_clip: Record | None,
    random: np.random.Generator,
) -> tuple[Motion, Motion] | None:
    """A partner who stays on the spot: gestures, fights, or just stands."""
    reaction = load_social_rules().reaction
    if partner_clip is None:
        partner = stand(material, int(random.integers(*_STANDING)), random)
    else:
        begins = int(random.integers(_LEAD, _LEAD + 10))
        partner = gesture(
            material, partner_clip, begins, random, fight=rule.partner.motion == "fight"
        )
    distance = _draw(rule.place.distance, random)
    stop = _draw(rule.stop, random) if rule.stop else 0.0
    ego: Track | None
    if ego_clip is None:
        ego = stand(material, len(partner.motion), random)
    else:
        begins = _reaction_frame(onset(partner), reaction.evident_after, reaction, random)
        length = _draw(rule.walked, random) if rule.walked else distance - stop
        ego = _react(rule, material, ego_clip, begins, length, random)
    if ego is None:
        return None
    ego_motion = placed(ego.motion, 0, (0.0, 0.0), 0.0)
    if rule.ego.motion == "walk" and rule.stop:
        goal = ego_motion.root_positions[-1, :2]
        bearing = math.atan2(float(goal[1]), float(goal[0]))
        distance = float(goal.norm()) + stop
    else:
        bearing = float(random.uniform(-1, 1)) * rule.place.bearing
    place, yaw = _standing_place(rule, distance, bearing, random)
    frames = _frames(partner.motion, ego_motion, random)
    return (
        lengthened(placed(partner.motion, 0, place, yaw), frames, material, random),
        lengthened(ego_motion, frames, material, random),
    )


def _standing_place(
    rule: Rule, distance: float, bearing: float, random: np.random.Generator
) -> tuple[tuple[float, float], float]:
    """Where a partner who stays is, and where it faces."""
    if rule.place.facing == "along":
        side = 1.0 if random.random() < 0.5 else -1.0
        return (distance, side * _draw(rule.place.aside, random)), float(random.normal(0.0, 0.15))
    place = (distance * math.cos(bearing), distance * math.sin(bearing))
    return place, bearing + math.pi + float(random.normal(0.0, 0.1))


def _meet(
    rule: Rule,
    material: Material,
    partner_clip: Record | None,
    ego_clip: Record | None,
    random: np.random.Generator,
) -> tuple[Motion, Motion] | None:
    """A partner who walks: up to the ego, away from it, or past it."""
    if partner_clip is None:
        return None
    if rule.place.facing == "toward":
        partner = walk_up(material, partner_clip, LONGEST - 30, random)
    else:
        partner = walk_by(material, partner_clip, LONGEST)
    side = 1.0 if random.random() < 0.5 else -1.0
    if ego_clip is not None and rule.ego.motion == "walk" and rule.place.facing == "across":
        side = -1.0 if "left" in ego_clip.content else 1.0
    walking = _walking_place(rule, partner.motion, side, random)
    ego: Track | None
    if ego_clip is None:
        ego = stand(material, len(walking), random)
    else:
        noticed = _noticed(rule, walking, random)
        if noticed is None:
            return None
        begins = _reaction_frame(noticed, 0.0, load_social_rules().reaction, random)
        length = _draw(rule.walked, random) if rule.walked else 0.0
        ego = _react(rule, material, ego_clip, begins, length, random)
    if ego is None:
        return None
    ego_motion = placed(ego.motion, 0, (0.0, 0.0), 0.0)
    stops = rule.place.facing == "toward"
    frames = _frames(walking, ego_motion, random) if stops else min(len(walking), LONGEST)
    return (
        lengthened(walking, frames, material, random),
        lengthened(ego_motion, frames, material, random),
    )


def _walking_place(rule: Rule, motion: Motion, side: float, random: np.random.Generator) -> Motion:
    """The partner's walk, laid where the rule wants it relative to an ego at the origin."""
    start, end = motion.root_positions[0, :2], motion.root_positions[-1, :2]
    way = end - start
    course = math.atan2(float(way[1]), float(way[0]))
    heading_off = yaw_of(motion, 0) - course
    bearing = float(random.uniform(-1, 1)) * rule.place.bearing
    distance = _draw(rule.place.distance, random)
    ahead = torch.tensor([math.cos(bearing), math.sin(bearing)])
    if rule.place.facing == "toward":
        anchor, course, at = ahead * distance, bearing + math.pi, len(motion) - 1
    elif rule.place.facing == "away":
        anchor, course, at = ahead * distance, bearing, 0
    else:
        left = torch.tensor([-ahead[1], ahead[0]])
        at = int(len(motion) * random.uniform(0.5, 0.8))
        anchor, course = left * (side * distance), bearing + math.pi
    turned = placed(motion, 0, (0.0, 0.0), course + heading_off)
    shift = torch.zeros(3)
    shift[:2] = anchor - turned.root_positions[at, :2]
    return turned.moved(torch.eye(3), shift)


def _noticed(rule: Rule, walking: Motion, random: np.random.Generator) -> int | None:
    """When a walking partner is near enough, or gone far enough, to be reacted to."""
    if rule.notice is None:
        return None
    limit = _draw(rule.notice, random)
    away = walking.root_positions[:, :2].norm(dim=-1)
    there = away > limit if rule.place.facing == "away" else away < limit
    return int(there.int().argmax()) if bool(there.any()) else None


def _reaction_frame(
    noticed: int, evident_after: float, reaction: Reaction, random: np.random.Generator
) -> int:
    seconds = evident_after + reaction.delay(random)
    return max(noticed + round(seconds * FRAME_RATE), _LEAD)


def _react(
    rule: Rule,
    material: Material,
    clip: Record,
    begins: int,
    length: float,
    random: np.random.Generator,
) -> Track | None:
    if rule.ego.motion == "walk":
        return walk_off(material, clip, begins, length, random)
    return gesture(material, clip, begins, random, fight=rule.ego.motion == "fight")


def _frames(partner: Motion, ego: Motion, random: np.random.Generator) -> int:
    return min(max(len(partner), len(ego)) + int(random.integers(*_TAIL)), LONGEST)


def _collide(partner: Motion, ego: Motion) -> bool:
    """Whether the two come closer than bodies can."""
    pelvises = (partner.root_positions - ego.root_positions)[:, :2].norm(dim=-1)
    if float(pelvises.min()) < _LEAST_PELVIS_DISTANCE:
        return True
    near: Tensor = pelvises < 2.0
    if not bool(near.any()):
        return False
    between = torch.cdist(partner.joints()[near], ego.joints()[near])
    return float(between.min()) < _LEAST_JOINT_DISTANCE


def _texts(rule: Rule, ego_clip: Record | None) -> tuple[str, ...]:
    side = "left" if ego_clip is not None and "left" in ego_clip.content else "right"
    own = tuple(text.format(side=side) for text in rule.texts)
    plain = texts_of(ego_clip.content)[:_PLAIN_TEXTS] if ego_clip is not None else ()
    return (*own, *plain, *load_social_rules().anything)
