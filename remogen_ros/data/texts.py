"""Phrasings of what a clip shows, from its labels, and the exchange of left and right in them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

UNLABELLED = "move"
"""The content label of a clip that has none."""

_STYLED_PHRASINGS = 2
"""How many phrasings of the content are repeated with each phrasing of the style."""


class Labels(BaseModel):
    """The phrasings of every content and style label."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contents: dict[str, tuple[str, ...]]
    styles: dict[str, tuple[str, ...]]


@cache
def load_labels() -> Labels:
    """The table `labels.yaml` that stands beside this file."""
    text = files("remogen_ros.data").joinpath("labels.yaml").read_text("utf-8")
    return Labels.model_validate(yaml.safe_load(text))


def texts_of(content: str, style: str = "") -> tuple[str, ...]:
    """All phrasings of a clip; an unknown content is just "a person moves"."""
    labels = load_labels()
    plain = labels.contents.get(content, labels.contents[UNLABELLED])
    manners = labels.styles.get(style, ())
    styled = (f"{text} {manner}" for text in plain[:_STYLED_PHRASINGS] for manner in manners)
    return (*plain, *styled)


def mirrored_text(text: str) -> str:
    """The same text with left and right exchanged."""
    sides = {"left": "right", "right": "left"}
    return re.sub(r"\b(left|right)\b", lambda match: sides[match[0]], text)
