"""Composing a clip: a person who does something in a furnished room.

Walks and gestures are real clips; walks are bent along a path round the furniture, with the feet
where they step. Turning on the spot, sitting and reaching are composed (`acts.py`, `reaching.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remogen_ros.data.composing.joining import placed, yaw_of
from remogen_ros.data.composing.tracks import gesture
from remogen_ros.data.composing.turning import turned_round
from remogen_ros.data.corpus import Record
from remogen_ros.data.rooms.acts import reversed_in_time, sat_down
from remogen_ros.data.rooms.paths import Path
from remogen_ros.data.rooms.place import (
    AFTER,
    BEFORE,
    WITHIN_REACH,
    Place,
    free_above,
    held_after,
    stop_at_something,
    stop_before,
    walked,
)
from remogen_ros.data.rooms.reaching import reached
from remogen_ros.data.rooms.room_acts import Act, ActChoice, act_choices
from remogen_ros.data.rooms.seats import Seat
from remogen_ros.data.scenes import Goal, body_inside
from remogen_ros.data.texts import texts_of
from remogen_ros.motion.arms import SIDES
from remogen_ros.motion.poses import Motion, concatenate

_GESTURES = (
    "wave-left-hand",
    "wave-right-hand",
    "wave-both-hands",
    "raise-up-left-hand",
    "raise-up-right-hand",
    "raise-up-both-hands",
    "bow",
    "guide",
    "byebye",
)

_SEATED = (15, 35)
_HELD = (4, 10)
"""Frames of sitting, and of touching what is reached for."""

_BEFORE_SEAT = 0.2
_ARRIVED = 0.35
"""How far before the front edge of a seat the body stands that sits down on it, and that comes to
it, whose toes point at it; metres."""

_ARRIVAL = 0.6
"""How obliquely one arrives at a seat, radians."""

_GESTURE_CLEARANCE = 0.7
_BEYOND = 0.6
"""Metres that are free around one who gestures; and from a door to where one comes from or goes."""


@dataclass(frozen=True)
class RoomClip:
    """Someone in a room.

    Attributes:
        motion: (T,) in the room's frame.
        act: what is done.
        clip: the real clip that is in it.
        texts: prompts.
        goals: where the body is to be.
    """

    motion: Motion
    act: Act
    clip: Record
    texts: tuple[str, ...]
    goals: tuple[Goal, ...]


def compose(act: Act, place: Place, random: np.random.Generator) -> RoomClip | None:
    """One clip, or None where this draw does not work out: no way, or something in the way."""
    choice = act_choices()[act]
    composers = {
        "go-to": _go_to,
        "through-the-door": _through_the_door,
        "sit-down": _sit_down,
        "get-up": _get_up,
        "reach": _reach,
        "wander": _wander,
        "gesture": _gesture,
    }
    composed = composers[act](choice, place, random)
    if composed is None or body_inside(composed.motion, place.room.scene.grid).any():
        return None
    return composed


def _go_to(choice: ActChoice, place: Place, random: np.random.Generator) -> RoomClip | None:
    stop = stop_at_something(place, random)
    if stop is None:
        return None
    name, spot, yaw = stop
    walk = walked(place.floor.way(spot, choice.path, random, yaw), place, random)
    if walk is None:
        return None
    motion, clip = walk
    texts = _said(choice, name)
    return RoomClip(motion, "go-to", clip, texts, (_floor_goal(motion),))


def _through_the_door(
    choice: ActChoice, place: Place, random: np.random.Generator
) -> RoomClip | None:
    if not place.room.doors:
        return None
    door = place.room.doors[random.integers(len(place.room.doors))]
    through = np.array(door.through) * (1 if random.random() < 0.5 else -1)
    places = place.floor.places()
    beyond = (places - door.middle) @ through
    ends = places[beyond > _BEYOND]
    if len(ends) == 0:
        return None
    end = ends[random.integers(len(ends))]
    path = place.floor.way(end, choice.path, random, starts=beyond < -_BEYOND)
    walk = walked(path, place, random)
    if walk is None:
        return None
    motion, clip = walk
    texts = _said(choice, "")
    return RoomClip(motion, "through-the-door", clip, texts, (_floor_goal(motion),))


def _sit_down(choice: ActChoice, place: Place, random: np.random.Generator) -> RoomClip | None:
    seat = _seat(place, random)
    if seat is None:
        return None
    spot = np.array(seat.edge) + _ARRIVED * seat.forward
    arrival = seat.yaw + np.pi + float(random.uniform(-_ARRIVAL, _ARRIVAL))
    path = place.floor.way(spot, choice.path, random, arrival)
    walk = walked(path, place, random, still=3)
    if walk is None:
        return None
    motion, clip = walk
    standing = motion.frames(len(motion) - 1)
    back = (
        np.array(seat.edge) + _BEFORE_SEAT * seat.forward - standing.root_positions[0, :2].numpy()
    )
    turning = turned_round(standing, _turn(seat.yaw - yaw_of(standing, 0)), (back[0], back[1]))
    sitting = sat_down(turning.frames(len(turning) - 1), seat, free_above(place.room, seat))
    seated = held_after(sitting, int(random.integers(*_SEATED)), place, random)
    whole = concatenate([motion, turning, sitting, seated])
    goal = Goal(joint="pelvis", position=_position(whole))
    return RoomClip(whole, "sit-down", clip, _said(choice, seat.name), (goal,))


def _get_up(choice: ActChoice, place: Place, random: np.random.Generator) -> RoomClip | None:
    seat = _seat(place, random)
    if seat is None:
        return None
    spot = np.array(seat.edge) + _BEFORE_SEAT * seat.forward
    # A way to the seat, walked the other way round.
    path = place.floor.way(spot, choice.path, random, seat.yaw + np.pi)
    walk = walked(None if path is None else Path(path.points[::-1]), place, random, lead=1)
    if walk is None:
        return None
    motion, clip = walk
    standing = motion.frames(0, 1)
    rising = reversed_in_time(sat_down(standing, seat, free_above(place.room, seat)))
    before = place.material.hold(
        rising.frames(0, 1), int(random.integers(*_SEATED)), random, to_action=True
    )
    whole = concatenate([before, rising, motion])
    return RoomClip(whole, "get-up", clip, _said(choice, seat.name), (_floor_goal(whole),))


def _reach(choice: ActChoice, place: Place, random: np.random.Generator) -> RoomClip | None:
    if not place.within_reach:
        return None
    number = list(place.within_reach)[random.integers(len(place.within_reach))]
    points = place.within_reach[number]
    point = points[random.integers(len(points))]
    stop = stop_before(place, point[None, :2], WITHIN_REACH, random)
    if stop is None:
        return None
    spot, yaw = stop
    walk = walked(place.floor.way(spot, choice.path, random, yaw), place, random, still=3)
    if walk is None:
        return None
    motion, clip = walk
    side = SIDES[random.integers(2)]
    pose = motion.frames(len(motion) - 1)
    act = reached(pose, side, point, int(random.integers(*_HELD)))
    if act is None:
        return None
    rest = held_after(act, int(random.integers(*AFTER)), place, random)
    whole = concatenate([motion, act, rest])
    x, y, z = point.tolist()
    goals = (_floor_goal(whole), Goal(joint=f"{side}_wrist", position=(x, y, z)))
    texts = _said(choice, place.room.names[number], side)
    return RoomClip(whole, "reach", clip, texts, goals)


def _wander(choice: ActChoice, place: Place, random: np.random.Generator) -> RoomClip | None:
    places = place.floor.places()
    if len(places) == 0:
        return None
    end = places[random.integers(len(places))]
    walk = walked(place.floor.way(end, choice.path, random), place, random)
    if walk is None:
        return None
    motion, clip = walk
    texts = (*_said(choice, ""), *texts_of(clip.content, clip.style))
    return RoomClip(motion, "wander", clip, texts, (_floor_goal(motion),))


def _gesture(choice: ActChoice, place: Place, random: np.random.Generator) -> RoomClip | None:
    clips = place.material.clips(_GESTURES)
    places = place.floor.places()
    places = places[place.floor.clearance(places) > _GESTURE_CLEARANCE]
    if not clips or len(places) == 0:
        return None
    clip = clips[random.integers(len(clips))]
    track = gesture(place.material, clip, int(random.integers(*BEFORE)), random, fight=False)
    x, y = places[random.integers(len(places))].tolist()
    motion = placed(track.motion, 0, (x, y), float(random.uniform(-np.pi, np.pi)))
    texts = (*_said(choice, ""), *texts_of(clip.content, clip.style))
    return RoomClip(motion, "gesture", clip, texts, ())


def _said(choice: ActChoice, name: str, side: str = "") -> tuple[str, ...]:
    return tuple(text.format(object=name, side=side) for text in choice.texts)


def _seat(place: Place, random: np.random.Generator) -> Seat | None:
    seats = place.room.seats
    return seats[random.integers(len(seats))] if seats else None


def _turn(angle: float) -> float:
    """The shorter way round, radians."""
    return float((angle + np.pi) % (2 * np.pi) - np.pi)


def _floor_goal(motion: Motion) -> Goal:
    x, y, _ = _position(motion)
    return Goal(joint="pelvis", position=(x, y, 0.0))


def _position(motion: Motion) -> tuple[float, float, float]:
    x, y, z = motion.root_positions[-1].tolist()
    return (x, y, z)
