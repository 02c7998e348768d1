"""How a simulated robot's base is held."""

from __future__ import annotations

from typing import Literal, get_args

Base = Literal["carried", "fixed"]
BASES: tuple[Base, ...] = get_args(Base)
