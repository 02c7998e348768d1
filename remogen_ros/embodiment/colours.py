"""One colour per role, the same in RViz, in the browser and in pictures."""

from __future__ import annotations

Colour = tuple[float, float, float]
"""Red, green, blue, each 0 .. 1 (sRGB)."""

EGO: Colour = (0.95, 0.45, 0.16)
PARTNER: Colour = (0.16, 0.42, 0.78)
BYSTANDER: Colour = (0.50, 0.52, 0.56)
HORIZON: Colour = (0.98, 0.70, 0.45)
GOAL: Colour = (0.13, 0.62, 0.36)
