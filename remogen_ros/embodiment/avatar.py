"""The avatar: the 22-joint body as a robot with 63 revolute joints and a floating pelvis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.ball_joints import (
    AXES,
    BALL_JOINT_COUNT,
    angle_limits,
    angles_from_rotations,
    within_outer_limit,
    wrapped,
)
from remogen_ros.embodiment.embodying import (
    EmbodiedTick,
    JointLimits,
    JointPath,
    JointSample,
    Pose,
    path_to_rest,
)
from remogen_ros.embodiment.root_paths import RootPose, root_path
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.motion.skeleton import JOINT_COUNT, JOINT_NAMES

AVATAR_JOINT_NAMES: tuple[str, ...] = tuple(
    f"{joint}_{axis}" for joint in JOINT_NAMES[1:] for axis in AXES
)
"""The 63 revolute joints: left_hip_x, left_hip_y, left_hip_z, right_hip_x, ... in SMPL order."""


class AvatarEmbodiment:
    """Turns generated poses into joint angles that never jump while the pose does not.

    Keeps the angles of the last tick; call `reset` when the generator is reset.

    Args:
        period: seconds from one tick to the next.
    """

    joint_names = AVATAR_JOINT_NAMES
    joint_orders: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    root_frame = JOINT_NAMES[0]
    links: tuple[str, ...] = ()
    interventions: Mapping[str, int] = MappingProxyType({})
    may_jump = True
    limits = JointLimits(
        -angle_limits(), angle_limits(), *np.full((2, 3 * BALL_JOINT_COUNT), np.inf)
    )

    def __init__(self, period: float = 1.0 / FRAME_RATE) -> None:
        self._period = period
        self._last: JointSample | None = None
        self._last_root: RootPose | None = None

    def reset(self) -> None:
        """Forget the last tick: the next one starts at rest."""
        self._last = self._last_root = None

    def step(self, joint_rotations: NDArray[np.floating]) -> JointSample:
        """The joints of the next tick.

        Args:
            joint_rotations: (22, 4) parent-relative unit quaternions xyzw; row 0 is not used.

        Raises:
            ValueError: wrong shape, or a value that is not finite.
        """
        before = None if self._last is None else self._last.positions
        positions = avatar_joint_positions(joint_rotations, before)
        if before is None:
            velocities = np.zeros_like(positions)
        else:
            velocities = wrapped(positions - before) / self._period
        self._last = JointSample(positions, velocities)
        return self._last

    def path(self, horizon_rotations: NDArray[np.floating]) -> JointPath:
        """The rest of the segment after the last `step`, as a trajectory that ends at rest.

        Args:
            horizon_rotations: (K, 22, 4) parent-relative unit quaternions xyzw, K >= 0.

        Returns:
            K + 2 points.

        Raises:
            ValueError: wrong shape, a value that is not finite, or no `step` before.
        """
        if self._last is None:
            raise ValueError("a joint path needs a first step to start from")
        start = self._last.positions
        horizon = _checked(horizon_rotations, (len(horizon_rotations), JOINT_COUNT, 4))
        near = start.reshape(BALL_JOINT_COUNT, 3)
        angles = angles_from_rotations(horizon[:, 1:], near).reshape(len(horizon), len(start))
        limits = self.limits
        return path_to_rest(self._last, angles, self._period, limits.lower, limits.upper)

    def tick(self, pose: Pose, horizon: Sequence[Pose]) -> EmbodiedTick:
        """See `Embodiment`."""
        sample = self.step(pose.joint_rotations)
        coming = [later.joint_rotations for later in horizon]
        path = self.path(np.array(coming).reshape(len(coming), JOINT_COUNT, 4))
        before, self._last_root = self._last_root, (pose.root_position, pose.joint_rotations[0])
        roots = [(later.root_position, later.joint_rotations[0]) for later in horizon]
        root = root_path(before, self._last_root, roots, self._period)
        return EmbodiedTick(sample, path, pose.root_position, pose.joint_rotations[0], root)

    def segments(self, tick: EmbodiedTick) -> NDArray[np.float64]:
        """None: the avatar is not in the room."""
        return np.zeros((0, 2, 3))


def avatar_joint_positions(
    joint_rotations: NDArray[np.floating], near: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Joint angles of one pose.

    Args:
        joint_rotations: (22, 4) parent-relative unit quaternions xyzw; row 0 is not used.
        near: (63,) angles of the pose before, to continue from; None for the smallest angles.

    Returns:
        (63,) radians, in the order of `AVATAR_JOINT_NAMES`.

    Raises:
        ValueError: wrong shape, or a value that is not finite.
    """
    rotations = _checked(joint_rotations, (JOINT_COUNT, 4))
    last = None if near is None else near.reshape(BALL_JOINT_COUNT, 3)
    return within_outer_limit(angles_from_rotations(rotations[None, 1:], last)[0]).reshape(-1)


def _checked(rotations: NDArray[np.floating], shape: tuple[int, ...]) -> NDArray[np.floating]:
    if rotations.shape != shape:
        raise ValueError(f"joint rotations must have shape {shape}, not {rotations.shape}")
    if not np.isfinite(rotations).all():
        raise ValueError("joint rotations must be finite")
    return rotations
