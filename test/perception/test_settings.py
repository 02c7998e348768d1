"""Settings of perception: what makes no sense is refused, whichever way it is asked for."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from remogen_ros.perception.frames import FramesConfig
from remogen_ros.perception.occupancy_config import MOST_CELLS, OccupancyConfig
from remogen_ros.perception.partner_config import PartnerConfig

CONFIGS = (OccupancyConfig, PartnerConfig, FramesConfig)
NUMBERS = [
    (config, name)
    for config in CONFIGS
    for name, field in config.model_fields.items()
    if type(field.default) in (int, float)
]


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, -1.0, 1e12])
@pytest.mark.parametrize("config, name", NUMBERS, ids=lambda value: str(value).rpartition(".")[2])
def test_no_number_may_be_nonsense(config: type[BaseModel], name: str, wrong: float) -> None:
    with pytest.raises(ValidationError, match=name):
        config(**{name: wrong})


@pytest.mark.parametrize(
    "size",
    [
        (1e4, 1e4, 1e3),
        (200.0, 200.0, 2.0),
        (math.nan, 10.0, 2.0),
        (10.0, math.inf, 2.0),
        (10.0, 10.0, 0.0),
        (10.0, -10.0, 2.0),
        (10.0, 10.0),
    ],
)
def test_no_map_may_be_of_no_size_or_fill_the_memory(size: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError, match="size"):
        OccupancyConfig(size=size)  # type: ignore[arg-type]


def test_the_largest_map_is_allowed() -> None:
    edge = math.floor(math.sqrt(MOST_CELLS / 20)) / 10
    assert OccupancyConfig(size=(edge, edge, 2.0)).size[0] == edge
    with pytest.raises(ValidationError, match="cells"):
        OccupancyConfig(size=(edge + 0.1, edge + 0.1, 2.0))


@pytest.mark.parametrize("fresh_s, lost_after_s", [(2.0, 1.0), (0.5, 0.4)])
def test_nobody_is_lost_before_being_held(fresh_s: float, lost_after_s: float) -> None:
    values: dict[str, Any] = {"fresh_s": fresh_s, "lost_after_s": lost_after_s}
    with pytest.raises(ValidationError, match=r"lost_after_s\n.*fresh_s"):
        PartnerConfig(**values)
