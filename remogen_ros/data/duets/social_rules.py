"""The table of social rules: its form, and reading it. `social_rules.yaml` explains every key."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import numpy as np
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from remogen_ros.data.texts import load_labels
from remogen_ros.motion.arms import Side


def _ordered(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] > span[1]:
        raise ValueError(f"the span {span} runs backwards")
    return span


Span = Annotated[tuple[float, float], AfterValidator(_ordered)]
"""Least and greatest of a uniformly drawn number."""

Prompts = Annotated[tuple[str, ...], Field(min_length=3)]
Kind = Literal[
    "gesture", "fight", "walk", "set-off", "stand", "beckon", "point", "talk", "turn", "look"
]

COMPOSED: frozenset[Kind] = frozenset({"beckon", "point", "talk", "turn", "look"})
"""What is computed on top of someone who really stands, not taken from a clip."""

_WITHOUT_CLIPS: frozenset[Kind] = COMPOSED | {"stand"}
_LEAST_TEXTS = 8


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reaction(_Table):
    """When a reaction begins: `evident_after` s into a gesture, plus a log-normal delay."""

    evident_after: float = Field(ge=0)
    median: float = Field(gt=0)
    spread: float = Field(gt=0)

    def delay(self, random: np.random.Generator) -> float:
        """Seconds from when there is something to react to until the reaction begins."""
        return float(self.median * np.exp(self.spread * random.standard_normal()))


class Part(_Table):
    """What one of the two does."""

    motion: Kind
    contents: tuple[str, ...] | dict[str, tuple[str, ...]] = ()
    styles: tuple[str, ...] = ()
    repeated: bool = False
    deeper: Span | None = None

    @property
    def labels(self) -> frozenset[str]:
        """Every content label of this part."""
        if isinstance(self.contents, dict):
            return frozenset(label for labels in self.contents.values() for label in labels)
        return frozenset(self.contents)

    def choices(self, partner_content: str) -> tuple[str, ...]:
        """The content labels from which to choose, once the partner's is known."""
        if isinstance(self.contents, dict):
            return self.contents[partner_content]
        return self.contents

    @model_validator(mode="after")
    def _labelled(self) -> Part:
        if (self.motion in _WITHOUT_CLIPS) != (not self.contents):
            raise ValueError("a part that comes from clips needs contents, and only such a part")
        if unknown := self.labels - set(load_labels().contents):
            raise ValueError(f"there is no content {sorted(unknown)[0]!r}")
        if strange := set(self.styles) - set(load_labels().styles):
            raise ValueError(f"there is no style {sorted(strange)[0]!r}")
        return self


class Place(_Table):
    """How the two stand or walk relative to each other."""

    distance: Span
    facing: Literal["ego", "along", "toward", "away", "across"]
    bearing: Span = (0.0, 0.0)
    aside: Span = (0.0, 0.0)


class Contact(_Table):
    """Hands that meet: whose, where, and for how long."""

    hands: tuple[tuple[Side, Side], ...] = Field(min_length=1)
    height: Span
    hold: Span
    reach: Span
    apart: float = Field(default=0.0, ge=0)
    shakes: Span = (0.0, 0.0)


class Rule(_Table):
    """One social rule."""

    partner: Part
    ego: Part
    place: Place
    texts: Prompts
    actor_texts: Prompts
    pairs: float = Field(gt=0)
    contact: Contact | None = None
    notice: Span | None = None
    walked: Span | None = None
    stop: Span | None = None
    stops: bool = False

    @property
    def prompts(self) -> tuple[str, ...]:
        """What the ego does, from its own side and from the partner's."""
        return (*self.texts, *self.actor_texts)

    @property
    def composed(self) -> bool:
        """Whether the ego's motion is computed, at least in part."""
        return self.contact is not None or self.ego.motion in COMPOSED

    @property
    def together(self) -> bool:
        """Whether both go the same way."""
        return self.partner.motion in ("walk", "set-off") and self.place.facing == "along"

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        self._check_ways()
        self._check_texts()
        if isinstance(self.partner.contents, dict):
            raise ValueError("a partner's contents are a list")
        if isinstance(self.ego.contents, dict) and set(self.ego.contents) != self.partner.labels:
            raise ValueError("the ego's table needs one row for each content of the partner")
        if self.contact is not None and (self.partner.motion, self.ego.motion) not in (
            ("gesture", "gesture"),
            ("stand", "stand"),
        ):
            raise ValueError("hands meet in two gestures, or where both stand")
        return self

    def _check_ways(self) -> None:
        goes = self.partner.motion in ("walk", "set-off")
        crosses = self.place.facing in ("toward", "away", "across")
        if goes != (crosses or self.together) or (self.partner.motion == "set-off" and crosses):
            raise ValueError("who walks goes toward, away, across or along; who sets off, along")
        reacts = self.ego.motion != "stand"
        if (self.notice is not None) != (goes and crosses and reacts):
            raise ValueError("`notice` is for an ego that reacts to a partner who walks by")
        if self.ego.motion == "walk" and (self.walked is None) == (self.stop is None):
            raise ValueError("an ego that walks needs either `walked` or `stop`")
        if self.together and self.ego.motion != "walk":
            raise ValueError("who goes along needs an ego that walks")
        if self.stops != (self.together and self.partner.motion == "walk"):
            raise ValueError("`stops` is for two who are already walking the same way")

    def _check_texts(self) -> None:
        if len(set(self.prompts)) < _LEAST_TEXTS:
            raise ValueError(f"a rule needs {_LEAST_TEXTS} different texts from both sides")


class SocialRules(_Table):
    """The whole table."""

    reaction: Reaction
    anything: Prompts
    kindred_styles: tuple[tuple[str, ...], ...]
    rules: dict[str, Rule]

    def kindred(self, style: str) -> tuple[str, ...]:
        """All names of a style."""
        return next((names for names in self.kindred_styles if style in names), (style,))


@cache
def load_social_rules() -> SocialRules:
    """The table `social_rules.yaml` that stands beside this file."""
    text = files("remogen_ros.data.duets").joinpath("social_rules.yaml").read_text("utf-8")
    return SocialRules.model_validate(yaml.safe_load(text))
