"""Where a body's root goes after a tick, beside the path of its joints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.embodying import JointSample, RootPath, path_to_rest

Array = NDArray[np.floating]

RootPose = tuple[Array, Array]
"""(3,) metres in the fixed frame, and a (4,) unit quaternion xyzw."""


def root_path(
    before: RootPose | None, now: RootPose, horizon: Sequence[RootPose], period: float
) -> RootPath:
    """From a tick through the root's poses at the ticks to come, to rest; as `path_to_rest`.

    Args:
        before: the root one period before; None: it was at rest.
        now: at the tick.
        horizon: at the ticks to come.
        period: seconds from one tick to the next.

    Returns:
        K + 2 points.
    """
    # As six values: x, y, z, and the rotation vector from how the root is turned now, of which
    # the rate is the angular velocity as long as it is short.
    poses = [now, *horizon] if before is None else [before, now, *horizon]
    positions, rotations = (np.array(values, np.float64) for values in zip(*poses, strict=True))
    back = Rotation.from_quat(now[1]).inv()
    turns = (Rotation.from_quat(rotations) * back).as_rotvec()
    values = np.hstack((positions, turns))
    here = 0 if before is None else 1
    velocity = (values[here] - values[0]) / period
    path = path_to_rest(JointSample(values[here], velocity), values[here + 1 :], period)
    turned = Rotation.from_rotvec(path.positions[:, 3:]) * back.inv()
    return RootPath(path.times, path.positions[:, :3], turned.as_quat(), path.velocities)
