"""The table of what people do in rooms; `room_acts.yaml` explains every key."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

Act = Literal["go-to", "through-the-door", "sit-down", "get-up", "reach", "wander", "gesture"]
ACTS: tuple[Act, ...] = get_args(Act)


class ActChoice(BaseModel):
    """One row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    share: float = Field(gt=0)
    path: tuple[float, float]
    texts: tuple[str, ...] = Field(min_length=3)

    @model_validator(mode="after")
    def _ordered(self) -> ActChoice:
        if not 0 <= self.path[0] <= self.path[1]:
            raise ValueError(f"the path {self.path} runs backwards")
        return self


@cache
def act_choices() -> dict[Act, ActChoice]:
    """The table, a row for each act."""
    text = files("remogen_ros.data.rooms").joinpath("room_acts.yaml").read_text("utf-8")
    rows = yaml.safe_load(text)
    return {act: ActChoice.model_validate(rows[act]) for act in ACTS}
