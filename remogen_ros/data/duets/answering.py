"""What the ego of a duet does once it has begun to react."""

from __future__ import annotations

from remogen_ros.data.composing.joining import deepened
from remogen_ros.data.composing.tracks import Track, action_of, performed, walk_off
from remogen_ros.data.duets.casting import LONGEST, Cast

_LEAST_SHOWN = 25
"""Frames of an answer that a duet shows at least."""


def answer(cast: Cast, begins: int, length: float, speed: float = 0.0) -> Track | None:
    """The ego's clip from frame `begins` on; None where there is no room for it."""
    clip, part = cast.ego, cast.rule.ego
    if clip is None or begins > LONGEST - _LEAST_SHOWN:
        return None
    if part.motion == "walk":
        return walk_off(cast.material, clip, begins, length, cast.random, speed)
    action = action_of(cast.material, clip, cast.random, part.repeated)
    if part.deeper is not None:
        action = deepened(action, cast.draw(part.deeper))
    return performed(cast.material, action, begins, cast.random, part.motion == "fight")
