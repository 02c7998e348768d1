"""What the ego of a duet does once it has begun to react."""

from __future__ import annotations

from remogen_ros.data.casting import Cast
from remogen_ros.data.joining import deepened
from remogen_ros.data.tracks import Track, gesture, walk_off


def answer(cast: Cast, begins: int, length: float, speed: float = 0.0) -> Track | None:
    """The ego's clip from frame `begins` on; None where a walk of that length has no room in it."""
    clip, part = cast.ego, cast.rule.ego
    if clip is None:
        return None
    if part.motion == "walk":
        return walk_off(cast.material, clip, begins, length, cast.random, speed)
    fight = part.motion == "fight"
    track = gesture(cast.material, clip, begins, cast.random, fight, part.repeated)
    if part.deeper is None:
        return track
    return Track(deepened(track.motion, cast.draw(part.deeper)), track.begins)
