"""The shapes of the figure's parts, for the standard adult, metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.shape import HEAD_CENTRE, HEAD_HEIGHT, TOE_LENGTH
from remogen_ros.motion.skeleton import ADULT, ANKLE_HEIGHT, JOINT_INDEX
from remogen_ros.rendering.lofts import Surface, capsule, ellipsoid, loft


@dataclass(frozen=True)
class Part:
    """One rigid part of the figure.

    Attributes:
        name: unique.
        start, end: joints; the z axis runs from one to the other.
        reference: the y axis leans towards the direction from one of these joints to the other.
        shape: in the frame of the part, whose origin is the start.
        at_end: the origin is the end instead: hands and head stand beyond their bone.
        dark: drawn in the darker tone of the body's colour.
    """

    name: str
    start: str
    end: str
    reference: tuple[str, str]
    shape: Surface
    at_end: bool = False
    dark: bool = False


def _torso() -> list[Part]:
    """In their frames x is forward, y left, z up; rings are z, half depth, half width, shift."""
    hips, shoulders = ("right_hip", "left_hip"), ("right_shoulder", "left_shoulder")
    pelvis_block = (
        (-0.150, 0.045, 0.050, -0.005),
        (-0.135, 0.085, 0.110, -0.008),
        (-0.090, 0.106, 0.150, -0.010),
        (-0.040, 0.106, 0.152, -0.008),
        (0.010, 0.096, 0.140, 0.0),
        (0.050, 0.082, 0.118, 0.0),
        (0.062, 0.060, 0.090, 0.0),
    )
    waist = (
        (0.000, 0.070, 0.105, 0.0),
        (0.080, 0.078, 0.110, 0.0),
        (0.140, 0.080, 0.112, 0.0),
        (0.200, 0.080, 0.110, 0.0),
    )
    chest = (
        (-0.085, 0.060, 0.085, 0.0),
        (-0.070, 0.085, 0.118, 0.0),
        (-0.020, 0.096, 0.134, 0.004),
        (0.040, 0.106, 0.152, 0.010),
        (0.100, 0.110, 0.166, 0.012),
        (0.150, 0.102, 0.170, 0.008),
        (0.190, 0.086, 0.158, 0.002),
        (0.220, 0.068, 0.120, -0.002),
        (0.240, 0.052, 0.078, -0.002),
        (0.252, 0.035, 0.050, 0.0),
    )
    x, y, z = HEAD_CENTRE
    skull = ellipsoid((0.094, 0.076, HEAD_HEIGHT / 2.0), HEAD_CENTRE)
    visor = ellipsoid((0.062, 0.073, 0.038), (x + 0.040, y, z + 0.014))
    return [
        Part("hips", "pelvis", "spine1", hips, loft(np.array(pelvis_block), 2.5)),
        Part("waist", "pelvis", "spine2", hips, loft(np.array(waist), 2.2), dark=True),
        Part("chest", "spine2", "neck", shoulders, loft(np.array(chest), 2.5)),
        Part("neck", "neck", "head", shoulders, capsule(0.09, 0.054, 0.050), dark=True),
        Part("head", "neck", "head", shoulders, skull, at_end=True),
        Part("visor", "neck", "head", shoulders, visor, at_end=True, dark=True),
    ]


def _limbs(side: str) -> list[Part]:
    collar, shoulder, elbow, wrist, hip, knee, ankle, foot = (
        f"{side}_{part}"
        for part in ("collar", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "foot")
    )
    upper_arm, forearm = _length(elbow), _length(wrist)
    thigh, shank = _length(knee), _length(ankle)
    up = ("pelvis", "spine1")
    bend_of_leg, sole = (foot, ankle), (ankle, knee)
    return [
        Part(f"{side}_collar", collar, shoulder, up, capsule(_length(shoulder), 0.060, 0.054)),
        Part(f"{side}_deltoid", shoulder, elbow, up, ellipsoid((0.060,) * 3, (0.0,) * 3)),
        Part(shoulder, shoulder, elbow, up, capsule(upper_arm, 0.050, 0.040, 0.10)),
        Part(elbow, elbow, wrist, up, ellipsoid((0.045,) * 3, (0.0,) * 3), dark=True),
        Part(f"{side}_forearm", elbow, wrist, up, capsule(forearm, 0.041, 0.028, 0.12)),
        Part(wrist, elbow, wrist, up, _hand(), at_end=True, dark=True),
        Part(hip, hip, knee, bend_of_leg, capsule(thigh, 0.084, 0.056, 0.04)),
        Part(knee, knee, ankle, bend_of_leg, ellipsoid((0.060,) * 3, (0.0,) * 3), dark=True),
        Part(f"{side}_shank", knee, ankle, bend_of_leg, capsule(shank, 0.055, 0.037, 0.12)),
        Part(foot, ankle, foot, sole, _foot(), dark=True),
    ]


def _hand() -> Surface:
    rings = (
        (-0.030, 0.018, 0.022),
        (0.000, 0.026, 0.030),
        (0.050, 0.024, 0.041),
        (0.090, 0.022, 0.042),
        (0.130, 0.018, 0.034),
        (0.155, 0.012, 0.022),
        (0.165, 0.004, 0.008),
    )
    return loft(np.array([(*ring, 0.0) for ring in rings]), 2.4)


def _foot() -> Surface:
    """A shoe, shaped along the floor and then turned into the frame from ankle to ball."""
    heel, toe = -0.065, float(ADULT.offsets[JOINT_INDEX["left_foot"], 0]) + TOE_LENGTH
    along = np.array((0.0, 0.04, 0.18, 0.35, 0.55, 0.75, 0.9, 0.97, 1.0)) * (toe - heel) + heel
    top = np.array((0.045, 0.075, 0.108, 0.100, 0.074, 0.055, 0.042, 0.034, 0.020))
    width = np.array((0.020, 0.030, 0.036, 0.037, 0.043, 0.047, 0.040, 0.028, 0.012))
    half = top / 2.0
    # The loft's z is forward, its x up, its y left.
    lofted = loft(np.stack((along, half, width, half - ANKLE_HEIGHT), axis=1), 2.6)
    z = ADULT.offsets[JOINT_INDEX["left_foot"]] / _length("left_foot")
    y = np.array((z[0] * -z[2], 0.0, z[0] ** 2)) / abs(z[0])
    frame = np.stack((np.cross(y, z), y, z), axis=-1)
    return _turned(lofted, np.array(((0, 0, 1.0), (0, -1.0, 0), (1.0, 0, 0))) @ frame)


def _turned(shape: Surface, turn: NDArray[np.floating]) -> Surface:
    return Surface(
        (shape.vertices @ turn).astype(np.float32),
        (shape.normals @ turn).astype(np.float32),
        shape.faces,
    )


def _length(joint: str) -> float:
    return float(ADULT.bone_lengths[JOINT_INDEX[joint]])


PARTS: tuple[Part, ...] = (*_torso(), *_limbs("left"), *_limbs("right"))
"""Every part of the figure."""
