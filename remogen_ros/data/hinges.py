"""The plane in which an elbow or a knee folds, from where the joints of the limb are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from torch import Tensor
from torch.nn.functional import normalize

from remogen_ros.motion.limbs import shortest_turn
from remogen_ros.motion.rotations import matrix_from_axis_angle
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX

_STRAIGHT, _FOLDED = np.sin(np.radians((4.0, 12.0)))
"""Sines of the fold up to which a limb shows no plane, and from which it shows it well."""

_BACKWARDS, _SIDEWAYS = np.cos(np.radians((150.0, 120.0)))
"""Cosines of the twist that no limb has (it is a straight one, measured badly), and that some have
(a hand behind the back)."""

_MEMORY = 0.15
"""Seconds over which a plane that was shown holds for a limb that is straight."""

_HABIT = 0.02
"""Trust that a limb which has been straight for long folds as limbs mostly do."""


@dataclass(frozen=True)
class Limb:
    """An arm or a leg.

    Attributes:
        above: the joint whose orientation the resting limb shares.
        root, middle, end: its joints.
        fold: T-pose axis about which the lower bone turns, against the upper, when it folds.
    """

    above: str
    root: str
    middle: str
    end: str
    fold: tuple[float, float, float]

    @cached_property
    def hinge(self) -> Tensor:
        """(3,) `fold`."""
        return torch.tensor(self.fold, dtype=torch.float64)

    @cached_property
    def bone(self) -> Tensor:
        """(3,) direction of both bones in the T-pose."""
        offset = ADULT.offsets[JOINT_INDEX[self.middle]]
        return normalize(torch.from_numpy(offset).double(), dim=-1)

    @property
    def lengths(self) -> tuple[float, float]:
        """Of the upper and the lower bone, metres."""
        upper, lower = ADULT.bone_lengths[[JOINT_INDEX[self.middle], JOINT_INDEX[self.end]]]
        return float(upper), float(lower)


LIMBS: tuple[Limb, ...] = tuple(
    limb
    for side, inwards in (("left", -1.0), ("right", 1.0))
    for limb in (
        Limb("pelvis", f"{side}_hip", f"{side}_knee", f"{side}_ankle", (0.0, 1.0, 0.0)),
        Limb(
            f"{side}_collar", f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist",
            (0.0, 0.0, inwards),
        ),
    )
)  # fmt: skip
"""Knees fold backwards, elbows forwards, as in a T-pose with the palms to the floor."""


def axis_turn(axis: Tensor, angles: Tensor) -> Tensor:
    """(3,) unit axis and (T,) radians -> (T, 3, 3)."""
    return matrix_from_axis_angle(angles[:, None] * axis)


def twists(
    limb: Limb,
    resting: Tensor,
    joints: tuple[Tensor, Tensor, Tensor],
    times: NDArray[np.float64],
) -> Tensor:
    """How far a limb is twisted about the line from its root to its end.

    A limb that is too straight to tell keeps what it showed shortly before or shows shortly after,
    and where it does not, no twist.

    Args:
        limb: which.
        resting: (T, 3, 3) orientation from which it swings.
        joints: (T, 3) where its root, middle and end are.
        times: (T,) seconds.

    Returns:
        (T,) radians about `limb.bone`, against the limb swung from its rest without a twist.
    """
    root, middle, end = joints
    swung = shortest_turn(resting @ limb.bone, end - root) @ resting
    normal = torch.linalg.cross(normalize(middle - root, dim=-1), normalize(end - middle, dim=-1))
    own = (swung.mT @ normal[..., None])[..., 0]
    shown = torch.complex(own @ limb.hinge, own @ torch.linalg.cross(limb.bone, limb.hinge)).numpy()
    sine = np.abs(shown)
    direction = shown / np.maximum(sine, 1e-9)
    trust = _ramp(sine, _STRAIGHT, _FOLDED) * _ramp(direction.real, _BACKWARDS, _SIDEWAYS)
    interval = float(np.median(np.diff(times))) if len(times) > 1 else _MEMORY
    nearby = trust * direction
    for part in (nearby.real, nearby.imag):
        part[:] = gaussian_filter1d(part, _MEMORY / interval, mode="nearest")
    filled = trust * direction + (1 - trust) * (nearby + _HABIT)
    return torch.from_numpy(np.angle(filled))


def _ramp(value: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """0 up to `low`, 1 from `high`, smooth in between."""
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return share * share * (3 - 2 * share)
