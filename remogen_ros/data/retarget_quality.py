"""How true a retargeted motion is to the one it was made from.

Two skeletons never agree to the centimetre: their bones have other lengths, and their joints are
other points of a body. So joints are compared in three ways, each forgiving more than the last:
`scaled` forgives the size of the body, `stretched` the length of each bone, `fitted` also where on
the body a skeleton has its joints, and what remains is the pose alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from remogen_ros.data.anatomy import (
    OVERSTRETCHED_KNEE,
    SIDES,
    feet_face_backward,
    knee_flexion,
    wrung,
)
from remogen_ros.data.joint_maps import JointMap
from remogen_ros.data.retarget import axes_matrix, retarget
from remogen_ros.data.source_motion import SourceMotion
from remogen_ros.errors import UserError
from remogen_ros.motion.kinematics import global_rotations
from remogen_ros.motion.skeleton import ANKLE_HEIGHT, FOOT_HEIGHT, JOINT_INDEX, JOINT_NAMES, PARENTS

Array = NDArray[np.float64]

_COINCIDENT = 0.02
"""A bone of the source that is shorter has no direction, metres."""

_SLOW, _LOW = 0.2, 0.02
"""A foot of the source bears weight below this speed, m/s, and height above its resting place,
metres."""

_RESTING_PERCENTILE = 10.0

_APART = 0.25
"""Left and right are told from each other where the source has them farther apart, metres."""


@dataclass(frozen=True)
class Comparison:
    """A motion on its own skeleton beside the same on ours, at one size.

    Attributes:
        names: N joints of ours that have a counterpart, as `matching_joints` finds them.
        matching: (N,) the counterparts among the joints of the source.
        ours: (T, 22, 3) metres, z up, on the floor.
        rotations: (T, 22, 3, 3) relative to the parent.
        source: (T, J, 3) all joints of the source, z up, scaled by the number that brings the N
            joints closest to ours when the middles of the hips are laid on each other.
        parents: (J,) of the source, -1 for the root.
        times: (T,) seconds.
    """

    names: tuple[str, ...]
    matching: tuple[int, ...]
    ours: Array
    rotations: Array
    source: Array
    parents: tuple[int, ...]
    times: Array

    @staticmethod
    def of(clip: SourceMotion, joint_map: JointMap) -> Comparison:
        """Retarget a motion, and lay the source beside it.

        Raises:
            UserError: the clip lacks a joint that the map names, or the hips are not mapped.
        """
        motion = retarget(clip, joint_map)
        pairs = matching_joints(joint_map)
        unscaled = Comparison(
            names=tuple(pairs),
            matching=tuple(clip.names.index(joint) for joint in pairs.values()),
            ours=motion.joints().numpy().astype(np.float64),
            rotations=motion.rotations.numpy().astype(np.float64),
            source=clip.global_poses()[0] @ axes_matrix(joint_map.world),
            parents=clip.parents,
            times=clip.times,
        )
        here, there = unscaled.from_hips()
        scale = float((here * there).sum() / (there * there).sum())
        return replace(unscaled, source=unscaled.source * scale)

    def from_hips(self) -> tuple[Array, Array]:
        """(T, N, 3) our joints and their counterparts, from the middle of the hips."""
        ours = self.ours[:, [JOINT_INDEX[name] for name in self.names]]
        theirs = self.source[:, self.matching]
        hips = [self.names.index(f"{side}_hip") for side in SIDES]
        return (
            ours - ours[:, hips].mean(1, keepdims=True),
            theirs - theirs[:, hips].mean(1, keepdims=True),
        )


def matching_joints(joint_map: JointMap) -> dict[str, str]:
    """Our joint -> the joint of the source whose place can be compared with its own.

    Where several of ours move with one joint of the source, it is the first of them, counted from
    the pelvis outwards.
    """
    pairs: dict[str, str] = {}
    for name in JOINT_NAMES:
        source = joint_map.joints[name].source
        if source is not None and source not in pairs.values():
            pairs[name] = source
    if missing := {"left_hip", "right_hip"} - set(pairs):
        raise UserError(f"The joint map gives {min(missing)} no joint of its own.")
    return pairs


@dataclass(frozen=True)
class Quality:
    """How true one retargeted motion is.

    Attributes:
        frames: how many it has.
        scaled, stretched, fitted: mean error of each joint that can be compared, metres.
        backward_knees, swapped, wrung: shares of the frames in which a knee bends forward, in which
            left and right are exchanged, and in which an elbow or wrist is twisted beyond nature.
        soles: (C,) height of our sole whenever the source's foot bears weight, metres.
    """

    frames: int
    scaled: dict[str, float]
    stretched: dict[str, float]
    fitted: dict[str, float]
    backward_knees: float
    swapped: float
    wrung: float
    soles: Array


def quality(comparison: Comparison) -> Quality:
    """Judge a retargeted motion by its source."""
    ours, theirs = comparison.from_hips()
    backward = knee_flexion(comparison.rotations) < OVERSTRETCHED_KNEE
    swapped = _exchanged(comparison.names, ours, theirs) | feet_face_backward(comparison.ours)
    return Quality(
        frames=len(ours),
        scaled=_mean_errors(comparison.names, ours - theirs),
        stretched=_mean_errors(comparison.names, ours - _stretched(comparison, ours, theirs)),
        fitted=_mean_errors(comparison.names, theirs - _fitted(comparison, theirs)),
        backward_knees=float(backward.any(1).mean()),
        swapped=float(swapped.mean()),
        wrung=float(wrung(comparison.rotations).mean()),
        soles=_soles_in_contact(comparison),
    )


def _mean_errors(names: tuple[str, ...], errors: Array) -> dict[str, float]:
    """Of (T, N, 3) errors; a joint that is nowhere finite is left out."""
    means = np.linalg.norm(errors, axis=-1).mean(0)
    return {n: float(mean) for n, mean in zip(names, means, strict=True) if np.isfinite(mean)}


def _bones(names: tuple[str, ...], theirs: Array) -> list[int]:
    """(N,) from which of the joints the bone to each begins; -1 is the middle of the hips.

    Joints that have no counterpart are passed over, and those that lie on the one before.
    """
    starts: list[int] = []
    for name in names:
        start = -1 if name.endswith("_hip") else _next_inwards(names, name)
        while start >= 0 and _length(theirs, start, starts[start]) < _COINCIDENT:
            start = starts[start]
        starts.append(start)
    return starts


def _next_inwards(names: tuple[str, ...], name: str) -> int:
    parent = PARENTS[JOINT_INDEX[name]]
    while parent >= 0 and JOINT_NAMES[parent] not in names:
        parent = PARENTS[parent]
    return names.index(JOINT_NAMES[parent]) if parent >= 0 else -1


def _length(places: Array, end: int, start: int) -> float:
    origin = places[:, start] if start >= 0 else 0.0
    return float(np.linalg.norm(places[:, end] - origin, axis=-1).mean())


def _stretched(comparison: Comparison, ours: Array, theirs: Array) -> Array:
    """(T, N, 3) the source with its bones at our lengths, NaN where it has no such bone."""
    built = np.full(ours.shape, np.nan)
    for joint, start in enumerate(_bones(comparison.names, theirs)):
        if _length(theirs, joint, start) < _COINCIDENT:
            continue
        here, there, origin = (
            places[:, start] if start >= 0 else np.zeros((len(ours), 3))
            for places in (ours, theirs, built)
        )
        bone = theirs[:, joint] - there
        bone /= np.linalg.norm(bone, axis=-1, keepdims=True)
        length = np.linalg.norm(ours[:, joint] - here, axis=-1, keepdims=True)
        built[:, joint] = origin + bone * length
    return built


def _fitted(comparison: Comparison, theirs: Array) -> Array:
    """(T, N, 3) the source's own bones, turned as ours turn: each rigid in the frame above it."""
    turns = global_rotations(torch.from_numpy(comparison.rotations)).numpy()
    built = np.zeros(theirs.shape)
    for joint, start in enumerate(_bones(comparison.names, theirs)):
        frame = turns[:, max(PARENTS[JOINT_INDEX[comparison.names[joint]]], 0)]
        there, origin = (
            places[:, start] if start >= 0 else np.zeros((len(theirs), 3))
            for places in (theirs, built)
        )
        bone = (frame.swapaxes(-1, -2) @ (theirs[:, joint] - there)[..., None]).mean(0)
        built[:, joint] = origin + (frame @ bone)[..., 0]
    return built


