"""Who does what in a duet: clips for a rule, the ego's in the partner's style if there is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remogen_ros.cues.partners import PARTNER_FRAMES
from remogen_ros.data.composing.material import Material
from remogen_ros.data.corpus import Record
from remogen_ros.data.duets.social_rules import Part, Rule, Span, load_social_rules
from remogen_ros.motion.poses import FRAME_RATE, Motion

LONGEST = 90
"""Frames of a pair at most."""

LEAD = PARTNER_FRAMES
"""Frames before anything happens, so that the first cue already has a whole past."""

_SHORTEST_WALK = 40
_TAIL = (5, 12)
"""Frames of a walk at least, and of standing when all is over."""

_SHORTEST_RUN = 20


@dataclass(frozen=True)
class Cast:
    """A rule, and the clips that were drawn for it.

    Attributes:
        partner, ego: what they do; None for who does nothing real but stand.
    """

    rule: Rule
    material: Material
    random: np.random.Generator
    partner: Record | None
    ego: Record | None

    def draw(self, span: Span) -> float:
        """A number of the span."""
        return float(self.random.uniform(*span))

    def either(self, span: Span) -> float:
        """A number of the span, or minus one."""
        return self.draw(span) * (1.0 if self.random.random() < 0.5 else -1.0)

    def begins(self) -> int:
        """The frame at which the partner's action begins."""
        return int(self.random.integers(LEAD, LEAD + 10))

    def answers(self, noticed: int, evident: bool = False) -> int:
        """The frame at which a reaction begins to what is there to be seen from `noticed` on.

        What is not `evident` at once has to go on for a moment first.
        """
        reaction = load_social_rules().reaction
        seconds = reaction.delay(self.random) + (0.0 if evident else reaction.evident_after)
        return max(noticed + round(seconds * FRAME_RATE), LEAD)

    def frames(self, partner: Motion, ego: Motion) -> int:
        """How long the duet is: until both have done, and a little more."""
        tail = int(self.random.integers(*_TAIL))
        return min(max(len(partner), len(ego)) + tail, LONGEST)


@dataclass(frozen=True)
class Duo:
    """Two motions (T,) in one world, and the side to which the ego turns, if it does."""

    partner: Motion
    ego: Motion
    side: str = ""


def cast(rule: Rule, material: Material, random: np.random.Generator) -> Cast | None:
    """Draw the clips of a rule; None where the split lacks them."""
    partner = _pick(_candidates(rule.partner, rule.partner.choices(""), material), random)
    if (partner is None) != (not rule.partner.contents):
        return None
    choices = rule.ego.choices(partner.content if partner else "")
    answers = _candidates(rule.ego, choices, material)
    ego = _pick(_in_style(answers, partner, rule.ego), random)
    if (ego is None) != (not rule.ego.contents):
        return None
    return Cast(rule, material, random, partner, ego)


def _candidates(part: Part, contents: tuple[str, ...], material: Material) -> list[Record]:
    shortest = {"walk": _SHORTEST_WALK, "set-off": _SHORTEST_WALK}.get(part.motion, 0)
    if set(contents) & {"run", "dash"}:
        shortest = min(shortest, _SHORTEST_RUN)
    clips = material.clips(contents, shortest)
    return [clip for clip in clips if not part.styles or clip.style in part.styles]


def _in_style(clips: list[Record], partner: Record | None, part: Part) -> list[Record]:
    """Those in the partner's style; else neutral ones; else all. Rather not the partner's own."""
    if partner is None:
        return clips
    others = [clip for clip in clips if clip.name != partner.name] or clips
    if part.styles:
        return others
    table = load_social_rules()
    for style in (partner.style, "normal"):
        if found := [clip for clip in others if clip.style in table.kindred(style)]:
            return found
    return others


def _pick(clips: list[Record], random: np.random.Generator) -> Record | None:
    return clips[random.integers(len(clips))] if clips else None
