"""The parameters by which the room is mapped."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from remogen_ros.cues.occupancy import CELL

MOST_CELLS = 4_000_000
"""Cells of the map: 44 m x 44 m x 2 m. Each cloud goes through all of them several times."""

_Edge = Annotated[float, Field(ge=CELL, le=200.0, allow_inf_nan=False)]


class OccupancyConfig(BaseModel):
    """Size and behaviour of the map."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: tuple[_Edge, _Edge, _Edge] = Field(
        (10.0, 10.0, 2.0),
        description="Edges of the map along x, y and z of the fixed frame, metres, from "
        f"{CELL:g} to 200 each and at most {MOST_CELLS} cells of {CELL:g} m in all; z starts at "
        "the floor",
    )
    max_range: float = Field(
        6.0,
        ge=0.1,
        le=20.0,
        allow_inf_nan=False,
        description="Points farther from the sensor than this are not used, metres",
    )
    floor_height: float = Field(
        0.05,
        ge=0.0,
        le=0.5,
        allow_inf_nan=False,
        description="Points below it are floor, not obstacles, metres",
    )
    carve_radius: float = Field(
        0.22,
        ge=0.0,
        le=1.0,
        allow_inf_nan=False,
        description="Points this near to a person's bones belong to the person, metres",
    )
    ego_radius: float = Field(
        0.2,
        ge=0.0,
        le=1.0,
        allow_inf_nan=False,
        description="Points this near to the links of the ego's robot belong to it, metres; 0 is "
        "off; the avatar is not in the room",
    )
    map_height: float = Field(
        2.0,
        ge=CELL,
        le=20.0,
        allow_inf_nan=False,
        description="Occupied and free cells of the topic map are columns up to here, metres",
    )
    hit_votes: int = Field(
        3, ge=1, le=100, description="How many passes it takes to clear a cell that was hit"
    )
    forget_after_s: float = Field(
        0.0,
        ge=0.0,
        le=86_400.0,
        allow_inf_nan=False,
        description="Cells that no cloud has shown for so long are unseen again, or as they were "
        "known beforehand: what moved while no camera looked, seconds; 0 is never",
    )
    max_points: int = Field(
        400_000,
        ge=1,
        le=10_000_000,
        description="Of a cloud with more points every n-th is used",
    )
    max_rays: int = Field(
        6000,
        ge=1,
        le=20_000,
        description="Free space is traced along at most so many rays per cloud",
    )

    @field_validator("size")
    @classmethod
    def _few_enough(cls, size: tuple[float, float, float]) -> tuple[float, float, float]:
        cells = math.prod(round(edge / CELL) for edge in size)
        if cells > MOST_CELLS:
            raise ValueError(
                f"makes {cells} cells of {CELL:g} m; it must be at most {MOST_CELLS} (the ego sees "
                "only 3.2 m x 3.2 m)"
            )
        return size
