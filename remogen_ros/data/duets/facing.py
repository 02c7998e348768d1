"""A partner who stays on the spot - gestures, fights, or just stands - and the ego before it."""

from __future__ import annotations

import math

from remogen_ros.data.composing.joining import placed
from remogen_ros.data.composing.tracks import Track, action_of, lengthened, onset, performed, stand
from remogen_ros.data.composing.turning import EYES_ALONE, turned
from remogen_ros.data.duets.answering import answer
from remogen_ros.data.duets.casting import Cast, Duo
from remogen_ros.data.duets.signals import beckon, point, talk
from remogen_ros.motion.arms import Side
from remogen_ros.motion.poses import Motion

_STANDING = (50, 80)
"""Frames of just standing."""

_TURNING = 40
"""Frames that leave time for any turn."""

_POINTED_AT = (0.6, 1.5)
"""How far to the side of the ego's heading lies what is pointed at, radians."""


def face(cast: Cast) -> Duo | None:
    """Both, the ego from the origin along x; None where the ego's clip is too short."""
    rule = cast.rule
    if rule.ego.motion == "turn":
        return _turn(cast)
    if rule.ego.motion == "look":
        return _look(cast)
    partner = _partner(cast)
    distance = cast.draw(rule.place.distance)
    stop = cast.draw(rule.stop) if rule.stop else 0.0
    if rule.ego.motion == "stand":
        ego = stand(cast.material, len(partner.motion), cast.random)
    else:
        length = cast.draw(rule.walked) if rule.walked else distance - stop
        answered = answer(cast, cast.answers(onset(partner)), length)
        if answered is None:
            return None
        ego = answered
    motion = placed(ego.motion, 0, (0.0, 0.0), 0.0)
    if rule.ego.motion == "walk" and rule.stop:
        goal = motion.root_positions[-1, :2]
        bearing = math.atan2(float(goal[1]), float(goal[0]))
        distance = float(goal.norm()) + stop
    else:
        bearing = cast.either(rule.place.bearing)
    return _placed(cast, partner.motion, motion, *_standing_place(cast, distance, bearing))


def _partner(cast: Cast) -> Track:
    clip, rule = cast.partner, cast.rule
    if rule.partner.motion == "beckon":
        return beckon(cast.material, cast.begins(), cast.random)
    if clip is None:
        frames = int(cast.random.integers(*_STANDING))
        return stand(cast.material, frames, cast.random)
    action = action_of(cast.material, clip, cast.random, rule.partner.repeated)
    fight = rule.partner.motion == "fight"
    return performed(cast.material, action, cast.begins(), cast.random, fight)


def _turn(cast: Cast) -> Duo:
    """The partner speaks from the side or from behind; the ego turns round to it."""
    partner = talk(cast.material, cast.begins(), cast.random)
    bearing = cast.either(cast.rule.place.bearing)
    ego = _turned(cast, cast.answers(onset(partner)), bearing, bearing)
    place = _standing_place(cast, cast.draw(cast.rule.place.distance), bearing)
    duo = _placed(cast, partner.motion, ego, *place)
    return Duo(duo.partner, duo.ego, "left" if bearing > 0 else "right")


def _look(cast: Cast) -> Duo:
    """The partner looks and points aside; the ego looks there, turning its feet if it must."""
    look = cast.either(_POINTED_AT)
    # Face to face, both turn by as much to the same side of the room: what they see lies between.
    begins, yaw = cast.begins(), -look
    side: Side = "right" if look > 0 else "left"
    partner = point(cast.material, begins, side, yaw, cast.random)
    eyes = turned(partner.motion, max(begins - 2, 0), 0.6 * yaw, 0.0)
    body = math.copysign(max(abs(look) - EYES_ALONE, 0.0), look)
    ego = _turned(cast, cast.answers(onset(partner)), look, body if abs(body) > 0.25 else 0.0)
    bearing = cast.either(cast.rule.place.bearing)
    place = _standing_place(cast, cast.draw(cast.rule.place.distance), bearing)
    duo = _placed(cast, eyes, ego, *place)
    return Duo(duo.partner, duo.ego, "left" if look > 0 else "right")


def _turned(cast: Cast, begins: int, look: float, body: float) -> Motion:
    still = cast.material.hold(cast.material.rest(cast.random), begins + _TURNING, cast.random)
    return turned(placed(still, 0, (0.0, 0.0), 0.0), begins, look, body)


def _placed(
    cast: Cast, partner: Motion, ego: Motion, place: tuple[float, float], yaw: float
) -> Duo:
    frames = cast.frames(partner, ego)
    partner = placed(partner, 0, place, yaw)
    return Duo(
        lengthened(partner, frames, cast.material, cast.random),
        lengthened(ego, frames, cast.material, cast.random),
    )


def _standing_place(
    cast: Cast, distance: float, bearing: float
) -> tuple[tuple[float, float], float]:
    """Where a partner who stays is, and where it faces."""
    if cast.rule.place.facing == "along":
        aside = cast.either(cast.rule.place.aside)
        return (distance, aside), float(cast.random.normal(0.0, 0.15))
    place = (distance * math.cos(bearing), distance * math.sin(bearing))
    return place, bearing + math.pi + float(cast.random.normal(0.0, 0.1))
