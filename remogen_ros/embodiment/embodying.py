"""What every body that follows the ego gives at each tick: joints, their path, and the root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class JointSample:
    """A body's J joints at one tick, in the order of its joint names.

    Attributes:
        positions: (J,) radians.
        velocities: (J,) radians per second, over the step that led here; zero on the first tick.
    """

    positions: NDArray[np.float64]
    velocities: NDArray[np.float64]


@dataclass(frozen=True)
class JointLimits:
    """What a body's J joints may do.

    Attributes:
        lower, upper: (J,) radians.
        velocity, acceleration: (J,) greatest, rad/s and rad/s^2; infinite where not limited.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    velocity: NDArray[np.float64]
    acceleration: NDArray[np.float64]


@dataclass(frozen=True)
class JointPath:
    """Where the joints go next, ending at rest.

    Attributes:
        times: (N,) seconds after the tick, positive and increasing.
        positions: (N, J) radians, continuous with the tick's sample.
        velocities: (N, J) radians per second, zero at the last point.
    """

    times: NDArray[np.float64]
    positions: NDArray[np.float64]
    velocities: NDArray[np.float64]


@dataclass(frozen=True)
class RootPath:
    """Where the root goes next, ending at rest, at the times of the `JointPath`.

    Attributes:
        times: (N,) seconds after the tick, positive and increasing.
        positions: (N, 3) metres in the fixed frame.
        rotations: (N, 4) unit quaternions xyzw.
        velocities: (N, 6) m/s and rad/s, both in the fixed frame, zero at the last point.
    """

    times: NDArray[np.float64]
    positions: NDArray[np.float64]
    rotations: NDArray[np.float64]
    velocities: NDArray[np.float64]


@dataclass(frozen=True)
class Pose:
    """The ego at one tick, as it is generated.

    Attributes:
        root_position: (3,) pelvis in the fixed frame, metres.
        joint_rotations: (22, 4) parent-relative unit quaternions xyzw, row 0 the pelvis in the
            fixed frame.
    """

    root_position: NDArray[np.floating]
    joint_rotations: NDArray[np.floating]


@dataclass(frozen=True)
class EmbodiedTick:
    """A body at one tick.

    Attributes:
        joints: at the tick.
        path: after it.
        root_position: (3,) of the body's root in the fixed frame, metres.
        root_rotation: (4,) of the root, unit quaternion xyzw.
        root_path: of the root after the tick.
    """

    joints: JointSample
    path: JointPath
    root_position: NDArray[np.floating]
    root_rotation: NDArray[np.floating]
    root_path: RootPath


COASTING_PERIODS = 1.5
"""How far `path_to_rest` goes on after the last pose that it knows, in steps of the last period."""


class Embodiment(Protocol):
    """A body that follows the ego: the avatar, or a robot.

    Attributes:
        joint_names: of its J joints, in the order of every sample and path.
        joint_orders: other orders of them, by who wants them so; each may leave some out.
        root_frame: name of its root.
        links: names of its parts as its own bring-up broadcasts them on TF; none of the avatar's,
            which this package broadcasts.
        limits: of the joints, which every sample keeps.
        interventions: ticks in which it did not follow as it should, by what was given up; as the
            guard's, to be told among those.
        may_jump: whether it may be put somewhere at once; a machine cannot.
    """

    @property
    def joint_names(self) -> tuple[str, ...]: ...

    @property
    def joint_orders(self) -> Mapping[str, tuple[str, ...]]: ...

    @property
    def root_frame(self) -> str: ...

    @property
    def links(self) -> tuple[str, ...]: ...

    @property
    def limits(self) -> JointLimits: ...

    @property
    def interventions(self) -> Mapping[str, int]: ...

    @property
    def may_jump(self) -> bool: ...

    def reset(self) -> None:
        """Forget the last tick: the next one starts at rest."""

    def tick(self, pose: Pose, horizon: Sequence[Pose]) -> EmbodiedTick:
        """The body at the next tick.

        Args:
            pose: of the ego.
            horizon: its poses at the ticks after, as far as they are known.

        Raises:
            ValueError: wrong shape, or a value that is not finite.
        """

    def segments(self, tick: EmbodiedTick) -> NDArray[np.float64]:
        """Where cameras see the body at a tick.

        Returns:
            (S, 2, 3) line segments along its links in the fixed frame, metres; none of a body that
            no camera can see.
        """


def path_to_rest(
    start: JointSample,
    horizon: NDArray[np.float64],
    period: float,
    lower: NDArray[np.float64] | float = -np.inf,
    upper: NDArray[np.float64] | float = np.inf,
) -> JointPath:
    """From a tick through the joints at the ticks to come, to rest.

    The K frames to come are followed by one at the last velocity and by one that comes to rest.
    The first of these two bridges the end of a segment (K = 0), the second is what
    `joint_trajectory_controller` asks for: it refuses a trajectory that ends in motion
    (`allow_nonzero_velocity_at_trajectory_end` is false by default), and it stops the body softly
    if no further message comes.

    Args:
        start: joints at the tick.
        horizon: (K, J) radians, K >= 0, continuous with the start.
        period: seconds from one tick to the next.
        lower, upper: (J,) ranges that the two points after the horizon keep, radians.

    Returns:
        K + 2 points.
    """
    known = np.concatenate((start.positions[None], horizon))
    end_velocity = start.velocities if len(horizon) == 0 else (known[-1] - known[-2]) / period
    coasting = np.clip(known[-1] + end_velocity * period, lower, upper)
    further = (COASTING_PERIODS - 1.0) * period
    resting = np.clip(coasting + end_velocity * further, lower, upper)
    positions = np.concatenate((known[1:], coasting[None], resting[None]))
    through = np.concatenate((known, coasting[None]))
    # A joint that comes to the end of its range on the way is at rest there.
    arriving = np.where(resting == coasting, 0.0, end_velocity)
    velocities = np.concatenate(
        (
            (through[2:] - through[:-2]) / (2.0 * period),
            arriving[None],
            np.zeros((1, known.shape[1])),
        )
    )
    times = period * np.arange(1.0, len(positions) + 1.0)
    return JointPath(times, positions, velocities)
