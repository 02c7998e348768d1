"""Composing duets: a partner's clip and the ego's reaction to it, in one world, by social rules.

Which reaction goes with what is in `social_rules.yaml`; the motion of both is real, from clips of
one and the same split, except where the table says composed: hands that meet or signal, and turns
on the spot. The reaction begins a human reaction time after the partner's action is evident. This
corpus stands in for recorded interaction where none is at hand; nothing measured on it is a result
on recorded interaction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remogen_ros.data.composing.material import Material
from remogen_ros.data.corpus import Record
from remogen_ros.data.duets.casting import Cast, Duo, cast
from remogen_ros.data.duets.companions import accompany
from remogen_ros.data.duets.facing import face
from remogen_ros.data.duets.meeting import meet
from remogen_ros.data.duets.social_rules import Rule, load_social_rules
from remogen_ros.data.duets.touching import touch
from remogen_ros.data.texts import load_labels, texts_of
from remogen_ros.motion.capsules import separation
from remogen_ros.motion.poses import Motion

LEAST_SEPARATION = 0.02
"""Metres that two bodies keep between them, but for hands that meet."""

_PLAIN_TEXTS = 2
"""How many phrasings of the ego's own label serve as prompts."""


@dataclass(frozen=True)
class Pair:
    """A composed duet.

    Attributes:
        partner, ego: (T,) each, simultaneous, in one world frame; the ego starts at its origin,
            facing along x.
        partner_clip, ego_clip: what they do; None for who just stands, or stands and reaches.
        texts: prompts for the ego.
    """

    partner: Motion
    ego: Motion
    partner_clip: Record | None
    ego_clip: Record | None
    texts: tuple[str, ...]


def compose(rule: Rule, material: Material, random: np.random.Generator) -> Pair | None:
    """One pair, or None where this draw does not work out: a collision, or a clip too short."""
    chosen = cast(rule, material, random)
    if chosen is None:
        return None
    duo = _play(chosen)
    if duo is None or (clearance(rule, duo.partner, duo.ego) < LEAST_SEPARATION).any():
        return None
    texts = _texts(rule, chosen.ego, duo.side)
    return Pair(duo.partner, duo.ego, chosen.partner, chosen.ego, texts)


def _play(chosen: Cast) -> Duo | None:
    rule = chosen.rule
    if rule.contact is not None:
        return touch(chosen)
    if rule.together:
        return accompany(chosen)
    return meet(chosen) if rule.partner.motion == "walk" else face(chosen)


def clearance(rule: Rule | None, partner: Motion, ego: Motion) -> np.ndarray:
    """(T,) metres between the bodies of a pair; hands and forearms of a contact are spared."""
    hands = rule.contact.hands if rule is not None and rule.contact is not None else ()
    spared = [
        (f"{mine}_{one}", f"{theirs}_{other}")
        for mine, theirs in hands
        for one in ("hand", "forearm")
        for other in ("hand", "forearm")
    ]
    return separation(partner.joints(), ego.joints(), spared).numpy()


def _texts(rule: Rule, ego_clip: Record | None, turned: str) -> tuple[str, ...]:
    content = ego_clip.content if ego_clip is not None else ""
    side = turned or ("left" if "left" in content else "right")
    own = [text.format(side=side) for text in rule.prompts]
    plain = texts_of(content)[:_PLAIN_TEXTS] if content and rule.contact is None else ()
    manners = load_labels().styles.get(ego_clip.style, ()) if ego_clip is not None else ()
    styled = [f"{own[0]} {manner}" for manner in manners]
    return (*own, *styled, *plain, *load_social_rules().anything)
