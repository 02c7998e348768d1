"""Joints that were not observed, filled in from the others as far as a skeleton determines them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, JOINT_NAMES
from remogen_ros.perception.detections import SkeletonDetection
from remogen_ros.perception.joint_mapping import JointMap, parse_joint_map

GUESS_CONFIDENCE = 0.5
"""Confidence of a filled-in joint, as a part of that of the least certain joint it rests on."""

_RULES_FILE = "missing_joints.yaml"
_SHORTEST_M = 1e-3
"""Bones and hip lines shorter than this have no direction."""

_LEFT_HIP, _RIGHT_HIP = JOINT_INDEX["left_hip"], JOINT_INDEX["right_hip"]


@dataclass(frozen=True)
class FillRule:
    """One way to place a joint: a weighted mean of others, or, for a foot, ahead of its ankle.

    Attributes:
        joint: the SMPL joint that it places.
        sources: the SMPL joints that it needs.
        weights: of the sources, in the same order; empty for a foot.
    """

    joint: int
    sources: tuple[int, ...]
    weights: tuple[float, ...]

    def place(self, positions: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """(3,) metres from (22, 3) positions, None where they leave a direction open."""
        if self.weights:
            return np.array(self.weights) @ positions[list(self.sources)]
        return _foot(self.joint, positions, *self.sources)

    def describe(self) -> str:
        """The rule in words."""
        names = [JOINT_NAMES[source] for source in self.sources]
        if not self.weights:
            ankle, knee = names[:2]
            return f"{ankle}, {knee} and the hips, as the standard foot lies"
        return " + ".join(f"{w:.2f} {n}" for w, n in zip(self.weights, names, strict=True))


@cache
def fill_rules() -> tuple[FillRule, ...]:
    """Every rule, in the order in which they are tried."""
    content = yaml.safe_load(files(__package__).joinpath(_RULES_FILE).read_text("utf8"))
    rules = []
    for name, ways in content.items():
        for way in ways:
            # The same format, and the same checks, as a tracker's map; here of SMPL joints.
            text = yaml.safe_dump({"joints": list(JOINT_NAMES), "map": {name: way}})
            row = parse_joint_map(text, _RULES_FILE).weights[JOINT_INDEX[name]]
            sources = tuple(int(source) for source in np.flatnonzero(row))
            rules.append(FillRule(JOINT_INDEX[name], sources, tuple(row[list(sources)])))
    for side in ("left", "right"):
        foot, ankle, knee = (JOINT_INDEX[f"{side}_{part}"] for part in ("foot", "ankle", "knee"))
        rules.append(FillRule(foot, (ankle, knee, _LEFT_HIP, _RIGHT_HIP), ()))
    return tuple(rules)


def completed(
    positions: NDArray[np.float64], confidence: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A body with the joints filled in that follow from those observed.

    Args:
        positions: (22, 3) metres, NaN where not observed.
        confidence: (22,) 0 .. 1.

    Returns:
        (22, 3) metres, NaN where nothing determines the joint; (22,) confidence, of a filled-in
        joint GUESS_CONFIDENCE times the least of the observed joints that it rests on.
    """
    known = np.isfinite(positions.sum(axis=-1))
    if known.all():
        return positions, confidence
    positions, confidence = positions.copy(), confidence.copy()
    rests_on = confidence.copy()
    for rule in fill_rules():
        sources = list(rule.sources)
        if known[rule.joint] or not known[sources].all():
            continue
        place = rule.place(positions)
        if place is None:
            continue
        positions[rule.joint] = place
        rests_on[rule.joint] = rests_on[sources].min()
        confidence[rule.joint] = GUESS_CONFIDENCE * rests_on[rule.joint]
        known[rule.joint] = True
    return positions, confidence


def detection_on_smpl(
    body_id: str,
    stamp_ns: int,
    frame_id: str,
    joint_map: JointMap,
    positions: NDArray[np.float64],
    confidence: NDArray[np.float64],
) -> SkeletonDetection:
    """A body on the joints of its tracker, as a detection on the SMPL joints.

    Args:
        body_id: the tracker's name for the body.
        stamp_ns: capture time, nanoseconds.
        frame_id: of the positions.
        joint_map: from the tracker's joints (S of them).
        positions: (S, 3) metres, not finite where not observed.
        confidence: (S,) 0 .. 1.
    """
    mapped, least = completed(*joint_map.apply(positions, confidence))
    return SkeletonDetection(body_id, stamp_ns, frame_id, mapped, least)


def _foot(
    foot: int, positions: NDArray[np.float64], ankle: int, knee: int, left_hip: int, right_hip: int
) -> NDArray[np.float64] | None:
    """Where the standard foot is: carried by the shank, turned as the hips are."""
    shank = positions[knee] - positions[ankle]
    length = float(np.linalg.norm(shank))
    if length < _SHORTEST_M:
        return None
    up = shank / length
    hip_line = positions[left_hip] - positions[right_hip]
    across = hip_line - (hip_line @ up) * up
    width = float(np.linalg.norm(across))
    if width < _SHORTEST_M:
        return None
    left = across / width
    axes = np.stack([np.cross(left, up), left, up], axis=-1)
    size = length / float(ADULT.bone_lengths[ankle])
    return positions[ankle] + size * (axes @ ADULT.offsets[foot])
