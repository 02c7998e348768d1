"""The table of social rules: its form, and reading it. `social_rules.yaml` explains every key."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import numpy as np
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from remogen_ros.data.texts import load_labels


def _ordered(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] > span[1]:
        raise ValueError(f"the span {span} runs backwards")
    return span


Span = Annotated[tuple[float, float], AfterValidator(_ordered)]
"""Least and greatest of a uniformly drawn number."""

Prompts = Annotated[tuple[str, ...], Field(min_length=3)]
Kind = Literal["gesture", "fight", "walk", "stand"]


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
        if (self.motion == "stand") != (not self.contents):
            raise ValueError("whoever does not just stand needs contents, and only they")
        if unknown := self.labels - set(load_labels().contents):
            raise ValueError(f"there is no content {sorted(unknown)[0]!r}")
        return self


class Place(_Table):
    """How the two stand or walk relative to each other."""

    distance: Span
    facing: Literal["ego", "along", "toward", "away", "across"]
    bearing: float = Field(default=0.0, ge=0, le=np.pi)
    aside: Span = (0.0, 0.0)


class Rule(_Table):
    """One social rule."""

    partner: Part
    ego: Part
    place: Place
    texts: Prompts
    pairs: float = Field(gt=0)
    notice: Span | None = None
    walked: Span | None = None
    stop: Span | None = None

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        if (self.partner.motion == "walk") != (self.place.facing in ("toward", "away", "across")):
            raise ValueError("a partner that walks goes toward, away or across; others do not")
        reacts = self.ego.motion != "stand"
        if (self.notice is not None) != (self.partner.motion == "walk" and reacts):
            raise ValueError("`notice` is for an ego that reacts to a partner who walks")
        if self.ego.motion == "walk" and (self.walked is None) == (self.stop is None):
            raise ValueError("an ego that walks needs either `walked` or `stop`")
        if isinstance(self.partner.contents, dict):
            raise ValueError("a partner's contents are a list")
        if isinstance(self.ego.contents, dict) and set(self.ego.contents) != self.partner.labels:
            raise ValueError("the ego's table needs one row for each content of the partner")
        return self


class SocialRules(_Table):
    """The whole table."""

    reaction: Reaction
    anything: Prompts
    rules: dict[str, Rule]


@cache
def load_social_rules() -> SocialRules:
    """The table `social_rules.yaml` that stands beside this file."""
    text = files("remogen_ros.data").joinpath("social_rules.yaml").read_text("utf-8")
    return SocialRules.model_validate(yaml.safe_load(text))
