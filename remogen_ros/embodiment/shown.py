"""A pose that is about to be shown, as the guard knows it: whoever made it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.ego_pose import EgoPose

Array = NDArray[np.floating]


class Shown(Protocol):
    """A dataclass that is one pose of the ego and those to come, in the fixed frame.

    Attributes:
        root_position: (3,) pelvis, metres.
        joint_rotations: (22, 4) parent-relative unit quaternions xyzw, row 0 the pelvis.
        joint_positions: (22, 3) metres.
        horizon_root_positions: (K, 3) of the K poses to come.
        horizon_joint_rotations: (K, 22, 4).
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def root_position(self) -> NDArray[np.float32]: ...

    @property
    def joint_rotations(self) -> NDArray[np.float32]: ...

    @property
    def joint_positions(self) -> NDArray[np.float32]: ...

    @property
    def horizon_root_positions(self) -> NDArray[np.float32]: ...

    @property
    def horizon_joint_rotations(self) -> NDArray[np.float32]: ...


FrameT = TypeVar("FrameT", bound=Shown)


def is_sound(frame: Shown) -> bool:
    """Whether every number of a pose and of those to come is finite, and rotations are such."""
    rotations = (frame.joint_rotations, frame.horizon_joint_rotations)
    places = (frame.root_position, frame.joint_positions, frame.horizon_root_positions)
    if not all(bool(np.isfinite(values).all()) for values in places):
        return False
    for values in rotations:
        norms = np.einsum("...i,...i->...", values, values)
        # False of NaN, too.
        if norms.size and not (norms.min() > 0.25 and norms.max() < 4.0):
            return False
    return True


def posed(frame: FrameT, root: Array, rotations: Array) -> FrameT:
    """The frame in another pose."""
    return replace(
        frame,
        root_position=root.astype(np.float32),
        joint_rotations=rotations.astype(np.float32),
        joint_positions=EgoPose.of(root, rotations).positions.astype(np.float32),
    )
