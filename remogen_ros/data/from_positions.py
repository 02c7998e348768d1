"""From where joints are to a motion of the standard adult, for recordings that hold no rotations.

The torso is oriented by its own joints. Hands and feet are put where they were, as far as the limbs
reach, and elbows and knees fold in the plane in which they were folded; so hands still meet and
feet still stand, although bones differ in length. A hand that touches nothing had better keep the
pose of its arm instead: `held` says which does what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from remogen_ros.data.floor import parent_relative
from remogen_ros.data.hinges import LIMBS, Limb, axis_turn, twists
from remogen_ros.errors import UserError
from remogen_ros.motion.limbs import shortest_turn
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import slerp
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, JOINT_NAMES, PARENTS

Joints = Mapping[str, NDArray[np.float64]]
"""(T, 3) positions by our joint names, metres, z up."""

SIDES = ("left", "right")

NEEDED = frozenset(
    {"spine1", "neck"}
    | {f"{s}_{p}" for s in SIDES for p in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")}
)
"""Without these there is no fitting. Collars, feet, head and the rest of the spine refine it."""

_SPINE = ("spine1", "spine2", "spine3", "neck")
_MOST_SCALED = 5.0
"""An adult is larger than a small child by less than this, and smaller than a giant."""

_SHORTEST_BONE = 0.01
"""Joints that are closer have no direction between them, metres."""


def scale_to_adult(joints: Joints) -> float:
    """Metres of the standard adult per metre of who was recorded, by thighs and shanks.

    Raises:
        UserError: nobody has legs of that length, so that the positions are not in metres.
    """
    bones = [
        (f"{side}_{upper}", f"{side}_{lower}")
        for side in SIDES
        for upper, lower in (("hip", "knee"), ("knee", "ankle"))
    ]
    theirs = sum(
        float(np.median(np.linalg.norm(joints[upper] - joints[lower], axis=-1)))
        for upper, lower in bones
    )
    ours = ADULT.bone_lengths[[JOINT_INDEX[lower] for _, lower in bones]].sum()
    scale = float(ours / theirs) if theirs > 0.0 else np.inf
    if not 1 / _MOST_SCALED < scale < _MOST_SCALED:
        raise UserError(f"Legs {theirs / 2:.3g} m long are nobody's: the positions are not metres.")
    return scale


def motion_from_positions(
    joints: Joints,
    times: NDArray[np.float64],
    turns: Mapping[str, NDArray[np.float64]] | None = None,
    held: Mapping[str, NDArray[np.float64]] | None = None,
) -> Motion:
    """The motion of the standard adult that comes closest.

    Args:
        joints: at least those of NEEDED, already of an adult's size (`scale_to_adult`).
        times: (T,) seconds.
        turns: (T, 3, 3) orientations in the world of joints for which they are known, in frames
            that coincide with the world's in a T-pose that faces +x. Where a head looks, its
            position does not tell.
        held: (T,) of wrists and ankles, from 0, which keeps direction and fold of the limb, to 1,
            which puts its end where it was. It is 1 where it is not given.

    Raises:
        UserError: a position is not finite, or two ends of a bone coincide.
        ValueError: a joint of NEEDED is missing.
    """
    if missing := sorted(NEEDED - set(joints)):
        raise ValueError(f"fitting a motion needs the joint {missing[0]!r}")
    _check(joints)
    body = _Body({name: torch.tensor(places).double() for name, places in joints.items()})
    known = {name: torch.tensor(matrices).double() for name, matrices in (turns or {}).items()}
    body.fit_torso(known)
    for limb in LIMBS:
        body.fit_limb(limb, times, None if held is None else held.get(limb.end))
    body.fit_ends(known)
    orientations = torch.stack([body.turns[name] for name in JOINT_NAMES], dim=1).numpy()
    relative = torch.from_numpy(parent_relative(orientations))
    return Motion(body.place("pelvis").float(), relative.float())


class _Body:
    """The standard adult, posed from the pelvis outwards.

    Attributes:
        goals: (T, 3) where joints are to be.
        turns: (T, 3, 3) orientations in the world of what has been posed so far.
    """

    def __init__(self, goals: Mapping[str, Tensor]) -> None:
        self.goals = goals
        self.turns: dict[str, Tensor] = {}

    def place(self, name: str) -> Tensor:
        """(T, 3) where a joint is whose parents have been posed."""
        if name == "pelvis":
            hips = self.goals["left_hip"] + self.goals["right_hip"]
            ours = _rest("left_hip") + _rest("right_hip")
            return (hips - self.turns["pelvis"] @ ours) / 2
        parent = _parent(name)
        return self.place(parent) + self.turns[parent] @ _rest(name)

    def fit_torso(self, known: Mapping[str, Tensor]) -> None:
        """Pelvis, spine, neck, head and collars."""
        goals, turns = self.goals, self.turns
        middle = (goals["left_hip"] + goals["right_hip"]) / 2
        pelvis = _upright(goals["spine1"] - middle, goals["left_hip"] - goals["right_hip"])
        spine = [name for name in _SPINE if name in goals]
        across = "collar" if {"left_collar", "right_collar"} <= set(goals) else "shoulder"
        left = goals[f"left_{across}"] - goals[f"right_{across}"]
        turns["pelvis"] = known.get("pelvis", pelvis)
        turns["spine3"] = known.get("spine3", _upright(goals["neck"] - goals[spine[-2]], left))
        for place, name in enumerate(_SPINE[:2], start=1):
            twisted = slerp(turns["pelvis"], turns["spine3"], torch.tensor(place / 3).double())
            turns[name] = _laid(twisted, _SPINE[place], self._spine_direction(name))
        chest = turns["spine3"]
        head = goals["head"] - goals["neck"] if "head" in goals else None
        turns["neck"] = _laid(known.get("neck", chest), "head", head)
        turns["head"] = known.get("head", turns["neck"])
        for side in SIDES:
            collar, shoulder = f"{side}_collar", f"{side}_shoulder"
            bone = goals[shoulder] - goals[collar] if collar in goals else None
            turns[collar] = _laid(chest, shoulder, bone)

    def _spine_direction(self, name: str) -> Tensor:
        """(T, 3) along the recorded part of the spine in which one of our joints lies."""
        recorded = [other for other in _SPINE if other in self.goals]
        order = _SPINE.index(name)
        lower, upper = next(
            (low, high) for low, high in pairwise(recorded) if _SPINE.index(high) > order
        )
        return self.goals[upper] - self.goals[lower]

    def fit_limb(
        self, limb: Limb, times: NDArray[np.float64], held: NDArray[np.float64] | None
    ) -> None:
        """Its upper and its lower bone, folded in the plane they had."""
        root, middle, end = (self.goals[name] for name in (limb.root, limb.middle, limb.end))
        upper, lower = limb.lengths
        reach = end - self.place(limb.root)
        if held is not None:
            theirs = (middle - root).norm(dim=-1) + (end - middle).norm(dim=-1)
            free = (end - root) * (upper + lower) / theirs.median()
            reach = torch.lerp(free, reach, torch.tensor(held).double()[:, None])
        resting = self.turns[limb.above]
        straight = shortest_turn(resting @ limb.bone, reach) @ resting
        twisted = straight @ axis_turn(limb.bone, twists(limb, resting, (root, middle, end), times))
        distance = reach.norm(dim=-1).clamp_min(abs(upper - lower) + 1e-6)
        at_root = _corner(upper, distance, lower)
        at_end = _corner(lower, distance, upper)
        self.turns[limb.root] = twisted @ axis_turn(limb.hinge, -at_root)
        self.turns[limb.middle] = twisted @ axis_turn(limb.hinge, at_end)

    def fit_ends(self, known: Mapping[str, Tensor]) -> None:
        """Hands and feet: as they are known to be turned, or as forearms and shanks are."""
        goals, turns = self.goals, self.turns
        for side in SIDES:
            wrist, ankle, foot = (f"{side}_{part}" for part in ("wrist", "ankle", "foot"))
            turns[wrist] = known.get(wrist, turns[f"{side}_elbow"])
            bone = goals[foot] - goals[ankle] if foot in goals and ankle not in known else None
            turns[ankle] = _laid(known.get(ankle, turns[f"{side}_knee"]), foot, bone)
            turns[foot] = turns[ankle]


def _check(joints: Joints) -> None:
    for name, places in joints.items():
        if not np.isfinite(places).all():
            raise UserError(f"A position of {name} is not finite.")
    across = [("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"), ("spine1", "neck")]
    for first, second in [*across, *_bones(joints)]:
        lengths = np.linalg.norm(joints[first] - joints[second], axis=-1)
        if lengths.min() < _SHORTEST_BONE:
            raise UserError(f"{first} and {second} coincide in frame {lengths.argmin()}.")


def _bones(joints: Joints) -> Iterator[tuple[str, str]]:
    for name in joints:
        if name not in ("pelvis", "left_hip", "right_hip") and _parent(name) in joints:
            yield _parent(name), name


def _parent(name: str) -> str:
    return JOINT_NAMES[PARENTS[JOINT_INDEX[name]]]


def _rest(name: str) -> Tensor:
    """(3,) from the parent of a joint to it in the T-pose."""
    return torch.from_numpy(ADULT.offsets[JOINT_INDEX[name]]).double()


def _upright(up: Tensor, left: Tensor) -> Tensor:
    """(T, 3, 3) of a part of the torso: its z axis is up, its y axis to the left."""
    up = normalize(up, dim=-1)
    forward = normalize(torch.linalg.cross(left, up), dim=-1)
    return torch.stack((forward, torch.linalg.cross(up, forward), up), dim=-1)


def _laid(turn: Tensor, child: str, direction: Tensor | None) -> Tensor:
    """(T, 3, 3) turned no further than lays the bone to a child in a direction (T, 3)."""
    if direction is None:
        return turn
    return shortest_turn(turn @ _rest(child), direction) @ turn


def _corner(beside: float, other: Tensor, opposite: float) -> Tensor:
    """(T,) angle of a triangle between two of its sides; 0 where they do not meet."""
    cosine = (beside**2 + other.square() - opposite**2) / (2 * beside * other)
    return cosine.clamp(-1, 1).acos()