def _exchanged(names: tuple[str, ...], ours: Array, theirs: Array) -> NDArray[np.bool_]:
    """(T,) whether a joint is nearer to the source's other side than to its own."""
    exchanged = np.zeros(len(ours), np.bool_)
    for left, name in enumerate(names):
        if name.startswith("left_"):
            right = names.index("right_" + name.removeprefix("left_"))
            here, there = ours[:, [left, right]], theirs[:, [left, right]]
            straight = np.linalg.norm(here - there, axis=-1).sum(1)
            crossed = np.linalg.norm(here - there[:, ::-1], axis=-1).sum(1)
            apart = np.linalg.norm(there[:, 0] - there[:, 1], axis=-1) > _APART
            exchanged |= apart & (crossed < straight)
    return exchanged


def _soles_in_contact(comparison: Comparison) -> Array:
    """(C,) height of our sole, under the joint of the foot that bears weight in the source."""
    part, height = ("ankle", ANKLE_HEIGHT)
    if "left_foot" in comparison.names:
        part, height = ("foot", FOOT_HEIGHT)
    soles = [np.zeros(0)]
    for name in (f"{side}_{part}" for side in SIDES):
        foot = comparison.source[:, comparison.matching[comparison.names.index(name)]]
        slow = np.linalg.norm(np.gradient(foot, comparison.times, axis=0), axis=-1) < _SLOW
        if slow.any():
            floor = np.percentile(foot[slow, 2], _RESTING_PERCENTILE)
            bears = slow & (foot[:, 2] < floor + _LOW)
            soles.append(comparison.ours[bears, JOINT_INDEX[name], 2] - height)
    return np.concatenate(soles)
