"""A jointed figure, like an artist's mannequin, that any 22 joint positions can be drawn with.

Every part stands in a frame of its own: z from one joint to another, y toward a reference
direction. The same rule places the frame in the standard body, where the part is shaped, and in a
posed body, so that positions alone are enough; bones of another length stretch their part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, PARENTS
from remogen_ros.rendering.figure_parts import PARTS, Part
from remogen_ros.rendering.lofts import Surface

_PARALLEL = 0.05
"""Sine of the angle to the axis below which a reference direction says nothing."""

_START, _END, _TAIL, _HEAD = (
    np.array([JOINT_INDEX[name] for name in names])
    for names in (
        [part.start for part in PARTS],
        [part.end for part in PARTS],
        [part.reference[0] for part in PARTS],
        [part.reference[1] for part in PARTS],
    )
)
_AT_END = np.array([part.at_end for part in PARTS])
_REST_LENGTHS = np.linalg.norm(ADULT.rest_joints[_END] - ADULT.rest_joints[_START], axis=1)


@dataclass(frozen=True)
class PartPoses:
    """Where the P parts of a posed figure are.

    Attributes:
        rotations: (P, 3, 3) axes as columns.
        positions: (P, 3) metres.
        scales: (P, 3) stretch along the axes of each part.
        seen: (P,) bool: every joint that the part needs is finite; the others hold any values.
    """

    rotations: NDArray[np.float64]
    positions: NDArray[np.float64]
    scales: NDArray[np.float64]
    seen: NDArray[np.bool_]


def part_poses(joints: NDArray[np.floating]) -> PartPoses:
    """Place the figure on (22, 3) joint positions, metres; joints may be NaN where not observed."""
    places = joints.astype(np.float64)
    starts, ends = places[_START], places[_END]
    axis = ends - starts
    lengths = np.linalg.norm(axis, axis=1)
    z = axis / np.maximum(lengths, 1e-9)[:, None]
    y, sine = _across(places[_HEAD] - places[_TAIL], z)
    # Any direction across the axis will do where the reference runs along it or is not known.
    other, _ = _across(np.roll(z, 1, axis=1) * (1.0, -1.0, 1.0) + (0.0, 0.0, 0.1), z)
    y = np.where((sine > _PARALLEL)[:, None], y, other)
    rotations = np.stack((np.cross(y, z), y, z), axis=-1)
    positions = np.where(_AT_END[:, None], ends, starts)
    scales = np.full((len(PARTS), 3), _body_scale(places))
    scales[~_AT_END, 2] = (lengths / _REST_LENGTHS)[~_AT_END]
    seen = np.isfinite(rotations).all((1, 2)) & np.isfinite(positions).all(1) & (lengths > 1e-4)
    return PartPoses(rotations, positions, scales, seen)


def posed_surface(part: Part, poses: PartPoses, index: int) -> Surface:
    """Part number `index` in the world."""
    rotation, scale = poses.rotations[index], poses.scales[index]
    vertices = (part.shape.vertices * scale) @ rotation.T + poses.positions[index]
    normals = (part.shape.normals / scale) @ rotation.T
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    return Surface(vertices.astype(np.float32), normals.astype(np.float32), part.shape.faces)


def _body_scale(joints: NDArray[np.float64]) -> float:
    """Size relative to the standard adult: thickness follows the median bone."""
    bones = np.linalg.norm(joints[1:] - joints[list(PARENTS[1:])], axis=1)
    ratios = bones / np.linalg.norm(ADULT.offsets[1:], axis=1)
    known = ratios[np.isfinite(ratios)]
    return float(np.median(known)) if len(known) else 1.0


def _across(
    vectors: NDArray[np.float64], z: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit vectors at right angles to z (P, 3), and the sine of the angle they had to it (P,)."""
    across = vectors - (vectors * z).sum(1, keepdims=True) * z
    length = np.linalg.norm(across, axis=1)
    sine = length / np.maximum(np.linalg.norm(vectors, axis=1), 1e-9)
    return across / np.maximum(length, 1e-9)[:, None], sine
