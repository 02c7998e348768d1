"""How good the motion of a corpus is, in numbers: feet that slide, jerk, hands that meet, bodies
that are in each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from remogen_ros.data.corpus import Corpus, Record
from remogen_ros.data.duets.compose import clearance
from remogen_ros.data.duets.social_rules import Rule, load_social_rules
from remogen_ros.data.scenes import Goal, Scene, body_inside
from remogen_ros.motion.arms import Side, palms
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.quality import foot_skate, jerk

_TOUCH = 3
"""Frames for which hands must be together to have met."""


@dataclass(frozen=True)
class Measures:
    """Of one clip, or the means of several.

    Attributes:
        skate: m/s, see `motion.quality.foot_skate`.
        jerk: m/s^3, mean over joints and frames.
        contact: cm by which hands that should meet miss each other; NaN where none should.
        penetration: cm that bodies are in each other at worst; NaN where there is one body.
        inside: % of frames in which a joint, or the middle of a bone, is in an occupied cell; NaN
            where there is no room.
        goal: cm by which the pelvis ends off its goal, and a palm that reaches misses its own; NaN
            where there is no goal.
    """

    skate: float
    jerk: float
    contact: float = float("nan")
    penetration: float = float("nan")
    inside: float = float("nan")
    goal: float = float("nan")


def contact_error(rule: Rule, partner: Motion, ego: Motion) -> float:
    """Metres by which hands miss each other, while they are together best for 0.3 s.

    NaN for a rule in which no hands meet.
    """
    if rule.contact is None:
        return float("nan")
    misses = []
    for mine, theirs in rule.contact.hands:
        between = (palms(partner, mine) - palms(ego, theirs)).norm(dim=-1)
        miss = (between - rule.contact.apart).abs()
        misses.append(float(miss.unfold(0, _TOUCH, 1).amax(-1).min()))
    return max(misses)


def penetration(rule: Rule | None, partner: Motion, ego: Motion) -> float:
    """Metres that two bodies are in each other at worst; hands that may touch do not count."""
    return max(0.0, -float(clearance(rule, partner, ego).min()))


def share_inside(people: Sequence[Motion], scene: Scene | None) -> float:
    """Share of frames in which somebody is in an occupied cell; NaN where there is no room."""
    if scene is None:
        return float("nan")
    inside = np.stack([body_inside(motion, scene.grid) for motion in people])
    return float(inside.any(0).mean())


def goal_miss(motion: Motion, goals: Sequence[Goal]) -> float:
    """Metres by which the goal that is missed most is missed; NaN where there is none.

    A pelvis is to be over its goal in the end, a palm on its own at some time.
    """
    misses = []
    for goal in goals:
        place = torch.tensor(goal.position)
        if goal.joint == "pelvis":
            misses.append(float((motion.root_positions[-1, :2] - place[:2]).norm()))
        else:
            side: Side = "left" if goal.joint == "left_wrist" else "right"
            misses.append(float((palms(motion, side) - place).norm(dim=-1).min()))
    return max(misses, default=float("nan"))


def measure(corpus: Corpus, clip: Record) -> Measures:
    """The measures of one clip; feet and jerk are the ego's, of a duet."""
    ego, scene = corpus.motion_of(clip), corpus.scene_of(clip)
    goal = 100 * goal_miss(ego, clip.goals)
    skate, jolts = float(foot_skate(ego.joints())), float(jerk(ego.joints()))
    if corpus.partner is None:
        return Measures(skate, jolts, inside=100 * share_inside([ego], scene), goal=goal)
    partner, rule = corpus.partner_of(clip), load_social_rules().rules.get(clip.rule)
    miss = contact_error(rule, partner, ego) if rule is not None else float("nan")
    return Measures(
        skate,
        jolts,
        100 * miss,
        100 * penetration(rule, partner, ego),
        100 * share_inside([ego, partner], scene),
        goal,
    )


def measures_by_label(corpus: Corpus, most: int) -> Mapping[str, tuple[int, Measures]]:
    """How many clips of each rule or content were measured, and what came out.

    Args:
        corpus: of either kind.
        most: clips of a label, evenly spread over it; the others are left out.

    Returns:
        By label: the count, mean skate and jerk, and the worst of the others.
    """
    clips: defaultdict[str, list[Record]] = defaultdict(list)
    for clip in corpus.clips:
        if clip.phase == 0:
            clips[clip.rule or clip.content].append(clip)
    return {label: _summed(corpus, _spread(found, most)) for label, found in sorted(clips.items())}


def _spread(clips: list[Record], most: int) -> list[Record]:
    places = np.linspace(0, len(clips) - 1, min(most, len(clips))).round().astype(int)
    return [clips[place] for place in places]


def _summed(corpus: Corpus, clips: list[Record]) -> tuple[int, Measures]:
    rows = [measure(corpus, clip) for clip in clips]
    return len(rows), Measures(
        float(np.mean([row.skate for row in rows])),
        float(np.mean([row.jerk for row in rows])),
        max(row.contact for row in rows),
        max(row.penetration for row in rows),
        max(row.inside for row in rows),
        max(row.goal for row in rows),
    )
