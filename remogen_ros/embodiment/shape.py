"""How thick and how heavy a body is: what the URDF, the markers and the pictures draw."""

from __future__ import annotations

from remogen_ros.motion.skeleton import JOINT_NAMES

_RADII_BY_PART: dict[str, float] = {
    "pelvis": 0.115,
    "spine1": 0.115,
    "spine2": 0.120,
    "spine3": 0.110,
    "neck": 0.052,
    "head": 0.106,
    "hip": 0.078,
    "knee": 0.052,
    "ankle": 0.038,
    "foot": 0.028,
    "collar": 0.060,
    "shoulder": 0.055,
    "elbow": 0.040,
    "wrist": 0.030,
}

_MASS_SHARES_BY_PART: dict[str, float] = {
    "pelvis": 0.142,
    "spine1": 0.070,
    "spine2": 0.069,
    "spine3": 0.172,
    "neck": 0.015,
    "head": 0.066,
    "hip": 0.100,
    "knee": 0.0465,
    "ankle": 0.0115,
    "foot": 0.003,
    "collar": 0.022,
    "shoulder": 0.028,
    "elbow": 0.016,
    "wrist": 0.006,
}
"""Segment masses as shares of body mass, after Winter, "Biomechanics and Motor Control of Human
Movement", table 4.1; abdomen, thorax, head and foot are divided among the joints they hold."""

BODY_MASS = 65.0
"""Kilograms of the standard adult."""

HEAD_CENTRE = (0.012, 0.0, 0.028)
"""Middle of the head from the head joint (the base of the skull), metres."""

HEAD_HEIGHT = 0.212
"""From the chin to the crown, metres: with `HEAD_CENTRE`, the crown is at 1.70 m."""

HAND_LENGTH = 0.17
"""From the wrist to the finger tips, metres (0.108 of stature, Drillis and Contini, rounded)."""

TOE_LENGTH = 0.07
"""From the ball of the foot to the tip of the toes, metres."""


def _part(joint_name: str) -> str:
    return joint_name.removeprefix("left_").removeprefix("right_")


JOINT_RADII: tuple[float, ...] = tuple(_RADII_BY_PART[_part(name)] for name in JOINT_NAMES)
"""Half the thickness of the limb at each joint, metres."""

LINK_MASSES: tuple[float, ...] = tuple(
    BODY_MASS * _MASS_SHARES_BY_PART[_part(name)] for name in JOINT_NAMES
)
"""Kilograms of the segment that hangs on each joint."""
