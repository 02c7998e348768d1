"""The coordinate frames of a posed body, as TF wants them: parent, child, translation, rotation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remogen_ros.motion.skeleton import ADULT, JOINT_NAMES, PARENTS, Skeleton


@dataclass(frozen=True)
class FrameTransform:
    """Where the frame `child` is in the frame `parent`.

    Attributes:
        parent: name of the frame the numbers are in.
        child: name of the frame they place.
        translation: (3,) metres.
        rotation: (4,) unit quaternion xyzw.
    """

    parent: str
    child: str
    translation: NDArray[np.floating]
    rotation: NDArray[np.floating]


def frame_problem(value: str) -> str:
    """Why no frame can be called so, or begin so; empty if one can.

    tf2 takes no name with a slash in front, which was usual in ROS 1.
    """
    return "frames do not begin with a slash" if value.startswith("/") else ""


def avatar_transforms(
    fixed_frame: str,
    root_position: NDArray[np.floating],
    joint_rotations: NDArray[np.floating],
    *,
    with_body: bool = False,
    frame_prefix: str = "",
    skeleton: Skeleton = ADULT,
) -> list[FrameTransform]:
    """The frames of the avatar at one tick.

    Args:
        fixed_frame: in which the root is placed; never prefixed.
        root_position: (3,) pelvis, metres.
        joint_rotations: (22, 4) parent-relative unit quaternions xyzw, row 0 the pelvis in the
            fixed frame.
        with_body: the 21 frames below the pelvis too, without those of the single hinges. Leave
            this to `robot_state_publisher` or the node `avatar_state` where one of them runs: a
            frame must have one parent.
        frame_prefix: put before every body frame, such as "avatar/"; as the parameter of the same
            name of `robot_state_publisher`.
        skeleton: whose bone offsets to use.

    Returns:
        fixed_frame -> pelvis first.
    """
    names = [frame_prefix + name for name in JOINT_NAMES]
    transforms = [FrameTransform(fixed_frame, names[0], root_position, joint_rotations[0])]
    if with_body:
        transforms += [
            FrameTransform(names[parent], names[joint], skeleton.offsets[joint], rotation)
            for joint, (parent, rotation) in enumerate(zip(PARENTS, joint_rotations, strict=True))
            if parent >= 0
        ]
    return transforms
