"""Hands that meet: the partner reaches first, the ego's hand comes, they touch, both withdraw."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.data.composing.joining import eased, placed, there_and_back
from remogen_ros.data.composing.material import fastest_joint
from remogen_ros.data.composing.tracks import LONGEST_ACTION, lengthened, performed
from remogen_ros.data.corpus import Record
from remogen_ros.data.duets.casting import LONGEST, Cast, Duo
from remogen_ros.data.duets.social_rules import Contact
from remogen_ros.motion.arms import beyond_limits, palms, reaching, shoulders
from remogen_ros.motion.poses import FRAME_RATE, Motion, concatenate
from remogen_ros.motion.skeleton import JOINT_INDEX

_BACK = 7
"""Frames in which a hand withdraws."""

_SHORTEST_TOUCH = 3
_SHAKES_A_SECOND = 2.0
_SHAKEN = 0.04
_BETWEEN_HANDS = 0.13
"""Frames that hands touch at least; how hands are shaken (metres up and down); metres of each of
two hands from the middle."""

_OFF_TARGET = 0.01
"""Metres by which hands may miss each other."""


@dataclass(frozen=True)
class _Reach:
    """One person's part: frames at which the hand sets off and is there; a clip in two halves."""

    begins: int
    there: int
    up: Motion | None
    down: Motion | None


def touch(cast: Cast) -> Duo | None:
    """Two who stand face to face and touch hands; None where arms do not reach."""
    contact = cast.rule.contact
    if contact is None:
        return None
    partner = _reach(cast, contact, cast.partner, cast.begins())
    noticed = partner.begins if partner.up is None else partner.begins + _first_move(partner.up)
    ego = _reach(cast, contact, cast.ego, cast.answers(noticed))
    meets = max(partner.there, ego.there)
    shakes = round(cast.draw(contact.shakes))
    seconds = shakes / _SHAKES_A_SECOND if shakes else cast.draw(contact.hold)
    leaves = meets + max(round(seconds * FRAME_RATE), _SHORTEST_TOUCH)
    bodies = [_body(cast, reach, leaves) for reach in (partner, ego)]
    frames = cast.frames(*bodies)
    if leaves + _BACK > frames:
        return None
    distance = cast.draw(cast.rule.place.distance)
    bodies[0] = placed(bodies[0], 0, (distance, 0.0), math.pi)
    bodies[1] = placed(bodies[1], 0, (0.0, 0.0), 0.0)
    bodies = [lengthened(body, frames, cast.material, cast.random) for body in bodies]
    motions = _brought_together(cast, contact, bodies, [partner, ego], (meets, leaves, shakes))
    return Duo(*motions) if _meet(motions, contact, meets, leaves) else None


def _reach(cast: Cast, contact: Contact, clip: Record | None, begins: int) -> _Reach:
    if clip is None:
        return _Reach(begins, begins + round(cast.draw(contact.reach) * FRAME_RATE), None, None)
    action = cast.material.corpus.motion_of(clip).frames(0, LONGEST_ACTION)
    wrists = [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]
    peak = int(action.joints()[:, wrists, 2].amax(-1).argmax())
    peak = min(max(peak, 1), len(action) - 2)
    up = eased(action.frames(0, peak + 1), True, True)
    return _Reach(begins, begins + len(up) - 1, up, eased(action.frames(peak), True, True))


def _first_move(motion: Motion) -> int:
    return int((fastest_joint(motion) > 0.6).argmax())


def _body(cast: Cast, reach: _Reach, leaves: int) -> Motion:
    """Someone who stands, or whose raised hand waits until it is time to lower it."""
    if reach.up is None or reach.down is None:
        rest = cast.material.rest(cast.random)
        return cast.material.hold(rest, leaves + _BACK, cast.random)
    waiting = max(leaves - reach.there, 1)
    top = reach.up.frames(len(reach.up) - 1)
    waits = cast.material.hold(top, waiting, cast.random, from_action=True, to_action=True)
    action = concatenate([reach.up, waits, reach.down])
    track = performed(cast.material, action, reach.begins, cast.random, fight=False)
    return track.motion.frames(0, LONGEST)


def _brought_together(
    cast: Cast,
    contact: Contact,
    bodies: list[Motion],
    reaches: list[_Reach],
    times: tuple[int, int, int],
) -> tuple[Motion, Motion]:
    """Both with their hands at the meeting place from when they are there until they leave."""
    meets, leaves, shakes = times
    middle = torch.stack([shoulders(b, s)[meets] for b in bodies for s in ("left", "right")]).mean(
        0
    )
    middle[2] = cast.draw(contact.height)
    frames, lets_go = len(bodies[0]), leaves - 1
    swing = _shaken(frames, meets, leaves, shakes)
    moved = list(bodies)
    for sides in contact.hands:
        place = middle.clone()
        if len(contact.hands) > 1:
            place[1] += _BETWEEN_HANDS if sides[1] == "left" else -_BETWEEN_HANDS
        for person, (reach, ahead) in enumerate(zip(reaches, (0.5, -0.5), strict=True)):
            target = place + torch.tensor([ahead * contact.apart, 0.0, 0.0])
            share = there_and_back(frames, reach.begins, reach.there, lets_go, lets_go + _BACK)
            moved[person] = reaching(moved[person], sides[person], target + swing, share)
    return moved[0], moved[1]


def _shaken(frames: int, meets: int, leaves: int, shakes: int) -> Tensor:
    """(frames, 3) metres up and down, swelling and fading."""
    share = ((torch.arange(frames) - meets) / (leaves - 1 - meets)).clamp(0, 1)
    swing = torch.zeros(frames, 3)
    swell = torch.sin(math.pi * share).clamp_min(0).sqrt()
    swing[:, 2] = -_SHAKEN * swell * torch.sin(2 * math.pi * shakes * share)
    return swing


def _meet(motions: tuple[Motion, Motion], contact: Contact, meets: int, leaves: int) -> bool:
    """Whether the hands really touch, with arms that arms can have."""
    for mine, theirs in contact.hands:
        between = palms(motions[0], mine) - palms(motions[1], theirs)
        miss = (between.norm(dim=-1) - contact.apart).abs()[meets:leaves]
        if float(miss.max()) > _OFF_TARGET:
            return False
        arms = (beyond_limits(motions[0], mine), beyond_limits(motions[1], theirs))
        if max(float(arm[meets:leaves].max()) for arm in arms) > 0:
            return False
    return True
